import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What runs, for `make sample`, `make balance` and for whoever wants to find the ports. */
export interface RunningSystem {
  pid: number;
  /** Base URL of the storefront. */
  storefront?: string;
  /** Base URLs of the source APIs. */
  apis: { system: string; url: string }[];
  consumers: string[];
  /** Whether orders ask for failed attempts (SIMULATED_FAILURES). */
  simulatesFailures?: boolean;
  servers: Record<string, string>;
}

const runningFile = (folder: string) => join(folder, 'running.json');

/** Written when everything is ready. */
export function writeRunning(folder: string, running: RunningSystem): void {
  // It holds passwords of databases, though only the well-known ones of a private server.
  writeFileSync(runningFile(folder), `${JSON.stringify(running, undefined, 2)}\n`, { mode: 0o600 });
}

/** What runs, or undefined where nothing was ready yet. Ask `findLauncher` whether it still does. */
export function readRunning(folder: string): RunningSystem | undefined {
  try {
    return JSON.parse(readFileSync(runningFile(folder), 'utf8')) as RunningSystem;
  } catch {
    return undefined;
  }
}

export const removeRunning = (folder: string): void => rmSync(runningFile(folder), { force: true });
