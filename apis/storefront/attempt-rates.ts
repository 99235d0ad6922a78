import { noOutcomes, OUTCOMES } from './attempt-sample.ts';
import type { Bucket, Rates } from './feed-messages.ts';
import type { AttemptEvent, OutcomeCounts } from './shown.ts';

/** The span of the rates, in seconds. */
const RATE_SECONDS = 5;
/** Seconds of a bar of the chart; all of them are five minutes. */
export const BUCKET_SECONDS = 2;
/** Bars that a snapshot has at most. */
export const MOST_BUCKETS = 150;
/** Sources that the rates name. Names come from messages, so there may be any number. */
const MOST_SOURCES = 20;
const MOST_SOURCES_COUNTED = 200;
/** Seconds that a clock may go back before it counts as set. */
const SET_BACK = 2;

/** Counts attempts by the second. Time is given with every call, in milliseconds. */
export function createAttemptRates(startedAt: number) {
  let second = Math.floor(startedAt / 1000);
  let current = new Map<string, OutcomeCounts>();
  const seconds: Map<string, OutcomeCounts>[] = [];
  let bucketStart = second - (second % BUCKET_SECONDS);
  let bucket = noOutcomes();

  const rates = (): Rates => {
    const span = Math.max(1, seconds.length);
    const bySource = new Map<string, OutcomeCounts>();
    const all = noOutcomes();
    for (const counts of seconds) {
      for (const [source, of] of counts) {
        addTo(bySource, source, of);
        for (const outcome of OUTCOMES) all[outcome] += of[outcome];
      }
    }
    const perSecond = (counts: OutcomeCounts): OutcomeCounts => ({
      succeeded: rounded(counts.succeeded / span),
      retrying: rounded(counts.retrying / span),
      dead: rounded(counts.dead / span),
    });
    const busiest = [...bySource].sort(([, a], [, b]) => sum(b) - sum(a)).slice(0, MOST_SOURCES);
    return {
      over_seconds: span,
      outcomes: perSecond(all),
      sources: busiest.map(([source, counts]) => ({ source, ...perSecond(counts) })),
    };
  };

  return {
    count(source: string, outcome: AttemptEvent['outcome'], attempts = 1): void {
      bucket[outcome] += attempts;
      let counts = current.get(source);
      if (counts === undefined) {
        const name = current.size < MOST_SOURCES_COUNTED ? source : 'others';
        counts = current.get(name) ?? noOutcomes();
        current.set(name, counts);
      }
      counts[outcome] += attempts;
    },
    /** The rates, and the bars that are complete, if a second has ended since the last call; else undefined. */
    advance(now: number): { rates: Rates; buckets: Bucket[] } | undefined {
      const to = Math.floor(now / 1000);
      // A clock that was set back: the bars that were told stand, and counting goes on from now.
      if (to < second - SET_BACK) {
        second = to - 1;
        bucketStart = to - (to % BUCKET_SECONDS);
      }
      if (to <= second) return undefined;
      const buckets: Bucket[] = [];
      // After a pause of the process (or a clock that was set) only the last seconds matter.
      if (to - second > MOST_BUCKETS * BUCKET_SECONDS) second = to - RATE_SECONDS;
      if (to - bucketStart > MOST_BUCKETS * BUCKET_SECONDS * 2) bucketStart = second - (second % BUCKET_SECONDS);
      for (; second < to; second += 1) {
        seconds.push(current);
        current = new Map();
        if (seconds.length > RATE_SECONDS) seconds.shift();
      }
      for (; bucketStart + BUCKET_SECONDS <= to; bucketStart += BUCKET_SECONDS) {
        buckets.push({ at: new Date(bucketStart * 1000).toISOString(), ...bucket });
        bucket = noOutcomes();
      }
      return { rates: rates(), buckets };
    },
    rates,
  };
}

const sum = (counts: OutcomeCounts) => counts.succeeded + counts.retrying + counts.dead;
const rounded = (rate: number) => Math.round(rate * 10) / 10;

function addTo(map: Map<string, OutcomeCounts>, source: string, counts: OutcomeCounts): void {
  const known = map.get(source) ?? noOutcomes();
  for (const outcome of OUTCOMES) known[outcome] += counts[outcome];
  map.set(source, known);
}
