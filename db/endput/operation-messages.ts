import type { Pool } from '../pool.ts';
import { ACTED_AT, HAS_OUTCOMES, MESSAGE_STATE, STORED, UNSETTLED } from './set-progress.ts';

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

/** Which messages of the set `o` are in a state, as ranges of an index that has few others, and what they are in order of. */
const IN_STATE: Record<OperationMessageState, { condition: string; order?: string }> = {
  waiting: { condition: `m.seq > o.taken and m.state = 'waiting'` },
  sent: { condition: `${HAS_OUTCOMES} and ${UNSETTLED} <= o.taken`, order: UNSETTLED },
  marked: { condition: `not ${HAS_OUTCOMES} and ${UNSETTLED} <= o.taken`, order: UNSETTLED },
  stored: { condition: `o.stored > 0`, order: STORED },
  dead_again: { condition: `m.state = 'dead_again'` },
  skipped: { condition: `m.state = 'skipped'` },
};

/** Places have no gaps: before there are statistics, the planner may read all of the set for a limit. */
const ALL: { condition: string; order?: string } = { condition: 'm.seq <= $2 + $3' };

/**
 * Messages of an operation's set after a place, in their order, those in `state` where one is given; undefined where there
 * is no such operation. Rejects with the database's error.
 */
export async function readOperationMessages(
  pool: Pool,
  id: string,
  { state, after, limit }: { state: OperationMessageState | undefined; after: number; limit: number },
): Promise<OperationMessageRow[] | undefined> {
  const { condition, order = 'm.seq' } = state === undefined ? ALL : IN_STATE[state];
  // Without a name, so that it is planned for the place at hand; and on its own for the one operation, along the index.
  const { rows } = await pool.query<OperationMessageRow>(
    `select listed.*
       from desk_operations o cross join lateral (
         select m.seq as place, m.message_id as "messageId", ${MESSAGE_STATE} as state,
                m.skipped_because as "skippedBecause", m.cycle, m.attempt, m.reason, m.error_kind as "errorKind",
                m.error_message as "errorMessage", ${ACTED_AT} as "actedAt"
           from desk_operation_messages m
          where m.operation = o.id and ${order} > $2 and ${condition}
          order by ${order} limit $3) listed
      where o.id = $1
      order by listed.place`,
    [id, after, limit],
  );
  if (rows.length > 0) return rows;
  const { rowCount } = await pool.query('select from desk_operations where id = $1', [id]);
  return rowCount === 0 ? undefined : [];
}
