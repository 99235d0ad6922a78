import { createAttemptRates, BUCKET_SECONDS, MOST_BUCKETS, type Position } from './attempt-rates.ts';
import { createAttemptSample } from './attempt-sample.ts';
import {
  DELTA_ATTEMPTS,
  LONGEST_INTERVAL,
  SNAPSHOT_ATTEMPTS,
  type Bucket,
  type Connection,
  type Connections,
  type Delta,
  type Hello,
  type Queues,
  type Resumed,
  type Snapshot,
} from './feed-messages.ts';
import { createFrameRing, type Frame } from './frame-ring.ts';
import { createProductList, type ProductTop } from './product-list.ts';
import type { AttemptEvent, Totals } from './shown.ts';

/**
 * The state of the feed, and the frames that tell of its changes. What comes in is only noted; `flush` makes one delta of
 * all that was noted since the last, so the number of frames is the caller's choice, not that of what happens. A snapshot
 * is the state as of the last frame, never of what is only noted: so no client sees anything twice or misses it.
 *
 * Nothing here waits, sends or reads a clock: `now` (the time of day in milliseconds) is given.
 */
export function createFeed(options: { copyId: string; maxAttempts: number; now: number; random?: () => number }) {
  const { copyId } = options;
  const ring = createFrameRing();
  const sample = createAttemptSample(DELTA_ATTEMPTS, options.random);
  const attemptRates = createAttemptRates(options.now);
  const products = createProductList();
  const startedAt = iso(options.now);
  const state = {
    connections: {
      endput: { state: 'connecting', since: startedAt },
      broker: { state: 'connecting', since: startedAt },
    } as Connections,
    totals: null as Totals | null,
    queues: { primary_ready: null } as Queues,
    rates: attemptRates.rates(),
    attempts: [] as AttemptEvent[],
    buckets: [] as Bucket[],
  };
  let noted: Partial<Pick<Delta, 'totals' | 'queues' | 'connections'>> = {};
  let seq = 0;
  let flushedAt = options.now;
  /** When that was, on the clock that is never set. */
  let flushedAfter: number | undefined;
  let lastSnapshot: { seq: number; because: Snapshot['because']; bytes: Buffer } | undefined;

  function snapshot(because: Snapshot['because']): Buffer {
    // A thousand clients that come back at once all get the same bytes, in one place of the memory.
    if (lastSnapshot?.seq === seq && lastSnapshot.because === because) return lastSnapshot.bytes;
    const frame: Snapshot = {
      type: 'snapshot',
      copy_id: copyId,
      seq,
      at: iso(flushedAt),
      because,
      max_attempts: options.maxAttempts,
      connections: state.connections,
      totals: state.totals,
      products: products.whole(),
      attempts: state.attempts,
      rates: state.rates,
      history: { bucket_seconds: BUCKET_SECONDS, buckets: state.buckets },
      queues: state.queues,
    };
    const bytes = Buffer.from(JSON.stringify(frame));
    lastSnapshot = { seq, because, bytes };
    return bytes;
  }

  return {
    connection(name: keyof Connections, connection: Connection['state'], now: number): void {
      const known = noted.connections ?? state.connections;
      if (known[name].state === connection) return;
      noted.connections = { ...known, [name]: { state: connection, since: iso(now) } };
    },
    totals(totals: Totals): void {
      noted.totals = totals;
    },
    products(top: ProductTop): void {
      products.note(top);
    },
    queues(queues: Queues): void {
      if ((noted.queues ?? state.queues).primary_ready !== queues.primary_ready) noted.queues = queues;
    },
    /** One attempt; `make` gives it in the form in which it is shown, and is called only if it is. */
    attempt(source: string, outcome: AttemptEvent['outcome'], make: () => AttemptEvent, position = FIRST): void {
      attemptRates.count(source, outcome, position);
      sample.add(outcome, make);
    },
    /**
     * The frame of all that was noted; undefined where that is nothing and the last frame is not long ago. `passed` tells
     * how long ago, in milliseconds of a clock that nobody sets.
     */
    flush(now: number, passed = now): Frame | undefined {
      const delta: Omit<Delta, 'type' | 'copy_id' | 'seq' | 'at'> = { ...noted };
      noted = {};
      if (delta.connections) state.connections = delta.connections;
      if (delta.totals) state.totals = delta.totals;
      if (delta.queues) state.queues = delta.queues;
      const changed = products.take();
      if (changed) delta.products = changed;
      if (!sample.isEmpty()) {
        const { list, of, outcomes } = sample.take();
        delta.attempts = { list, sampled: { shown: list.length, of }, outcomes };
        state.attempts = [...list, ...state.attempts].slice(0, SNAPSHOT_ATTEMPTS);
      }
      const advanced = attemptRates.advance(now);
      if (advanced && JSON.stringify(advanced.rates) !== JSON.stringify(state.rates)) {
        delta.rates = state.rates = advanced.rates;
      }
      if (advanced && advanced.buckets.length > 0) {
        delta.buckets = advanced.buckets;
        state.buckets = [...state.buckets, ...advanced.buckets].slice(-MOST_BUCKETS);
      }
      flushedAfter ??= passed;
      if (Object.keys(delta).length === 0 && passed - flushedAfter < LONGEST_INTERVAL) return undefined;
      seq += 1;
      flushedAt = now;
      flushedAfter = passed;
      const text = JSON.stringify({ type: 'delta', copy_id: copyId, seq, at: iso(now), ...delta } satisfies Delta);
      const frame = { seq, bytes: Buffer.from(text) };
      ring.push(frame);
      return frame;
    },
    /** What a client is answered to its hello, the frames in order. Their bytes are those of all clients: send, never write. */
    answer(hello: Hello): { kind: 'resumed' | Snapshot['because']; frames: Buffer[] } {
      const { resume } = hello;
      if (resume === undefined) return { kind: 'first', frames: [snapshot('first')] };
      if (resume.copy_id !== copyId) return { kind: 'other_copy', frames: [snapshot('other_copy')] };
      const missed = ring.after(resume.seq, seq);
      if (missed === undefined) return { kind: 'missed_too_much', frames: [snapshot('missed_too_much')] };
      const head: Resumed = { type: 'resumed', copy_id: copyId, seq: resume.seq, missed: missed.length };
      return { kind: 'resumed', frames: [Buffer.from(JSON.stringify(head)), ...missed.map(({ bytes }) => bytes)] };
    },
  };
}
export type Feed = ReturnType<typeof createFeed>;

/** Where a message stands that nobody tried before. */
const FIRST: Position = { cycle: 0, attempt: 1 };

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
