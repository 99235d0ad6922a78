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

/** What is counted of a source: outcomes, and where the message came from. One that was redriven came from neither. */
type Counts = OutcomeCounts & { firstAttempts: number; fromRetry: number };
const NAMES = [...OUTCOMES, 'firstAttempts', 'fromRetry'] as const;

/** Counts attempts by the second. Time is given with every call, in milliseconds. */
export function createAttemptRates(startedAt: number) {
  let second = Math.floor(startedAt / 1000);
  let current = new Map<string, Counts>();
  const seconds: Map<string, Counts>[] = [];
  let bucketStart = second - (second % BUCKET_SECONDS);
  let bucket = noOutcomes();

  const rates = (): Rates => {
    const span = Math.max(1, seconds.length);
    const bySource = new Map<string, Counts>();
    const all = nothing();
    for (const counts of seconds) {
      for (const [source, of] of counts) {
        addTo(bySource, source, of);
        for (const name of NAMES) all[name] += of[name];
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
      from_retry: rounded(all.fromRetry / span),
      sources: busiest.map(([source, counts]) => ({
        source,
        ...perSecond(counts),
        first_attempts: rounded(counts.firstAttempts / span),
      })),
    };
  };

  return {
    count(source: string, outcome: AttemptEvent['outcome'], { cycle, attempt }: Position): void {
      bucket[outcome] += 1;
      let counts = current.get(source);
      if (counts === undefined) {
        const name = current.size < MOST_SOURCES_COUNTED ? source : 'others';
        counts = current.get(name) ?? nothing();
        current.set(name, counts);
      }
      counts[outcome] += 1;
      if (attempt > 1) counts.fromRetry += 1;
      else if (cycle === 0) counts.firstAttempts += 1;
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

/** Where a message stood at an attempt. */
export type Position = Pick<AttemptEvent, 'cycle' | 'attempt'>;

const nothing = (): Counts => ({ ...noOutcomes(), firstAttempts: 0, fromRetry: 0 });
const sum = (counts: OutcomeCounts) => counts.succeeded + counts.retrying + counts.dead;
const rounded = (rate: number) => Math.round(rate * 10) / 10;

function addTo(map: Map<string, Counts>, source: string, counts: Counts): void {
  const known = map.get(source) ?? nothing();
  for (const name of NAMES) known[name] += counts[name];
  map.set(source, known);
}
