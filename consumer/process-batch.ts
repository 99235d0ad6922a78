import type { Pool } from '../db/pool.ts';
import type { Publication } from '../rabbitmq/publisher.ts';
import type { RetryTransport } from '../rabbitmq/retry-transport.ts';
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

/**
 * Takes a batch of deliveries, no message id twice, all the way: where do they stand, run, decide, write to endput,
 * publish, give back to wait or acknowledge, in this order. A process may die after any step: what endput has not settled
 * runs again, what it has settled is finished from there. A delivery that is not acknowledged at the end goes back when its
 * channel closes. Rejects with an `EndputOutageError` or a `BrokerUnavailableError`; then nothing more of the batch is
 * acknowledged.
 */
export async function processBatch(deliveries: readonly Decoded[], context: BatchContext): Promise<void> {
  const sorted = await sortOut(deliveries, context);
  await settle(await runAll(sorted.toRun, context), sorted, context);
}

/**
 * Takes one suspect of the crash guard all the way, alone. A suspect that killed its consumer too often is dead-lettered
 * without being run. Rejects as `processBatch` does.
 */
export async function processSuspect(delivery: Decoded, context: BatchContext): Promise<void> {
  const { guard, hold } = context;
  const sorted = await sortOut([delivery], context);
  const suspect = sorted.toRun[0] ?? delivery;
  if (sorted.toRun.length === 0) {
    if (!sorted.waits) await guard.acquit(suspect, hold);
    return settle([], sorted, context);
  }

  const deaths = await guard.raise(suspect, hold);
  try {
    const attempts = deaths >= DEATHS_ALLOWED ? [crashed(suspect, deaths)] : await runAll([suspect], context);
    if (attempts.length > 0) {
      await settle(attempts, sorted, context, suspect);
      guard.settled(suspect);
    }
  } finally {
    // Nothing is left to take back of one that was settled.
    await guard.withdraw(suspect);
  }
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

/** Settles: (a) endput, (b) records and then messages published and confirmed, (c) given back to wait, the rest acknowledged. */
async function settle(
  attempts: Attempt[],
  { toFinish, toRecord, stale }: Sorted,
  context: BatchContext,
  suspect?: Decoded,
): Promise<void> {
  const acquitted = suspect && { messageId: suspect.messageId, cycle: suspect.headers.cycle };
  const settled = await settleInEndput(attempts, context, acquitted);
  const { records, messages, toWait } = consequencesOf([...toFinish, ...settled], toRecord, context);
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
