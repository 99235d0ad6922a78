import type { AttemptRecord } from '../../db/attempt-log/attempt-record.ts';
import type { Position, Standing } from '../../db/endput/standings.ts';
import type { StoredOrderRow } from '../../db/endput/stored-orders.ts';
import type { UnstoredMessage } from '../../db/endput/unstored-message.ts';
import { integerOf, sourceOf, textOf } from './attempt-event.ts';
import type { OrderDetails, TimelineAttempt } from './order-answers.ts';

/** All that is known of one message. */
export interface KnownOfOrder {
  messageId: string;
  standing: Standing | undefined;
  stored: StoredOrderRow | undefined;
  unstored: UnstoredMessage | undefined;
  /** In the order of cycle and attempt; undefined while the attempt log is away. */
  records: readonly AttemptRecord[] | undefined;
  maxAttempts: number;
  /** Milliseconds that the log keeps a record. */
  ttl: number;
  now: Date;
}

/**
 * State and timeline of one message; undefined where neither endput nor the log knows it. Pure. State and position are
 * endput's, the timeline is the log's, with a place for every attempt that endput knows of and the log does not tell.
 */
export function orderDetails(known: KnownOfOrder): OrderDetails | undefined {
  const { messageId, standing, stored, unstored, records } = known;
  if (!standing && !stored && !records?.length) return undefined;
  const settled = settledState(standing);
  const timeline = timelineOf(known, settled);
  const withOrder = records?.findLast((record) => record.order !== undefined);
  return {
    message_id: messageId,
    state: settled.state,
    source: stored?.system ?? unstored?.source ?? (withOrder ? sourceOf(withOrder) : null),
    order: orderOf(stored, unstored, withOrder),
    position: settled.position ?? null,
    settled_at: settled.at?.toISOString() ?? null,
    next_attempt_at: settled.dueAt?.toISOString() ?? null,
    reason: settled.reason ?? null,
    error: settled.error ?? null,
    max_attempts: known.maxAttempts,
    history: historyOf(known, timeline, settled),
    timeline,
  };
}

interface Settled {
  state: OrderDetails['state'];
  position?: Position;
  /** Cycles in which no attempt was made. */
  restoredCycles: readonly number[];
  at?: Date;
  dueAt?: Date;
  reason?: string;
  error?: { kind: string; message: string };
}

/** What counts of a standing: a stored order wins, else the higher position. */
function settledState(standing: Standing | undefined): Settled {
  const { stored, waiting, ledger } = standing ?? {};
  const restoredCycles = ledger?.restoredCycles ?? [];
  if (stored) return { state: 'stored', position: stored.position, restoredCycles, at: stored.at };
  if (waiting && (!ledger || isHigher(waiting.position, ledger.position))) {
    const { position, at, dueAt, error } = waiting;
    return { state: 'waiting', position, restoredCycles, at, dueAt, error };
  }
  if (ledger) {
    const { position, at, reason, error } = ledger;
    const state = ledger.state === 'resolved' ? 'stored' : ledger.state;
    return { state, position, restoredCycles, at, reason, error };
  }
  return { state: 'unsettled', restoredCycles };
}

/** The cycle of the last attempts. */
function lastAttempted(cycle: number, restoredCycles: readonly number[]): number {
  let last = cycle;
  while (restoredCycles.includes(last)) last -= 1;
  return last;
}

const isHigher = (a: Position, b: Position) => a.cycle > b.cycle || (a.cycle === b.cycle && a.attempt > b.attempt);

function orderOf(
  stored: StoredOrderRow | undefined,
  unstored: UnstoredMessage | undefined,
  withOrder: AttemptRecord | undefined,
): OrderDetails['order'] {
  if (stored) {
    const { sourceId, product, price, createdAt } = stored;
    return { source_id: Number(sourceId), product, price, created_at: createdAt };
  }
  const order = unstored ? orderInBody(unstored.body) : withOrder?.order;
  if (order === undefined) return null;
  return {
    source_id: integerOf(order, 'id'),
    product: textOf(order, 'product') ?? null,
    price: textOf(order, 'price') ?? null,
    created_at: textOf(order, 'created_at') ?? null,
  };
}

