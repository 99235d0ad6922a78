import { setTimeout as sleep } from 'node:timers/promises';

/** What `work` resolves with; undefined where that takes longer than `patience` milliseconds. Rejects with its error. */
export async function inTime<T>(work: Promise<T>, patience: number): Promise<T | undefined> {
  const over = new AbortController();
  const tooLate = sleep(patience, undefined, { signal: over.signal }).catch(() => undefined);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    over.abort();
  }
}
