import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Form } from './choose-form.ts';
import { findProcess, stillRuns } from './services/process-table.ts';

/** Who runs on a data folder: a process id, and its start time, because ids are given out again. */
export interface Holder {
  pid: number;
  started: string;
  /** What it runs everything with. */
  form: Form;
  /** Milliseconds that it may take to stop, by its own settings. */
  patience?: number;
}

/** Removing a stale lock takes milliseconds. */
const LONGEST_TURN = 5_000;

const lockFile = (folder: string) => join(folder, 'launcher.json');

/** The launcher that runs on this folder, or undefined. */
export async function findLauncher(folder: string): Promise<Holder | undefined> {
  const holder = readHolder(lockFile(folder));
  return holder && (await stillRuns(holder)) ? holder : undefined;
}

/**
 * Takes the folder for this process. Resolves with who has it where somebody else does, and with a function that gives
 * it back (once the servers have stopped) otherwise. A lock whose process has ended does not count.
 */
export async function takeLock(
  folder: string,
  form: Form,
  patience?: number,
): Promise<{ heldBy: Holder } | { release: () => void }> {
  mkdirSync(folder, { recursive: true });
  const own = await findProcess(process.pid);
  if (!own) throw new Error('this process is not in the process table');
  const file = lockFile(folder);
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(
    draft,
    JSON.stringify({ pid: own.pid, started: own.started, form, ...(patience && { patience }) } satisfies Holder),
  );
  try {
    for (;;) {
      try {
        // A link appears with its content and only where nothing is: nobody ever reads half a lock.
        linkSync(draft, file);
        return { release: () => rmSync(file, { force: true }) };
      } catch (error) {
        if (!isCode(error, 'EEXIST')) throw error;
      }
      const holder = await findLauncher(folder);
      if (holder) return { heldBy: holder };
      await removeStale(file);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Removes a lock whose process has ended. One at a time may do so (making a folder succeeds only once), and looks again
 * before it does: of two that find a stale lock, one must not remove the fresh lock of the other.
 */
async function removeStale(file: string): Promise<void> {
  const turn = `${file}.turn`;
  try {
    mkdirSync(turn);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    // Whoever had the turn was killed.
    if (Date.now() - (statSync(turn, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > LONGEST_TURN) rmdirSync(turn);
    await sleep(20);
    return;
  }
  try {
    const holder = readHolder(file);
    if (!holder || !(await stillRuns(holder))) rmSync(file, { force: true });
  } finally {
    rmdirSync(turn);
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder> | null;
    return typeof value?.pid === 'number' && typeof value.started === 'string'
      ? {
          pid: value.pid,
          started: value.started,
          form: value.form === 'docker' ? 'docker' : 'local',
          ...(typeof value.patience === 'number' && { patience: value.patience }),
        }
      : undefined;
  } catch {
    return undefined;
  }
}

const isCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code;
