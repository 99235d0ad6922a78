import type { Standing } from '../db/endput/standings.ts';
import { readStandings } from '../db/endput/standings.ts';
import type { Pool } from '../db/pool.ts';
import type { Publication } from '../rabbitmq/publisher.ts';
import type { RetryTransport } from '../rabbitmq/retry-transport.ts';
import { DEATHS_ALLOWED, type CrashGuard } from './crash-guard.ts';
import { consequencesOf } from './consequences.ts';
import { filedByBody, type Decoded } from './decode.ts';
import type { Handlers } from './handlers/handler.ts';
import type { ConsumerMetrics } from './metrics.ts';
import type { OutageHold } from './outage-hold.ts';
import { judgeDelivery } from './position.ts';
import type { Report } from './report.ts';
import type { RetryPolicy } from './retry-policy.ts';
import { runHandlers, type Attempt, type Readable } from './run-handlers.ts';
import { settleInEndput } from './settle.ts';
import { keptAttempt, type SettledAttempt } from './settled-attempt.ts';

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
  handlerTimeout: number;
  attemptLogTtl: number;
  cutOff: AbortSignal;
  metrics: ConsumerMetrics;
  report: Report;
}

/**
 * Takes a batch of deliveries, no message id twice, all the way: where do they stand, run, decide, write to endput,
 * publish, acknowledge, in this order. A process may die after any step: what endput has not settled runs again, what it
 * has settled is finished from there. A delivery that is not acknowledged at the end goes back when its channel closes.
 * Rejects with an `EndputOutageError` or a `BrokerUnavailableError`; then nothing more of the batch is acknowledged.
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
  const acquit = () => guard.acquit(suspect, hold);
  if (sorted.toRun.length === 0) return settle([], sorted, context, acquit);

  const deaths = await guard.raise(suspect, hold);
  let isSettled = false;
  try {
    const attempts = deaths >= DEATHS_ALLOWED ? [crashed(suspect, deaths)] : await runAll([suspect], context);
    if (attempts.length > 0) {
      await settle(attempts, sorted, context, acquit);
      isSettled = true;
    }
  } finally {
    if (!isSettled) await guard.withdraw(suspect);
  }
}

interface Sorted {
  toRun: Decoded[];
  toFinish: SettledAttempt[];
  stale: Decoded[];
}

async function sortOut(deliveries: readonly Decoded[], context: BatchContext): Promise<Sorted> {
  const standings = await standingsOf(deliveries, context);
  const sorted: Sorted = { toRun: [], toFinish: [], stale: [] };
  const refiled: Decoded[] = [];
  const ids = new Set<string>();
  for (const decoded of deliveries) {
    const standing = standings.get(decoded.messageId);
    const verdict = judgeDelivery({ ...decoded.headers, redelivered: decoded.redelivered }, standing);
    if (verdict === 'forged') {
      refiled.push(filedByBody(decoded.delivery, `cycle ${decoded.headers.cycle} was never ordered for this message`));
    } else if (verdict === 'stale' && usesIdOfAnother(decoded, standing)) {
      refiled.push(filedByBody(decoded.delivery, decoded.content.reason));
    } else {
      ids.add(decoded.messageId);
      sort(decoded, verdict, standing, sorted);
    }
  }
  if (refiled.length > 0) await sortOutRefiled(refiled, ids, sorted, context);
  for (const decoded of sorted.toRun) {
    const dueAt = standings.get(decoded.messageId)?.waiting?.dueAt;
    if (dueAt) context.metrics.retryLateness.observe(Math.max(0, Date.now() - dueAt.getTime()) / 1000);
  }
  return sorted;
}

/** An unreadable message under the id of one that was read would vanish as its copy, without a word of what is wrong. */
function usesIdOfAnother(
  decoded: Decoded,
  standing: Standing | undefined,
): decoded is Decoded & { content: { kind: 'unreadable' } } {
  return decoded.content.kind === 'unreadable' && standing?.ledger?.reason !== 'invalid_message';
}

async function sortOutRefiled(
  refiled: Decoded[],
  seen: Set<string>,
  sorted: Sorted,
  context: BatchContext,
): Promise<void> {
  const standings = await standingsOf(refiled, context);
  for (const decoded of refiled) {
    const standing = standings.get(decoded.messageId);
    const verdict = judgeDelivery({ ...decoded.headers, redelivered: decoded.redelivered }, standing);
    // The same body twice in a batch: its first copy speaks for both.
    sort(decoded, seen.has(decoded.messageId) ? 'stale' : verdict, standing, sorted);
    seen.add(decoded.messageId);
  }
}

function sort(
  decoded: Decoded,
  verdict: ReturnType<typeof judgeDelivery>,
  standing: Standing | undefined,
  sorted: Sorted,
): void {
  if (verdict === 'run') {
    sorted.toRun.push(decoded);
    return;
  }
  const kept = verdict === 'finish' && standing ? keptAttempt(decoded, standing) : undefined;
  if (kept) sorted.toFinish.push(kept);
  else sorted.stale.push(decoded);
}

async function standingsOf(deliveries: readonly Decoded[], { pool, hold }: BatchContext) {
  const ids = deliveries.map((decoded) => decoded.messageId);
  return (await hold(() => readStandings(pool, ids))).value;
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

/** Settles: (a) endput, (b) everything published and confirmed, (c) acknowledged. */
async function settle(
  attempts: Attempt[],
  { toFinish, stale }: Sorted,
  context: BatchContext,
  beforeAcknowledging?: () => Promise<void>,
): Promise<void> {
  const settled = await settleInEndput(attempts, context);
  await context.publish(consequencesOf([...toFinish, ...settled], context));
  await beforeAcknowledging?.();
  context.acknowledge([...attempts, ...toFinish].map(({ decoded }) => decoded).concat(stale));

  const { metrics, report } = context;
  report.settled(settled);
  metrics.stale.inc(stale.length);
  for (const { what, durationMs } of settled) {
    metrics.attempts.inc({ outcome: what.outcome });
    if (what.outcome === 'dead') metrics.deadLetters.inc({ reason: what.reason });
    if (durationMs !== undefined) metrics.attemptDuration.observe(durationMs / 1000);
  }
}
