import { readEndedDeaths, type EndedDeath } from '../db/endput/letter-history.ts';
import { readStandings, type Standing } from '../db/endput/standings.ts';
import type { BatchContext } from './process-batch.ts';
import { filedByBody, type Decoded } from './decode.ts';
import { judgeDelivery, knownOf, type Verdict } from './position.ts';
import { attemptOfDeath, keptAttempt, wasOnlyHeld, type SettledAttempt } from './settled-attempt.ts';

/** What sorting out needs of a batch's context. */
type SortContext = Pick<BatchContext, 'pool' | 'hold' | 'policy' | 'metrics' | 'onEarly'>;

/** Deliveries of a batch by what is to be done with them. */
export interface Sorted {
  toRun: Decoded[];
  /** Settled before; their consequences follow now. */
  toFinish: SettledAttempt[];
  /** Settled before; of their consequences only the record is still wanted, and may be missing. */
  toRecord: SettledAttempt[];
  stale: Decoded[];
  /** Whether a retry is among them that is not due yet. */
  waits: boolean;
}

/** Sorts deliveries, no message id twice, by where their messages stand. Rejects with an `EndputOutageError`. */
export async function sortOut(deliveries: readonly Decoded[], context: SortContext): Promise<Sorted> {
  const standings = await standingsOf(deliveries, context);
  const sorted: Sorted = { toRun: [], toFinish: [], toRecord: [], stale: [], waits: false };
  const refiled: Decoded[] = [];
  const ids = new Set<string>();
  const deaths = await endedDeathsOf(deliveries, standings, context);
  for (const decoded of deliveries) {
    const standing = standings.get(decoded.messageId);
    const verdict = verdictOn(decoded, standing, context);
    if (verdict === 'forged') {
      refiled.push(filedByBody(decoded.delivery, `cycle ${decoded.headers.cycle} was never ordered for this message`));
    } else if (deaths.get(decoded)?.reason !== 'invalid_message' && usesIdOfAnother(decoded, verdict, standing)) {
      refiled.push(filedByBody(decoded.delivery, decoded.content.reason));
    } else {
      ids.add(decoded.messageId);
      sort(decoded, verdict, standing, sorted, context);
      const death = deaths.get(decoded);
      if (death && decoded.redelivered) sorted.toRecord.push(attemptOfDeath(decoded, death));
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
  verdict: Verdict,
  standing: Standing | undefined,
): decoded is Decoded & { content: { kind: 'unreadable' } } {
  if (decoded.content.kind !== 'unreadable') return false;
  // It is dead-lettered at its first attempt, so it is not what waits for a retry.
  if (verdict === 'resume' || verdict === 'wait') return true;
  return verdict === 'stale' && standing?.ledger?.reason !== 'invalid_message';
}

/**
 * Of copies from before an operator acted on their dead letter, how that had died: a redelivered one may have lost its
 * consumer before its death was on record, and an unreadable one is no other message under its id if it died of that.
 */
async function endedDeathsOf(
  deliveries: readonly Decoded[],
  standings: ReadonlyMap<string, Standing>,
  { pool, hold }: SortContext,
): Promise<Map<Decoded, EndedDeath>> {
  const copies = deliveries.filter(({ content, messageId, headers, redelivered }) => {
    if (!redelivered && content.kind !== 'unreadable') return false;
    const ledger = standings.get(messageId)?.ledger;
    return ledger !== undefined && (headers.cycle < ledger.position.cycle || ledger.state !== 'dead');
  });
  if (copies.length === 0) return new Map();
  const ended = copies.map(({ messageId, headers }) => ({ messageId, cycle: headers.cycle }));
  const deaths = (await hold(() => readEndedDeaths(pool, ended))).value;
  const byMessage = new Map(deaths.map((death) => [death.messageId, death]));
  return new Map(
    copies.flatMap((copy) => {
      const death = byMessage.get(copy.messageId);
      return death && copy.headers.attempt <= death.position.attempt ? [[copy, death]] : [];
    }),
  );
}

function verdictOn(decoded: Decoded, standing: Standing | undefined, { policy }: SortContext): Verdict {
  return judgeDelivery({ ...decoded.headers, redelivered: decoded.redelivered }, standing, { now: new Date(), policy });
}

async function sortOutRefiled(
  refiled: Decoded[],
  seen: Set<string>,
  sorted: Sorted,
  context: SortContext,
): Promise<void> {
  const standings = await standingsOf(refiled, context);
  for (const decoded of refiled) {
    const standing = standings.get(decoded.messageId);
    const verdict = verdictOn(decoded, standing, context);
    // The same body twice in a batch: its first copy speaks for both.
    sort(decoded, seen.has(decoded.messageId) ? 'stale' : verdict, standing, sorted, context);
    seen.add(decoded.messageId);
  }
}

function sort(
  decoded: Decoded,
  verdict: Verdict,
  standing: Standing | undefined,
  sorted: Sorted,
  { onEarly }: SortContext,
): void {
  if (verdict === 'run') {
    sorted.toRun.push(decoded);
    return;
  }
  const known = knownOf(standing);
  const kept = known && verdict !== 'stale' ? keptAttempt(decoded, known) : undefined;
  if (!known || !kept) {
    sorted.stale.push(decoded);
    return;
  }
  const isRecorded = wasOnlyHeld(decoded, known);
  if (verdict === 'resume') {
    const { cycle, attempt } = known.part.position;
    sorted.toRun.push({ ...decoded, position: { cycle, attempt: attempt + 1 } });
    if (!isRecorded) sorted.toRecord.push(kept);
    return;
  }
  sorted.toFinish.push(isRecorded ? { ...kept, isRecorded } : kept);
  if (verdict !== 'wait') return;
  sorted.waits = true;
  if (isRecorded) onEarly();
}

async function standingsOf(deliveries: readonly Decoded[], { pool, hold }: SortContext) {
  const ids = deliveries.map((decoded) => decoded.messageId);
  return (await hold(() => readStandings(pool, ids))).value;
}
