import { inTransaction, type Pool } from '../pool.ts';
import type { TakenLetter } from './desk-steps.ts';

/** Key of the advisory lock: one process at a time. */
const LOCK = 'order-ingestion lost redrives';

/**
 * Hands to `publishAgain` up to `limit` letters that were published to be processed again more than `overdue` ms ago and of
 * which nothing was seen since: neither an outcome nor a failed attempt. Their messages were lost with a broker. When it
 * resolves, they are given as much time again. Resolves with their number: 0 also where another process looks now. Rejects with
 * the error of the database or of `publishAgain`, and then nothing is noted.
 */
export function publishLostRedrives(
  pool: Pool,
  overdue: number,
  limit: number,
  publishAgain: (letters: Omit<TakenLetter, 'seq'>[]) => Promise<void>,
): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows: locks } = await client.query<{ locked: boolean }>(
      'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked',
      [LOCK],
    );
    if (!locks[0]?.locked) return 0;
    const { rows } = await client.query<Omit<TakenLetter, 'seq'>>(
      `select d.message_id as "messageId", d.cycle, d.attempt, d.source, d.type, d.reason,
              d.error_message as "errorMessage", d.headers, d.body
         from dead_letters d
        where d.state = 'redriving' and d.redriven_at < clock_timestamp() - make_interval(secs => $1)
          and not exists (select from retries r where r.message_id = d.message_id and r.cycle >= d.cycle)
          and not exists (select from orders o where o.message_id = d.message_id)
        order by d.died_at, d.message_id
        limit $2`,
      [overdue / 1000, limit],
    );
    if (rows.length === 0) return 0;
    await publishAgain(rows);
    await client.query(
      `update dead_letters set redriven_at = clock_timestamp()
        where message_id = any ($1::uuid[]) and state = 'redriving'`,
      [rows.map(({ messageId }) => messageId)],
    );
    return rows.length;
  });
}
