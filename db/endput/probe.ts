import type { Pool } from '../pool.ts';

/**
 * Resolves when endput answers and takes writes to the tables of a settlement; a read-only server, a missing table or a
 * missing permission rejects with the database's error. Nothing is kept.
 */
export async function probeEndput(pool: Pool): Promise<void> {
  // Statements that match no row are checked for tables, permission and read-only mode all the same.
  await pool.query(`
    with o1 as (insert into orders select * from orders where false),
         o2 as (select from orders where false),
         r1 as (insert into retries select * from retries where false),
         r2 as (update retries set attempt = attempt where false),
         r3 as (delete from retries where false),
         d1 as (insert into dead_letters select * from dead_letters where false),
         d2 as (update dead_letters set attempt = attempt where false),
         s1 as (insert into suspects select * from suspects where false),
         s2 as (update suspects set deaths = deaths where false),
         s3 as (delete from suspects where false)
    select pg_current_xact_id()`);
}