/** The order in the body of a message, which may be anything. */
function orderInBody(body: Buffer): object | undefined {
  try {
    const message: unknown = JSON.parse(body.toString());
    const order = typeof message === 'object' && message !== null && 'order' in message ? message.order : undefined;
    return typeof order === 'object' && order !== null ? order : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Milliseconds after which an attempt without a record counts as forgotten where a later one has its own: recorders work
 * side by side, so that for a moment the later one may be there first.
 */
const ON_ITS_WAY = 60_000;

function timelineOf({ records, ttl, now }: KnownOfOrder, settled: Settled): TimelineAttempt[] {
  const timeline = (records ?? []).map(recorded);
  const { position, at } = settled;
  if (!position) return timeline;
  const ofCycle = lastAttempted(position.cycle, settled.restoredCycles);
  const inCycle = new Map(timeline.filter(({ cycle }) => cycle === ofCycle).map((one) => [one.attempt, one]));
  /** An attempt ended before the next one that is known did. */
  let endedBefore = at?.getTime() ?? now.getTime();
  for (let attempt = position.attempt; attempt >= 1; attempt -= 1) {
    const known = inCycle.get(attempt);
    if (known?.at != null) {
      endedBefore = Date.parse(known.at);
      continue;
    }
    // Of the attempts of a cycle a record expires before those of later attempts do.
    const isOvertaken = [...inCycle.keys()].some((later) => later > attempt);
    const isExpired = endedBefore < now.getTime() - (isOvertaken ? Math.min(ttl, ON_ITS_WAY) : ttl);
    const record = records === undefined ? 'unavailable' : isExpired ? 'expired' : 'not_yet';
    timeline.push(missing(ofCycle, attempt, record, settled));
  }
  return timeline.sort((a, b) => a.cycle - b.cycle || a.attempt - b.attempt);
}

const recorded = (record: AttemptRecord): TimelineAttempt => ({
  cycle: record.cycle,
  attempt: record.processing.processing_attempts,
  record: 'recorded',
  outcome: record.outcome,
  at: record.processed_at,
  duration_ms: record.duration_ms ?? null,
  info: record.processing.processing_info,
  error: record.error ?? null,
  next_attempt_at: record.next_attempt_at ?? null,
  consumer: record.consumer,
});

const OUTCOME_OF = {
  stored: 'succeeded',
  waiting: 'retrying',
  dead: 'dead',
  redriving: 'dead',
  discarded: 'dead',
} as const;

/** An attempt without a record. Endput knows the outcome of the last one; each before it failed. */
function missing(
  cycle: number,
  attempt: number,
  record: TimelineAttempt['record'],
  { state, position, at, error, dueAt }: Settled,
): TimelineAttempt {
  const isLast = attempt === position?.attempt;
  return {
    cycle,
    attempt,
    record,
    outcome: !isLast ? 'retrying' : state === 'unsettled' ? null : OUTCOME_OF[state],
    at: isLast ? (at?.toISOString() ?? null) : null,
    duration_ms: null,
    info: null,
    error: isLast ? (error ?? null) : null,
    next_attempt_at: isLast ? (dueAt?.toISOString() ?? null) : null,
    consumer: null,
  };
}

function historyOf(
  { records }: KnownOfOrder,
  timeline: readonly TimelineAttempt[],
  { position, restoredCycles }: Settled,
): OrderDetails['history'] {
  if (records === undefined) return 'unavailable';
  // How many attempts an earlier cycle had is known only from the log.
  const cycle = lastAttempted(position?.cycle ?? 0, restoredCycles);
  const earlier = new Set(timeline.flatMap((one) => (one.cycle < cycle ? [one.cycle] : [])));
  const isCycleGone = earlier.size < cycle - restoredCycles.filter((restored) => restored < cycle).length;
  return isCycleGone || timeline.some(({ record }) => record === 'expired') ? 'expired' : 'complete';
}
