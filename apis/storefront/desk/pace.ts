import { pause } from '../../../runtime/backoff.ts';

/** Parts of a second in which a rate is kept: what is sent at once is a tenth of it. */
const PARTS = 10;

/** Keeps a rate of `rate` messages a second, evenly; without one nothing waits. */
export function createPace(rate: number | undefined) {
  let freeAt = 0;
  return {
    /** Messages that may be sent at once. */
    atOnce: rate === undefined ? Infinity : Math.max(1, Math.ceil(rate / PARTS)),
    /** Resolves when so many messages may be sent, or `stop` is aborted. What was not used before is not made up for. */
    async wait(messages: number, stop: AbortSignal): Promise<void> {
      if (rate === undefined) return;
      const now = Date.now();
      const begin = Math.max(now, freeAt);
      freeAt = begin + (messages * 1_000) / rate;
      if (begin > now) await pause(begin - now, stop);
    },
  };
}
export type Pace = ReturnType<typeof createPace>;
