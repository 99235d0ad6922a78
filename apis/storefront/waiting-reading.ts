import type { WaitingTotal } from '../../db/endput/totals.ts';
import { shareReading } from './shared-reading.ts';

/** A reading lasts so many times as long as it took. */
const REST = 20;

/**
 * How many messages wait, by source: one reading for all who ask. It reads every retry, which takes a second where there
 * are half a million, so that readers who ask often, or many at once, are given what is known. `read` is what reads it,
 * `now` a clock in milliseconds that is never set. Rejects with the error of `read`.
 */
export const createWaitingReading = (read: () => Promise<WaitingTotal[]>, now?: () => number) =>
  shareReading(read, (took) => took * REST, now);
export type WaitingReading = ReturnType<typeof createWaitingReading>;
