import type { Pool } from '../pool.ts';

export type OperationMessageState = 'waiting' | 'sent' | 'marked' | 'stored' | 'dead_again' | 'skipped';

/** A message of an operation's frozen set: how it had died then, and what became of it. */
export interface OperationMessageRow {
  /** In the set, from 1. */
  place: number;
  messageId: string;
  state: OperationMessageState;
  /** Of one that was left alone. */
  skippedBecause: string | null;
  cycle: number;
  attempt: number;
  reason: string;
  errorKind: string;
  errorMessage: string;
  actedAt: Date | null;
}

/**
 * Messages of an operation's set after a place, in their order, those in `state` where one is given; undefined where there
 * is no such operation. Rejects with the database's error.
 */
export async function readOperationMessages(
  pool: Pool,
  id: string,
  { state, after, limit }: { state: OperationMessageState | undefined; after: number; limit: number },
): Promise<OperationMessageRow[] | undefined> {
  // Without a name, so that it is planned for the state at hand: what was skipped or died again has an index.
  const { rows } = await pool.query<OperationMessageRow>(
    `select m.seq as place, m.message_id as "messageId", m.state, m.skipped_because as "skippedBecause", m.cycle, m.attempt,
            m.reason, m.error_kind as "errorKind", m.error_message as "errorMessage", m.acted_at as "actedAt"
       from desk_operation_messages m
      where m.operation = $1 and m.seq > $2 and ($3::text is null or m.state = $3)
      order by m.seq limit $4`,
    [id, after, state ?? null, limit],
  );
  if (rows.length > 0) return rows;
  const { rowCount } = await pool.query('select from desk_operations where id = $1', [id]);
  return rowCount === 0 ? undefined : [];
}
