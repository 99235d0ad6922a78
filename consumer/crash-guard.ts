import { randomUUID } from 'node:crypto';
import { acquit, suspect, withdrawSuspicion, type Raise } from '../db/endput/suspects.ts';
import type { Pool } from '../db/pool.ts';
import { readStandings, type Standing } from '../db/endput/standings.ts';
import type { Decoded } from './decode.ts';
import type { OutageHold } from './outage-hold.ts';
import { isCarrier, knownOf } from './position.ts';

/** From how many earlier deliveries on a message is suspected of killing its consumer. */
const SUSPICIOUS_DELIVERIES = 2;
/** After how many deaths of a consumer that ran it alone a message is dead-lettered unrun. */
export const DEATHS_ALLOWED = 3;

/**
 * Finds the message on which the consumer process dies. The broker's count of deliveries is only a suspicion: it also
 * rises for the neighbours of such a message and with every restart. So a suspect runs alone, and endput counts the
 * deaths: raised before it runs, deleted with its settlement. Only a process that really died leaves its count behind.
 *
 * With transport native one delivery carries all attempts of its message, so that count of the broker's would make each of
 * its retries a suspect for ever: what it stood at when the last attempt was settled is taken off.
 */
export function createCrashGuard(pool: Pool) {
  /** Raises of this living process that stand in endput, or may stand there, by message id. */
  const raised = new Map<string, Raise>();
  /** Those that could not be taken back because endput was away. */
  const owed = new Set<Raise>();

  const withdraw = async (raise: Raise): Promise<void> => {
    try {
      await withdrawSuspicion(pool, raise);
      owed.delete(raise);
    } catch {
      owed.add(raise);
    }
  };

  return {
    /** The suspects among deliveries. Reads endput only where the broker's count is high. */
    async suspectsAmong(deliveries: readonly Decoded[], hold: OutageHold): Promise<ReadonlySet<Decoded>> {
      const often = deliveries.filter(({ earlierDeliveries }) => earlierDeliveries >= SUSPICIOUS_DELIVERIES);
      if (often.length === 0) return new Set();
      const ids = often.map(({ messageId }) => messageId);
      const { value: standings } = await hold(() => readStandings(pool, ids));
      return new Set(
        often.filter((decoded) => {
          const before = deliveriesBefore(decoded, standings.get(decoded.messageId));
          return decoded.earlierDeliveries - before >= SUSPICIOUS_DELIVERIES;
        }),
      );
    },

    /** Raises the count of a suspect and resolves with the deaths before. */
    async raise(decoded: Decoded, hold: OutageHold): Promise<number> {
      for (const raise of owed) await withdraw(raise);
      const raise: Raise = { messageId: decoded.messageId, cycle: decoded.headers.cycle, token: randomUUID() };
      try {
        const { value: deaths } = await hold(() => suspect(pool, raise));
        raised.set(decoded.messageId, raise);
        return deaths;
      } catch (error) {
        // Its answer may have been lost after it was counted.
        await withdraw(raise);
        throw error;
      }
    },

    /** The suspect was settled before, and does not run. */
    async acquit({ messageId, headers: { cycle } }: Decoded, hold: OutageHold): Promise<void> {
      await hold(() => acquit(pool, { messageId, cycle }));
    },

    /** The suspect was settled, which has acquitted it. */
    settled(decoded: Decoded): void {
      raised.delete(decoded.messageId);
    },

    /** The suspect goes back unsettled although this process lives: its count is lowered again. Never rejects. */
    async withdraw(decoded: Decoded): Promise<void> {
      const raise = raised.get(decoded.messageId);
      raised.delete(decoded.messageId);
      if (raise) await withdraw(raise);
    },
  };
}
export type CrashGuard = ReturnType<typeof createCrashGuard>;

/** How often a delivery that the broker held had been delivered when its last attempt was settled. */
function deliveriesBefore({ headers, redelivered }: Decoded, standing: Standing | undefined): number {
  const known = knownOf(standing);
  if (known?.as !== 'waiting' || !isCarrier({ ...headers, redelivered }, known)) return 0;
  return known.part.heldDeliveries ?? 0;
}
