import type { Position, Standing } from '../db/endput/standings.ts';
import { delayAfter, type RetryPolicy } from './retry-policy.ts';

/**
 * What a delivery is, given where its message stands in endput:
 * - `run`: the attempt that its header names has not been settled.
 * - `stale`: the message has gone farther without it, or the same row was published again. Acknowledged; nothing run or
 *   recorded.
 * - `resume`: its last attempt failed, the broker was given the delivery itself to hold, and the retry is due: the next
 *   attempt runs.
 * - `wait`: the same, before the retry is due: it is made to wait (again).
 * - `finish`: its attempt was settled otherwise, and its consumer died before the acknowledgement. The consequences are
 *   published once more, nothing is run.
 * - `forged`: its cycle is above the ledger's. A redrive raises the ledger before it publishes, so such a header was made
 *   up, and must not outrank the real message.
 */
export type Verdict = 'run' | 'stale' | 'resume' | 'wait' | 'finish' | 'forged';

/** Below 0 when `a` comes before `b`, 0 when they are equal, else above 0. */
export function comparePositions(a: Position, b: Position): number {
  return a.cycle - b.cycle || a.attempt - b.attempt;
}

/** What endput knows last of a message. */
export type Known =
  | { as: 'stored'; part: NonNullable<Standing['stored']> }
  | { as: 'waiting'; part: NonNullable<Standing['waiting']> }
  | { as: 'ledger'; part: NonNullable<Standing['ledger']> };

/** The part that counts. A stored order wins over everything, whatever happened to copies of its message. */
export function knownOf(standing: Standing | undefined): Known | undefined {
  const { stored, waiting, ledger } = standing ?? {};
  if (stored) return { as: 'stored', part: stored };
  if (waiting && (!ledger || comparePositions(waiting.position, ledger.position) > 0)) {
    return { as: 'waiting', part: waiting };
  }
  return ledger && { as: 'ledger', part: ledger };
}

/** A delivery as its headers name it. */
export interface Arrival extends Position {
  redelivered: boolean;
}

/**
 * Whether this is the delivery on which endput came to know what it knows: one that was delivered before, with the
 * attempt in its header that it then had. Of a stored order the header is not kept: each redelivery up to its attempt
 * counts, because finishing once more harms nothing.
 */
export function isCarrier({ cycle, attempt, redelivered }: Arrival, known: Known): boolean {
  if (!redelivered || cycle !== known.part.position.cycle) return false;
  return known.as === 'stored' ? attempt <= known.part.position.attempt : attempt === known.part.carrier;
}

/** Sorts out a delivery by position; see `Verdict`. */
export function judgeDelivery(
  delivery: Arrival,
  standing: Standing | undefined,
  clock: { now: Date; policy: RetryPolicy },
): Verdict {
  if (delivery.cycle > (standing?.ledger?.position.cycle ?? 0)) return 'forged';
  const known = knownOf(standing);
  if (!known || (known.as !== 'stored' && comparePositions(delivery, known.part.position) > 0)) return 'run';
  if (!isCarrier(delivery, known)) return 'stale';
  if (known.as !== 'waiting' || known.part.heldDeliveries === undefined) return 'finish';
  const { dueAt, position } = known.part;
  return isDue(dueAt, clock.now, delayAfter(clock.policy, position.attempt)) ? 'resume' : 'wait';
}

/** How early a retry may run because the clocks of two machines differ: this part of its delay, and at most so many ms. */
const CLOCKS_DIFFER = { part: 0.1, longest: 1_000 };

/**
 * Whether a retry is due that waits `delay` ms. One that would have to wait for longer than that is due too: a clock was
 * set back, or the delay was made shorter.
 */
export function isDue(dueAt: Date, now: Date, delay: number): boolean {
  const remaining = dueAt.getTime() - now.getTime();
  const tolerance = Math.min(delay * CLOCKS_DIFFER.part, CLOCKS_DIFFER.longest);
  return remaining <= tolerance || remaining > delay + tolerance;
}
