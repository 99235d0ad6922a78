import type { Pool } from '../pool.ts';
import type { OperationKind } from './desk-operations.ts';
import { ACTED_AT, WAS_TAKEN } from './set-progress.ts';

/** What was done to a dead letter, by whom, and how it had died. */
export interface LetterEventRow {
  at: Date;
  actor: string;
  action: 'redriven' | 'edited' | 'discarded' | 'restored';
  operationId: string;
  comment: string | null;
  before: { cycle: number; attempt: number; reason: string; error_kind: string; error_message: string };
  /** Of an edit. */
  bodyBefore: Buffer | null;
  bodyAfter: Buffer | null;
}

const ACTIONS: Record<OperationKind, LetterEventRow['action']> = {
  redrive: 'redriven',
  edit: 'edited',
  discard: 'discarded',
  restore: 'restored',
};

/** What was done to a letter, the oldest first. Rejects with the database's error. */
export async function readLetterHistory(pool: Pool, messageId: string): Promise<LetterEventRow[]> {
  const { rows } = await pool.query<Omit<LetterEventRow, 'action'> & { kind: OperationKind }>({
    name: 'read_letter_history',
    text: `
      select ${ACTED_AT} as at, o.actor, o.kind, o.id as "operationId", o.comment,
             json_build_object('cycle', m.cycle, 'attempt', m.attempt, 'reason', m.reason, 'error_kind', m.error_kind,
                               'error_message', m.error_message) as before,
             m.body_before as "bodyBefore", m.body_after as "bodyAfter"
        from desk_operation_messages m join desk_operations o on o.id = m.operation
       where m.message_id = $1 and ${WAS_TAKEN}
       order by at, o.ordered_at`,
    values: [messageId],
  });
  return rows.map(({ kind, ...row }) => ({ ...row, action: ACTIONS[kind] }));
}

/**
 * Of messages at positions of earlier cycles, those that died there because they could not be read. Whoever sees such a
 * copy again knows it, though its letter has died of something else since.
 */
export async function diedUnreadable(
  pool: Pool,
  copies: readonly { messageId: string; cycle: number }[],
): Promise<Set<string>> {
  if (copies.length === 0) return new Set();
  const { rows } = await pool.query<{ message_id: string }>(
    `select m.message_id
       from unnest($1::uuid[], $2::integer[]) as i (message_id, cycle)
       join desk_operation_messages m using (message_id)
       join desk_operations o on o.id = m.operation
      where m.cycle = i.cycle and m.reason = 'invalid_message' and ${WAS_TAKEN}`,
    [copies.map(({ messageId }) => messageId), copies.map(({ cycle }) => cycle)],
  );
  return new Set(rows.map((row) => row.message_id));
}
