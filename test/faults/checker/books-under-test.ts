import fc from 'fast-check';
import { ACTED, actOn, UNDER_WAY, type Acted } from './acted-under-test.ts';
import { condensed, decimal } from './content.ts';
import type { Evidence, Expectation, LedgerRow, SourceRow, WaitingRetry } from './evidence.ts';
import { expectationOf } from './expectation.ts';
import type { Look } from './judge.ts';
import type { Books, Filed } from './merge.ts';
import { messageIdOf } from './message-id.ts';

export const MAX_ATTEMPTS = 5;
/** When the books under test were read. */
export const NOW = Date.parse('2026-01-02T00:00:00Z');
const TTL = 600_000;

export const LOOK: Look = {
  settled: false,
  maxAttempts: MAX_ATTEMPTS,
  now: NOW,
  logExpiredBefore: NOW - TTL,
  recordsUnderWay: false,
  deadLettersSeen: true,
};

/** How far a message has come: not published, in the queue, after an attempt, or all the way. */
export type Progress = 'unpublished' | 'queued' | 'settled' | { waitsAfter: number };

/** A source row, and what the system made of it. */
export interface Story {
  id: number;
  product: string;
  price: string;
  securityCheck: boolean;
  /** Milliseconds before `NOW` at which its last attempt ended; earlier ones were a second apart. */
  age: number;
  progress: Progress;
  /** What operators did with it where it died. */
  acted: Acted;
}

const NAMESPACE = '0b5f1c1e-0c9e-4a57-9d0e-6f1a6e6b4c11';
const PLACE = { database: 'db', schema: 'public', table: 'orders' };

/** What the stores hold of a message when nothing went wrong. */
export function evidenceOf(story: Story): Evidence {
  const { id, product, price, securityCheck, progress } = story;
  const createdAt = '2026-01-01T00:00:00.000001Z';
  const messageId = messageIdOf(NAMESPACE, { system: 'system_1', table: 'orders', id: String(id), createdAt });
  const expected = expectationOf(
    { messageId, product, price, securityCheck },
    { maxAttempts: MAX_ATTEMPTS, simulatedFailures: true },
  );
  const content = {
    system: 'system_1',
    ...PLACE,
    id: String(id),
    product: condensed(product),
    price: decimal(price),
    createdAt,
    securityCheck,
  };
  const row: SourceRow = { content, published: progress !== 'unpublished', expected };
  const evidence: Evidence = { messageId, row, ended: [], queued: [], records: [] };
  const done = attemptsDone(progress, expected);
  if (done === 0) return evidence;

  const timeOf = (attempt: number) => NOW - story.age - (done - attempt) * 1_000;
  const isSettled = done === expected.attempts;
  const outcome = !isSettled ? 'retrying' : expected.outcome.kind === 'stored' ? 'succeeded' : 'dead';
  for (let attempt = 1; attempt <= done; attempt += 1) {
    // Older ones have expired.
    if (timeOf(attempt) <= LOOK.logExpiredBefore) continue;
    evidence.records.push({
      position: { cycle: 0, attempt },
      outcome: attempt === done ? outcome : 'retrying',
      processedAt: timeOf(attempt),
      processingTimes: expected.processingTimes,
      isConsistent: true,
    });
  }
  const position = { cycle: 0, attempt: done };
  const body = { messageId, processingTimes: expected.processingTimes, content };
  if (!isSettled) {
    evidence.waiting = {
      position,
      source: 'system_1',
      dueAt: NOW + 10_000,
      failedAt: timeOf(done),
      firstFailedAt: timeOf(1),
      body,
    } satisfies WaitingRetry;
  } else if (expected.outcome.kind === 'stored') {
    evidence.stored = { position, content, storedAt: timeOf(done) };
  } else {
    const { reason } = expected.outcome;
    evidence.ledger = {
      position,
      source: 'system_1',
      reason,
      state: 'dead',
      firstSeenAt: timeOf(1),
      diedAt: timeOf(done),
      body,
      bodyHash: messageId,
      restoredCycles: [],
    } satisfies LedgerRow;
    evidence.queued.push({ position, reason, bodyHash: messageId });
    actOn(evidence, story.acted, LOOK);
  }
  return evidence;
}

function attemptsDone(progress: Progress, { attempts }: Expectation): number {
  if (progress === 'unpublished' || progress === 'queued') return 0;
  return progress === 'settled' ? attempts : Math.min(progress.waitsAfter, attempts);
}

export const story = (settled: boolean): fc.Arbitrary<Omit<Story, 'id'>> =>
  fc.record({
    product: fc.oneof(
      { arbitrary: fc.string({ minLength: 1 }), weight: 5 },
      fc.constantFrom('', ' ', '\u00a0', 'x'.repeat(5_000)),
    ),
    price: fc.oneof(
      { arbitrary: fc.integer({ min: 1, max: 99_999 }).map((cents) => (cents / 100).toFixed(2)), weight: 5 },
      fc.constantFrom('0', '-1.00', 'NaN', '1.234', '999999999999.99', '1000000000000.00'),
    ),
    securityCheck: fc.boolean(),
    age: fc.integer({ min: 0, max: 2 * TTL }),
    progress: settled
      ? fc.constantFrom<Progress[]>('settled', 'settled', 'settled', 'unpublished')
      : fc.oneof(
          fc.constantFrom<Progress[]>('settled', 'settled', 'unpublished', 'queued'),
          fc.integer({ min: 1, max: MAX_ATTEMPTS }).map((waitsAfter) => ({ waitsAfter })),
        ),
    acted: fc.constantFrom(...ACTED.filter((acted) => !settled || !UNDER_WAY.includes(acted))),
  });

/** The evidence of many messages as the stores hold it: each store in order of message ids, `size` at a time. */
export function asBooks(evidences: readonly Evidence[], size: number): Books {
  const sorted = [...evidences].sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
  const column = <T>(read: (evidence: Evidence) => readonly (T | undefined)[]): Filed<T>[][] => {
    const filed = sorted.flatMap((evidence) =>
      read(evidence).flatMap((value) => (value === undefined ? [] : [{ messageId: evidence.messageId, value }])),
    );
    return Array.from({ length: Math.ceil(filed.length / size) }, (_, at) => filed.slice(at * size, (at + 1) * size));
  };
  return {
    rows: column((evidence) => [evidence.row]),
    stored: column((evidence) => [evidence.stored]),
    waiting: column((evidence) => [evidence.waiting]),
    ledger: column((evidence) => [evidence.ledger]),
    ended: column((evidence) => evidence.ended),
    deaths: column((evidence) => [evidence.deaths]),
    queued: column((evidence) => evidence.queued),
    records: column((evidence) => evidence.records),
  };
}
