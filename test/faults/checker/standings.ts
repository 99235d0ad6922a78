import type { Evidence, LedgerRow, Position } from './evidence.ts';

/** How far a message came in a cycle, and when that attempt and its first one were at the earliest. */
export interface Standing {
  position: Position;
  outcome: 'succeeded' | 'dead' | 'retrying';
  isFinal: boolean;
  settledAt: number;
  begunAt: number;
}

/** How far a message came in each cycle of which endput says it. */
export interface Standings {
  /** Undefined where it is on its way: no attempt of its cycle is done. */
  current: Standing | undefined;
  /** The cycles before it, which operators ended: in each the message had died. */
  ended: Standing[];
}

export function standingsOf(evidence: Evidence): Standings {
  const current = standingOf(evidence);
  const ended = endedOf(evidence);
  if (!current) return { current, ended };
  const { cycle } = current.position;
  return {
    current: { ...current, begunAt: Math.max(current.begunAt, orderedBefore(evidence, cycle)) },
    // A discard, and what undoes it, ends the cycle in which the letter still stands.
    ended: ended.filter(({ position }) => position.cycle < cycle),
  };
}

function standingOf({ row, stored, waiting, ledger }: Evidence): Standing | undefined {
  if (stored) {
    // Before its row there was no message. A source may name any time, also one to come; then nothing is known.
    const createdAt = row ? Date.parse(row.content.createdAt) : Number.NaN;
    const begunAt = createdAt <= stored.storedAt ? createdAt : Number.NEGATIVE_INFINITY;
    return { position: stored.position, outcome: 'succeeded', isFinal: true, settledAt: stored.storedAt, begunAt };
  }
  if (ledger?.state === 'dead' || ledger?.state === 'discarded') {
    const { diedAt: settledAt, firstSeenAt: begunAt } = ledger;
    const position = { ...ledger.position, cycle: lastDeathOf(ledger) };
    return { position, outcome: 'dead', isFinal: true, settledAt, begunAt };
  }
  if (!waiting) return undefined;
  const { position, failedAt: settledAt, firstFailedAt: begunAt } = waiting;
  return { position, outcome: 'retrying', isFinal: false, settledAt, begunAt };
}

/** Of a message whose letter somebody deleted nothing: which of its cycles a restore gave is not known any more. */
function endedOf(evidence: Evidence): Standing[] {
  const { ledger, ended } = evidence;
  if (!ledger) return [];
  return ended
    .filter(({ position }) => !ledger.restoredCycles.includes(position.cycle))
    .map(({ position }) => ({
      position,
      outcome: 'dead',
      isFinal: true,
      // The ledger keeps the time of the last death only.
      settledAt: position.cycle === lastDeathOf(ledger) ? ledger.diedAt : Number.NEGATIVE_INFINITY,
      begunAt: Math.max(ledger.firstSeenAt, orderedBefore(evidence, position.cycle)),
    }));
}

/** The cycle of the last death: no attempt was made in those that a restore gave, and none yet where the attempt is 0. */
function lastDeathOf({ position, restoredCycles }: LedgerRow): number {
  let cycle = position.attempt === 0 ? position.cycle - 1 : position.cycle;
  while (restoredCycles.includes(cycle)) cycle -= 1;
  return cycle;
}

/** When what led to a cycle was ordered, before which none of its attempts was made. */
const orderedBefore = ({ ended }: Evidence, cycle: number): number =>
  Math.max(...ended.filter(({ position }) => position.cycle < cycle).map(({ orderedAt }) => orderedAt));
