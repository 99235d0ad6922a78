import type { Pool } from '../pool.ts';

/**
 * Resolves when endput answers and takes writes to the tables of a settlement; a read-only server, a missing table or a
 * missing permission rejects with the database's error. Nothing is kept.
 */
export async function probeEndput(pool: Pool): Promise<void> {
  // Updates that match no row are checked for tables, permission and read-only mode all the same.
  await pool.query(`
    with a as (update orders set attempt = attempt where false),
         b as (update retries set attempt = attempt where false),
         c as (update dead_letters set attempt = attempt where false),
         d as (update suspects set deaths = deaths where false)
    select pg_current_xact_id()`);
}
