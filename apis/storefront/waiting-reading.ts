import type { WaitingTotal } from '../../db/endput/totals.ts';

/** After a reading nothing is read for so many times as long as it took. */
const REST = 20;

/**
 * How many messages wait, by source: one reading for all who ask. It reads every retry, which takes a second where there
 * are half a million, so that readers who ask often, or many at once, are given what is known. `read` is what reads it,
 * `now` a clock in milliseconds that is never set. Rejects with the error of `read`.
 */
export function createWaitingReading(read: () => Promise<WaitingTotal[]>, now = () => performance.now()) {
  let known: { waiting: WaitingTotal[]; until: number } | undefined;
  let running: Promise<WaitingTotal[]> | undefined;
  const readAnew = async () => {
    const began = now();
    const waiting = await read();
    const ended = now();
    known = { waiting, until: ended + (ended - began) * REST };
    return waiting;
  };
  return (): Promise<WaitingTotal[]> => {
    if (known !== undefined && now() < known.until) return Promise.resolve(known.waiting);
    running ??= readAnew().finally(() => (running = undefined));
    return running;
  };
}
export type WaitingReading = ReturnType<typeof createWaitingReading>;
