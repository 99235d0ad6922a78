import type { EndedDeath } from '../db/endput/letter-history.ts';
import type { DeadLetterReason, FailureNote, Position } from '../db/endput/standings.ts';
import type { Decoded } from './decode.ts';
import type { Known } from './position.ts';

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
    | {
        outcome: 'retrying';
        error: FailureNote;
        dueAt: Date;
        /** The broker's count of earlier deliveries, where the delivery itself is to wait (transport native). */
        heldDeliveries?: number;
      }
    | { outcome: 'dead'; error: FailureNote; reason: DeadLetterReason };
  durationMs?: number;
  /** Its record certainly was published. */
  isRecorded?: true;
}

/**
 * What endput kept of the last attempt of a delivery. Undefined where nothing is left to do: the dead letter was redriven,
 * resolved or discarded since.
 */
export function keptAttempt(decoded: Decoded, known: Known): SettledAttempt | undefined {
  const base = { decoded, position: known.part.position, at: known.part.at };
  switch (known.as) {
    case 'stored':
      return { ...base, what: { outcome: 'succeeded' } };
    case 'waiting': {
      const { error, dueAt, heldDeliveries } = known.part;
      return {
        ...base,
        what: { outcome: 'retrying', error, dueAt, ...(heldDeliveries !== undefined && { heldDeliveries }) },
      };
    }
    case 'ledger': {
      const { state, error, reason } = known.part;
      return state === 'dead' ? { ...base, what: { outcome: 'dead', error, reason } } : undefined;
    }
  }
}

/** What the history of a dead letter kept of the attempt at which it died. */
export function attemptOfDeath(decoded: Decoded, { position, at, error, reason }: EndedDeath): SettledAttempt {
  return { decoded, position, at, what: { outcome: 'dead', error, reason } };
}

/**
 * Whether what has to be published about the waiting retry of a delivery certainly was: the broker held it, and since it
 * was given back to wait nothing happened to it but that. Otherwise its consumer may have died in between.
 */
export const wasOnlyHeld = (decoded: Decoded, known: Known): boolean =>
  known.as === 'waiting' &&
  known.part.heldDeliveries !== undefined &&
  decoded.earlierDeliveries <= known.part.heldDeliveries;
