import type { Pool } from '../pool.ts';
import type { OperationKind } from './desk-operations.ts';
import { ACTED_AT, WAS_TAKEN } from './set-progress.ts';
import type { DeadLetterReason, FailureNote, Position } from './standings.ts';

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

/** How the letter of a message died in a cycle that an operator has ended since. */
export interface EndedDeath {
  messageId: string;
  position: Position;
  /** When it died, or, where it has died anew since, when the operator acted. */
  at: Date;
  reason: DeadLetterReason;
  error: FailureNote;
}

/**
 * Of messages in cycles, how they died in those that operators have ended: by a redrive, an edit, a discard. Whoever sees a
 * copy from then knows it by this, though its letter has died of something else since. Rejects with the database's error.
 */
export async function readEndedDeaths(
  pool: Pool,
  copies: readonly { messageId: string; cycle: number }[],
): Promise<EndedDeath[]> {
  if (copies.length === 0) return [];
  const { rows } = await pool.query<{
    message_id: string;
    cycle: number;
    attempt: number;
    at: Date;
    reason: DeadLetterReason;
    error_kind: string;
    error_message: string;
  }>({
    name: 'read_ended_deaths',
    text: `
      select distinct on (m.message_id, m.cycle)
             m.message_id, m.cycle, m.attempt, least(d.died_at, ${ACTED_AT}) as at, m.reason, m.error_kind, m.error_message
        from unnest($1::uuid[], $2::integer[]) as i (message_id, cycle)
        join desk_operation_messages m on m.message_id = i.message_id and m.cycle = i.cycle
        join desk_operations o on o.id = m.operation
        join dead_letters d on d.message_id = m.message_id
       where ${WAS_TAKEN}
       order by m.message_id, m.cycle, at`,
    values: [copies.map(({ messageId }) => messageId), copies.map(({ cycle }) => cycle)],
  });
  return rows.map(({ message_id, cycle, attempt, at, reason, error_kind, error_message }) => ({
    messageId: message_id,
    position: { cycle, attempt },
    at,
    reason,
    error: { kind: error_kind, message: error_message },
  }));
}
