import { classifyEndputError } from '../db/endput/endput-errors.ts';
import { writeSettlement, type OrderRow, type Settlement } from '../db/endput/settlement.ts';
import { readStandings } from '../db/endput/standings.ts';
import type { Suspect } from '../db/endput/suspects.ts';
import type { Pool } from '../db/pool.ts';
import { writeHeaders } from '../rabbitmq/headers.ts';
import type { RetryTransport } from '../rabbitmq/retry-transport.ts';
import { decide } from './decide.ts';
import { storableText } from './failure.ts';
import type { OutageHold } from './outage-hold.ts';
import { comparePositions, isCarrier, knownOf } from './position.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { Attempt } from './run-handlers.ts';
import { keptAttempt, type SettledAttempt } from './settled-attempt.ts';

/**
 * Decides what becomes of each attempt and writes it to endput in one transaction. Resolves with the attempts that were
 * settled by this; one that another consumer settled first is missing. If endput refuses a row, the batch is split until
 * that row stands alone: it becomes a dead letter, its neighbours go through. A suspect that ran alone is `acquitted` by
 * it. Rejects with an `EndputOutageError`.
 */
export async function settleInEndput(
  attempts: readonly Attempt[],
  context: { pool: Pool; hold: OutageHold; policy: RetryPolicy; transport: Pick<RetryTransport, 'name'> },
  acquitted?: Suspect,
): Promise<SettledAttempt[]> {
  if (attempts.length === 0) return [];
  const { pool, hold } = context;
  const decided = attempts.map((attempt) => decideAttempt(attempt, context));
  try {
    const { value: moved, repeated } = await hold(() => writeSettlement(pool, settlementOf(decided), acquitted));
    const settled = decided
      .filter(({ settled: { decoded } }) => moved.has(decoded.messageId))
      .map((one) => one.settled);
    // What did not move now may have moved before, by a commit whose answer was lost with the connection, or by a consumer
    // that lost the message before it published: then this one publishes. Otherwise another consumer has it in hand.
    const others = decided
      .map((one) => one.settled)
      .filter(({ decoded }) => !moved.has(decoded.messageId) && (repeated || decoded.redelivered));
    return others.length === 0 ? settled : [...settled, ...(await settledBefore(others, context))];
  } catch (error) {
    if (classifyEndputError(error) !== 'row_refused') throw error;
    const [only, ...others] = attempts;
    if (only !== undefined && others.length === 0) {
      // A failed attempt holds nothing that endput could refuse; should it, there is no row to blame and it is an outage.
      if (only.outcome.kind === 'failed') throw error;
      return settleInEndput([refused(only, error)], context, acquitted);
    }
    const halves = split(attempts);
    return [...(await settleInEndput(halves[0], context)), ...(await settleInEndput(halves[1], context))];
  }
}

/** Rows to be stored are what endput may refuse, so the others are taken out first; then the middle divides. */
function split(attempts: readonly Attempt[]): [Attempt[], Attempt[]] {
  const toStore = attempts.filter((attempt) => attempt.outcome.kind === 'succeeded');
  if (toStore.length > 0 && toStore.length < attempts.length) {
    return [toStore, attempts.filter((attempt) => attempt.outcome.kind === 'failed')];
  }
  const middle = attempts.length >> 1;
  return [attempts.slice(0, middle), attempts.slice(middle)];
}

/** An attempt with what is decided of it; `row` is there when it is stored. */
interface DecidedAttempt {
  settled: SettledAttempt;
  row?: OrderRow;
}

function decideAttempt(
  attempt: Attempt,
  { policy, transport }: { policy: RetryPolicy; transport: Pick<RetryTransport, 'name'> },
): DecidedAttempt {
  const { decoded, outcome, endedAt, durationMs } = attempt;
  const { position } = decoded;
  const base = { decoded, position, at: endedAt, ...(durationMs !== undefined && { durationMs }) };
  if (outcome.kind === 'succeeded') {
    return { settled: { ...base, what: { outcome: 'succeeded' } }, row: outcome.result };
  }
  const decision = decide(outcome, position.attempt, policy);
  const error = outcome.failure;
  switch (decision.kind) {
    case 'retry': {
      const dueAt = new Date(endedAt.getTime() + decision.delay);
      const held = transport.name === 'native' && { heldDeliveries: decoded.earlierDeliveries };
      return { settled: { ...base, what: { outcome: 'retrying', error, dueAt, ...held } } };
    }
    case 'dead_letter':
      return { settled: { ...base, what: { outcome: 'dead', error, reason: decision.reason } } };
    case 'store':
      throw new Error('a failed attempt is never stored');
  }
}

function settlementOf(decided: readonly DecidedAttempt[]): Settlement {
  const settlement = { stored: [], retries: [], deadLetters: [] } as {
    [Part in keyof Settlement]: Settlement[Part][number][];
  };
  for (const { settled, row } of decided) {
    const { decoded, position, at, what } = settled;
    const base = { messageId: decoded.messageId, position, at };
    if (row !== undefined) {
      settlement.stored.push({ ...base, order: row });
      continue;
    }
    if (what.outcome === 'succeeded') continue;
    const kept = {
      ...base,
      source: decoded.source,
      type: decoded.type,
      error: what.error,
      headers: writeHeaders(decoded.headers),
      body: decoded.delivery.content,
    };
    if (what.outcome === 'retrying') {
      settlement.retries.push({ ...kept, dueAt: what.dueAt, heldDeliveries: what.heldDeliveries ?? null });
    } else settlement.deadLetters.push({ ...kept, reason: what.reason });
  }
  return settlement;
}

function refused(attempt: Attempt, error: unknown): Attempt {
  const message = storableText(`endput refused the row: ${error instanceof Error ? error.message : String(error)}`);
  return { ...attempt, outcome: { kind: 'failed', failure: { kind: 'refused_by_endput', message } } };
}

async function settledBefore(
  attempts: readonly SettledAttempt[],
  { pool, hold }: { pool: Pool; hold: OutageHold },
): Promise<SettledAttempt[]> {
  const ids = attempts.map(({ decoded }) => decoded.messageId);
  const { value: standings } = await hold(() => readStandings(pool, ids));
  return attempts.flatMap((attempt) => {
    const { decoded, position } = attempt;
    const known = knownOf(standings.get(decoded.messageId));
    if (!known || comparePositions(known.part.position, position) !== 0) return [];
    return isCarrier({ ...decoded.headers, redelivered: true }, known) ? (keptAttempt(decoded, known) ?? []) : [];
  });
}
