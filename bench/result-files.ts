import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { chartOf } from './result-chart.ts';
import { latestName, RESULTS } from './latest-results.ts';
import type { BenchResult } from './result.ts';

/**
 * Writes a result as JSON and its chart as SVG, under a name with date and broker. A whole run without a failure becomes
 * the latest one too: `latest.*`, of a size series `latest-scale.*`, of another broker than this machine's `latest-4.3.*`.
 * Resolves with the paths, from the current folder.
 */
export async function writeResult(
  result: BenchResult,
  { isStandard, isOtherBroker, folder = RESULTS }: { isStandard: boolean; isOtherBroker: boolean; folder?: string },
): Promise<string[]> {
  const { date, rabbitmq } = result.surroundings;
  const suffixes = [...(result.kind === 'full' ? [] : [result.kind]), ...(isStandard ? [] : ['custom'])];
  const named = (...parts: string[]) => [...parts, ...suffixes].join('-');
  const names = [named(date.slice(0, 16).replaceAll(':', ''), 'rabbitmq', rabbitmq)];
  if (isStandard && result.failures.length === 0) names.push(named(latestName(rabbitmq, isOtherBroker)));
  await mkdir(folder, { recursive: true });
  const contents = { json: `${JSON.stringify(result, rounded, 2)}\n`, svg: chartOf(result) };
  const files = names.flatMap((name) =>
    Object.entries(contents).map(([ending, content]) => ({ path: join(folder, `${name}.${ending}`), content })),
  );
  await Promise.all(files.map(({ path, content }) => writeFile(path, content)));
  return files.map(({ path }) => relative(process.cwd(), path));
}

/** No figure is better than to a thousandth. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value;
