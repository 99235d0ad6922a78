import { inTransaction, type Pool } from '../pool.ts';
import type { FailureNote } from './standings.ts';

/** A retry whose message did not come back in time. */
export interface OverdueRetry {
  messageId: string;
  cycle: number;
  /** The attempt that is done. */
  attempt: number;
  /** When it failed, why, and when the next one was due. */
  at: Date;
  error: FailureNote;
  dueAt: Date;
  source: string;
  type: string;
  headers: Record<string, unknown>;
  body: Buffer;
}

/** Key of the advisory lock: one sweep at a time, whichever process does it. */
const SWEEP_LOCK = 'order-ingestion retries sweep';

/**
 * Takes up to `limit` retries that are more than `overdue` ms past their due time and have not been swept for as long,
 * hands them to `publishAgain`, and notes that they were swept when it resolves. Resolves with their number: 0 when
 * nothing is overdue or another process sweeps now. Rejects with the error of the database or of `publishAgain`, and then
 * nothing is noted.
 */
export function sweepOverdueRetries(
  pool: Pool,
  overdue: number,
  limit: number,
  publishAgain: (retries: OverdueRetry[]) => Promise<void>,
): Promise<number> {
  return inTransaction(pool, async (client) => {
    const lock = await client.query<{ locked: boolean }>(
      'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked',
      [SWEEP_LOCK],
    );
    if (!lock.rows[0]?.locked) return 0;
    // Two consumers with copies of one message may have settled it differently at the same moment; what lost ends here.
    await client.query(
      `delete from retries r
        where r.due_at < now() - make_interval(secs => $1)
          and (exists (select from orders o where o.message_id = r.message_id)
               or exists (select from dead_letters d
                           where d.message_id = r.message_id and (d.cycle, d.attempt) >= (r.cycle, r.attempt)))`,
      [overdue / 1000],
    );
    const { rows } = await client.query<OverdueRetry>(
      `select message_id as "messageId", cycle, attempt, failed_at as at, due_at as "dueAt", source, type, headers, body,
              json_build_object('kind', error_kind, 'message', error_message) as error
         from retries
        where due_at < now() - make_interval(secs => $1)
          and (swept_at is null or swept_at < now() - make_interval(secs => $1))
        order by due_at
        limit $2`,
      [overdue / 1000, limit],
    );
    if (rows.length === 0) return 0;
    await publishAgain(rows);
    await client.query('update retries set swept_at = now() where message_id = any ($1::uuid[])', [
      rows.map((row) => row.messageId),
    ]);
    return rows.length;
  });
}
