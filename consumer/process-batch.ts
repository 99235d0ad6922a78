import type { Pool } from '../db/pool.ts';
import type { Publication } from '../rabbitmq/publisher.ts';
import type { RetryTransport } from '../rabbitmq/retry-transport.ts';
import { recordPublications } from './attempt-records.ts';
import { DEATHS_ALLOWED, type CrashGuard } from './crash-guard.ts';
import { consequencesOf } from './consequences.ts';
import type { Decoded } from './decode.ts';
import type { Handlers } from './handlers/handler.ts';
import type { ConsumerMetrics } from './metrics.ts';
import type { OutageHold } from './outage-hold.ts';
import type { Report } from './report.ts';
import type { RetryPolicy } from './retry-policy.ts';
import { runHandlers, type Attempt, type Readable } from './run-handlers.ts';
import { settleInEndput } from './settle.ts';
import type { SettledAttempt } from './settled-attempt.ts';
import { sortOut, type Sorted } from './sort-out.ts';

/** What the processing of a batch needs. */
export interface BatchContext {
  pool: Pool;
  handlers: Handlers;
  policy: RetryPolicy;
  transport: RetryTransport;
  guard: CrashGuard;
  hold: OutageHold;
  /** Resolves when all are confirmed. */
  publish: (publications: Publication[]) => Promise<void>;
  acknowledge: (deliveries: readonly Decoded[]) => void;
  /** Gives deliveries back to wait (transport native). */
  giveToWait: (deliveries: readonly Decoded[]) => void;
  /** Told when the broker did not hold a delivery for as long as it was to. */
  onEarly: () => void;
  handlerTimeout: number;
  attemptLogTtl: number;
  cutOff: AbortSignal;
  metrics: ConsumerMetrics;
  report: Report;
}

/** A batch that endput has settled: what follows from it is to be published, and its deliveries to be acknowledged. */
export interface SettledBatch {
  attempts: readonly Attempt[];
  /** Of these attempts what was settled by this consumer. */
  settled: readonly SettledAttempt[];
  sorted: Sorted;
}

/**
 * Takes a batch of deliveries, no message id twice, as far as endput: where do they stand, run, decide, write. Rejects with an
 * `EndputOutageError` or a `BrokerUnavailableError`. A process may die after any step of this and of `finishBatch`: what endput has not settled runs
 * again, what it has settled is finished from there. A delivery that is not acknowledged at the end goes back when its
 * channel closes.
 */
export async function settleBatch(deliveries: readonly Decoded[], context: BatchContext): Promise<SettledBatch> {
  const sorted = await sortOut(deliveries, context);
  await recordEarlier(sorted, context);
  return settle(await runAll(sorted.toRun, context), sorted, context);
}

/**
 * Takes one suspect of the crash guard all the way, alone. A suspect that killed its consumer too often is dead-lettered
 * without being run. Rejects as `settleBatch` and `finishBatch` do.
 */
export async function processSuspect(delivery: Decoded, context: BatchContext): Promise<void> {
  const { guard, hold } = context;
  const sorted = await sortOut([delivery], context);
  await recordEarlier(sorted, context);
  const suspect = sorted.toRun[0] ?? delivery;
  if (sorted.toRun.length === 0) {
    if (!sorted.waits) await guard.acquit(suspect, hold);
    return finishBatch({ attempts: [], settled: [], sorted }, context);
  }

  const deaths = await guard.raise(suspect, hold);
  try {
    const attempts = deaths >= DEATHS_ALLOWED ? [crashed(suspect, deaths)] : await runAll([suspect], context);
    if (attempts.length > 0) {
      await finishBatch(await settle(attempts, sorted, context, suspect), context);
      guard.settled(suspect);
    }
  } finally {
    // Nothing is left to take back of one that was settled.
    await guard.withdraw(suspect);
  }
}

/**
 * Puts attempts on record whose consumer may have died before it did. Endput keeps the last attempt of a message alone, so
 * this comes before the next one is settled: then nobody would know of it any more.
 */
async function recordEarlier({ toRecord }: Sorted, { publish, policy, attemptLogTtl }: BatchContext): Promise<void> {
  await publish(recordPublications(toRecord, { maxAttempts: policy.maxAttempts, ttl: attemptLogTtl }));
}

async function runAll(deliveries: readonly Decoded[], context: BatchContext): Promise<Attempt[]> {
  const readable: Readable[] = [];
  const attempts: Attempt[] = [];
  for (const decoded of deliveries) {
    const reason = whyUnreadable(decoded, context.handlers);
    if (reason === undefined) readable.push(decoded as Readable);
    else attempts.push(failed(decoded, 'invalid_message', reason));
  }
  const run = await runHandlers(readable, context.handlers, {
    timeout: context.handlerTimeout,
    cutOff: context.cutOff,
  });
  return attempts.length === 0 ? run : [...attempts, ...run];
}

function whyUnreadable(decoded: Decoded, handlers: Handlers): string | undefined {
  if (decoded.content.kind === 'unreadable') return decoded.content.reason;
  return handlers.has(decoded.type) ? undefined : `no handler for messages of type "${decoded.type}"`;
}

function crashed(decoded: Decoded, deaths: number): Attempt {
  return failed(decoded, 'consumer_crashed', `the consumer died ${deaths} times while it ran this message alone`);
}

function failed(decoded: Decoded, kind: 'invalid_message' | 'consumer_crashed', message: string): Attempt {
  return { decoded, outcome: { kind: 'failed', failure: { kind, message } }, endedAt: new Date() };
}

async function settle(
  attempts: readonly Attempt[],
  sorted: Sorted,
  context: BatchContext,
  suspect?: Decoded,
): Promise<SettledBatch> {
  const acquitted = suspect && { messageId: suspect.messageId, cycle: suspect.headers.cycle };
  return { attempts, settled: await settleInEndput(attempts, context, acquitted), sorted };
}

/**
 * Finishes a batch that endput has settled: records and then messages are published and confirmed, what waits is given back,
 * the rest acknowledged. Rejects with a `BrokerUnavailableError`; then nothing more of the batch is acknowledged.
 */
export async function finishBatch({ attempts, settled, sorted }: SettledBatch, context: BatchContext): Promise<void> {
  const { toFinish, stale } = sorted;
  const { records, messages, toWait } = consequencesOf([...toFinish, ...settled], context);
  await context.publish(records);
  await context.publish(messages);
  context.giveToWait(toWait);
  const waits = new Set(toWait);
  const done = [...attempts, ...toFinish].map(({ decoded }) => decoded).filter((decoded) => !waits.has(decoded));
  context.acknowledge(done.concat(stale));

  const { metrics, report } = context;
  report.settled(settled);
  metrics.stale.inc(stale.length);
  for (const { what, durationMs } of settled) {
    metrics.attempts.inc({ outcome: what.outcome });
    if (what.outcome === 'dead') metrics.deadLetters.inc({ reason: what.reason });
    if (durationMs !== undefined) metrics.attemptDuration.observe(durationMs / 1000);
  }
}
