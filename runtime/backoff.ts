import { setTimeout as sleep } from 'node:timers/promises';

/** Shortest and longest pause between two tries, in milliseconds. */
export interface BackoffRange {
  shortest: number;
  longest: number;
}

/** Milliseconds to wait after `failures` failures in a row: doubling, with up to a quarter of jitter taken off. */
export function backoffDelay(failures: number, range: BackoffRange, random: () => number = Math.random): number {
  const full = Math.min(range.longest, range.shortest * 2 ** Math.min(failures - 1, 30));
  return Math.round(full * (1 - random() / 4));
}

/** Waits `milliseconds`, or less when `signal` is aborted; it never throws. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
