import { acquit, suspect, withdrawSuspicion } from '../db/endput/suspects.ts';
import type { Pool } from '../db/pool.ts';
import type { Decoded } from './decode.ts';
import type { OutageHold } from './outage-hold.ts';

/** From how many earlier deliveries on a message is suspected of killing its consumer. */
const SUSPICIOUS_DELIVERIES = 2;
/** After how many deaths of a consumer that ran it alone a message is dead-lettered unrun. */
export const DEATHS_ALLOWED = 3;

/**
 * Finds the message on which the consumer process dies. The broker's count of deliveries is only a suspicion: it also
 * rises for the neighbours of such a message and with every restart. So a suspect runs alone, and endput counts the
 * deaths: raised before it runs, deleted when it is settled. Only a process that really died leaves its count behind.
 */
export function createCrashGuard(pool: Pool) {
  /** Counts that this living process raised and could not lower again because endput was away. */
  const owed = new Map<string, Decoded>();
  return {
    isSuspect: (decoded: Decoded): boolean => decoded.earlierDeliveries >= SUSPICIOUS_DELIVERIES,

    /** Raises the count of a suspect and resolves with the deaths before. */
    async raise(decoded: Decoded, hold: OutageHold): Promise<number> {
      for (const [id, other] of owed) {
        await hold(() => withdrawSuspicion(pool, other.messageId, other.headers.cycle));
        owed.delete(id);
      }
      return (await hold(() => suspect(pool, decoded.messageId, decoded.headers.cycle))).value;
    },

    /** The suspect was settled. */
    async acquit(decoded: Decoded, hold: OutageHold): Promise<void> {
      await hold(() => acquit(pool, decoded.messageId, decoded.headers.cycle));
    },

    /** The suspect goes back unsettled although this process lives: its count is lowered again. Never rejects. */
    async withdraw(decoded: Decoded): Promise<void> {
      try {
        await withdrawSuspicion(pool, decoded.messageId, decoded.headers.cycle);
      } catch {
        owed.set(decoded.messageId, decoded);
      }
    },
  };
}
export type CrashGuard = ReturnType<typeof createCrashGuard>;
