import type { Position, Standing } from '../db/endput/standings.ts';

/**
 * What a delivery is, given where its message stands in endput:
 * - `run`: its attempt has not been settled.
 * - `stale`: the message has gone farther, or the same row was published again. Acknowledged; nothing run or recorded.
 * - `finish`: its attempt was settled and its consumer died before the acknowledgement. The consequences are published
 *   once more, nothing is run.
 * - `forged`: its cycle is above the ledger's. A redrive raises the ledger before it publishes, so such a header was made
 *   up, and must not outrank the real message.
 */
export type Verdict = 'run' | 'stale' | 'finish' | 'forged';

/** Below 0 when `a` comes before `b`, 0 when they are equal, else above 0. */
export function comparePositions(a: Position, b: Position): number {
  return a.cycle - b.cycle || a.attempt - b.attempt;
}

/** The position that counts. A stored order wins over everything, whatever happened to copies of its message. */
export function knownPosition(standing: Standing | undefined): Position | undefined {
  if (standing?.stored) return standing.stored.position;
  const { waiting, ledger } = standing ?? {};
  if (!waiting || !ledger) return (waiting ?? ledger)?.position;
  return comparePositions(waiting.position, ledger.position) > 0 ? waiting.position : ledger.position;
}

/** Sorts out a delivery by position; see `Verdict`. */
export function judgeDelivery(delivery: Position & { redelivered: boolean }, standing: Standing | undefined): Verdict {
  if (delivery.cycle > (standing?.ledger?.position.cycle ?? 0)) return 'forged';
  const known = knownPosition(standing);
  if (!known) return 'run';
  const order = comparePositions(delivery, known);
  if (order === 0) return delivery.redelivered ? 'finish' : 'stale';
  if (order < 0 || standing?.stored) return 'stale';
  return 'run';
}
