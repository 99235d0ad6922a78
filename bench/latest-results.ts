import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchResult } from './result.ts';

/** Where results are kept. */
export const RESULTS = join(import.meta.dirname, 'results');

/** What the README shows: the latest whole runs without a failure. */
export interface LatestResults {
  /** With the broker of this machine. */
  latest: BenchResult | undefined;
  scale: BenchResult | undefined;
  /** With other brokers; the oldest broker first. */
  others: NamedResult[];
  /** Of a steady load for long, named and ordered likewise. */
  soaks: NamedResult[];
}

/** A result, and the name of its file without the ending. */
export type NamedResult = [name: string, result: BenchResult];

/** Name of the latest result of a kind: with another broker than that of this machine, its version is part of it. */
export function latestName(version: string, isOtherBroker: boolean): string {
  return isOtherBroker ? `latest-${version.split('.').slice(0, 2).join('.')}` : 'latest';
}

/** Reads what is in a folder of results. */
export function readLatest(folder = RESULTS): LatestResults {
  const read = (name: string) => {
    const file = join(folder, `${name}.json`);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BenchResult) : undefined;
  };
  const all = (pattern: RegExp) =>
    readdirSync(folder)
      .flatMap((file) => pattern.exec(file)?.[1] ?? [])
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .flatMap((name): NamedResult[] => {
        const result = read(name);
        return result ? [[name, result]] : [];
      });
  return {
    latest: read('latest'),
    scale: read('latest-scale'),
    others: all(/^(latest-\d+\.\d+)\.json$/),
    soaks: all(/^(latest(?:-\d+\.\d+)?-soak)\.json$/),
  };
}
