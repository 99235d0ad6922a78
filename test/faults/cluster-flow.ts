import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../harness/eventually.ts';
import type { OurProcess } from '../harness/processes.ts';
import { call, type System } from '../harness/system.ts';

/** Orders that a source gets at a time, and how many of them never succeed. */
const POSITIVE = 80;
const NEGATIVE = 20;

/**
 * Lets orders flow all the time: every source gets new ones and publishes them, also while something is in the way, until
 * `stop`, which publishes what is left.
 */
export function keepFlowing(apis: readonly OurProcess[]) {
  const stop = new AbortController();
  let runs = 0;
  const feed = async (api: OurProcess) => {
    while (!stop.signal.aborted) {
      await call(api, 'POST', '/v0/insert-data', { positive_inserts: POSITIVE, negative_inserts: NEGATIVE });
      // 409 while the run before goes on, 503 while no node of the broker serves; the next one takes its rows too.
      const { status } = await call(api, 'POST', '/v0/process/run?wait=true');
      if (status === 202) runs += 1;
      await sleep(100);
    }
  };
  const feeding = apis.map(feed);
  // A failure is that of `stop`.
  for (const one of feeding) one.catch(() => undefined);
  return {
    async stop(): Promise<void> {
      stop.abort();
      await Promise.all(feeding);
      for (const api of apis) await eventually(() => publishRest(api), 120_000, 500);
      if (runs === 0) throw new Error('no run was ever started');
    },
  };
}

async function publishRest(api: OurProcess): Promise<void> {
  await call(api, 'POST', '/v0/process/run?wait=true');
  const { body } = await call(api, 'GET', '/v0/process');
  const { unpublished } = body as { unpublished: number };
  if (unpublished !== 0) throw new Error(`not all is published: ${JSON.stringify(body)}`);
}

/** Milliseconds over which a rate is taken: a run of a source, and its pause, are shorter. */
const RATE_WINDOW = 5_000;

/** Watches how many orders endput has stored, every 100 ms. */
export function watchProgress(system: Pick<System, 'endput'>) {
  const seen: { at: number; stored: number }[] = [];
  const stop = new AbortController();
  const look = async () => {
    const [row] = await system.endput<{ n: number }>('select count(*)::int as n from orders');
    seen.push({ at: Date.now(), stored: row?.n ?? 0 });
  };
  const watching = (async () => {
    while (!stop.signal.aborted) {
      await look();
      await sleep(100);
    }
  })();
  watching.catch(() => undefined);
  const stored = () => seen.at(-1)?.stored ?? 0;
  return {
    stored,
    /** Resolves when so many more are stored. */
    untilMore(count: number, timeout: number): Promise<void> {
      const before = stored();
      return eventually(
        () => {
          if (stored() < before + count) throw new Error(`${stored() - before} of ${count} more orders are stored`);
        },
        timeout,
        50,
      );
    },
    /** The longest time, in milliseconds and between two moments, in which no order was stored. */
    longestPause(from: number, to: number): number {
      let longest = 0;
      let lastRise = from;
      let last: number | undefined;
      for (const { at, stored: now } of seen.filter(({ at }) => at >= from && at <= to)) {
        if (last !== undefined && now > last) {
          longest = Math.max(longest, at - lastRise);
          lastRise = at;
        }
        last = now;
      }
      return Math.max(longest, to - lastRise);
    },
    /** Orders a second that were stored up to a moment, since the first. */
    rateUpTo(to: number): number {
      const rising = seen.filter(({ at, stored: now }) => at <= to && now > 0);
      const [first, last] = [rising.at(0), rising.at(-1)];
      if (!first || !last || last.at === first.at) throw new Error('too little was stored to tell a rate');
      return ((last.stored - first.stored) / (last.at - first.at)) * 1000;
    },
    /** The longest time, in milliseconds and between two moments, in which fewer than `rate` a second were stored. */
    longestSlump(from: number, to: number, rate: number): number {
      const within = seen.filter(({ at }) => at >= from && at <= to);
      let longest = 0;
      let lastFull = from;
      let windowStart = 0;
      for (const { at, stored: now } of within) {
        while (at - (within[windowStart + 1]?.at ?? at) >= RATE_WINDOW) windowStart += 1;
        const start = within[windowStart];
        if (!start || at - start.at < RATE_WINDOW || ((now - start.stored) / (at - start.at)) * 1000 >= rate)
          lastFull = at;
        longest = Math.max(longest, at - lastFull);
      }
      return longest;
    },
    async stop(): Promise<void> {
      stop.abort();
      await watching;
    },
  };
}
