import { pause } from '../../runtime/backoff.ts';
import type { Logger } from '../../runtime/logger.ts';
import { inTransaction, type Pool } from '../pool.ts';

/** Rows deleted in one transaction: few enough that each is short. */
const BATCH = 5_000;
/** Names the advisory lock in the log's database; the number itself means nothing. */
const LOCK = 4_709_100_600;

/** Milliseconds between two sweeps: as often as MongoDB's monitor, oftener for a short TTL. */
function sweepInterval(ttl: number): number {
  return Math.min(60_000, Math.max(1_000, ttl / 10));
}

/**
 * Deletes what has expired `ttl` milliseconds after its `processed_at`, by the database's clock: at `start` and then
 * again and again until `stop`, which resolves when the last sweep has ended. A sweep that fails is logged; the next
 * one does its work.
 */
export function createExpiry(pool: Pool, ttl: number, logger: Logger) {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function sweepUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const deleted = await sweep();
        if (deleted > 0) logger.debug({ deleted }, 'expired attempts deleted');
      } catch (error) {
        logger.warn({ err: error }, 'expired attempts could not be deleted; the next sweep tries again');
      }
      await pause(sweepInterval(ttl), stopping.signal);
    }
  }

  async function sweep(): Promise<number> {
    let total = 0;
    for (;;) {
      const deleted = await deleteExpired(pool, ttl);
      total += deleted;
      if (deleted < BATCH || stopping.signal.aborted) return total;
    }
  }

  return {
    /** Begins to sweep, unless it has begun before. */
    start(): void {
      running ??= sweepUntilStopped();
    },
    async stop(): Promise<void> {
      stopping.abort();
      await running;
    },
  };
}

/** Deletes one batch and resolves with its number of rows; with 0 where another process is at it. */
async function deleteExpired(pool: Pool, ttl: number): Promise<number> {
  return inTransaction(pool, async (client) => {
    const turn = await client.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [LOCK]);
    if (turn.rows[0]?.mine !== true) return 0;
    const deleted = await client.query(
      `delete from attempts where ctid = any (array(
         select ctid from attempts where processed_at < now() - $1 * interval '1 millisecond' limit $2))`,
      [ttl, BATCH],
    );
    return deleted.rowCount ?? 0;
  });
}
