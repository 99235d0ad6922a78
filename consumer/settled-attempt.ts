import type { DeadLetterReason, FailureNote, Position, Standing } from '../db/endput/standings.ts';
import { comparePositions } from './position.ts';
import type { Decoded } from './decode.ts';

/**
 * An attempt that endput has settled, with all that has to be published about it. It is made from the decision, or, when
 * the consumer that decided died, from what endput kept.
 */
export interface SettledAttempt {
  decoded: Decoded;
  position: Position;
  at: Date;
  what:
    | { outcome: 'succeeded' }
    | { outcome: 'retrying'; error: FailureNote; dueAt: Date }
    | { outcome: 'dead'; error: FailureNote; reason: DeadLetterReason };
  durationMs?: number;
}

/**
 * What endput kept of the attempt of a delivery that is to be finished. Undefined where nothing is left to do: the dead
 * letter was redriven, resolved or discarded since.
 */
export function keptAttempt(decoded: Decoded, standing: Standing): SettledAttempt | undefined {
  const { stored, waiting, ledger } = standing;
  const isHere = (part: { position: Position } | undefined) =>
    part !== undefined && comparePositions(part.position, decoded.headers) === 0;
  if (stored) {
    return isHere(stored)
      ? { decoded, position: stored.position, at: stored.at, what: { outcome: 'succeeded' } }
      : undefined;
  }
  if (waiting && isHere(waiting)) {
    const { position, at, error, dueAt } = waiting;
    return { decoded, position, at, what: { outcome: 'retrying', error, dueAt } };
  }
  if (ledger && isHere(ledger) && ledger.state === 'dead') {
    const { position, at, error, reason } = ledger;
    return { decoded, position, at, what: { outcome: 'dead', error, reason } };
  }
  return undefined;
}
