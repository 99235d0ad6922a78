import type { OperationKind } from './desk-operations.ts';

/**
 * SQL about a message `m` of the set of an operation `o`. Nothing is written to the row of a message when it is taken, unless it
 * is skipped: what became of it follows from the place up to which the set was taken. Its outcome is written when it is known.
 */

/** Whether the ledger was changed for it. */
export const WAS_TAKEN = `(m.seq <= o.taken and m.state <> 'skipped')`;

/** Whether what is taken is sent again, and so has an outcome; see `isSentAgain`. */
export const HAS_OUTCOMES = `o.kind in ('redrive', 'edit')`;

/** What became of it. */
export const MESSAGE_STATE = `(case when m.state = 'waiting' and m.seq <= o.taken
  then case when ${HAS_OUTCOMES} then 'sent' else 'marked' end else m.state end)`;

/** When the ledger was changed for it; null where it was not. Of operations of earlier versions the row says it. */
export const ACTED_AT = `(case when ${WAS_TAKEN} then coalesce(m.acted_at, (
  select s.acted_at from desk_operation_steps s where s.operation = m.operation and s.up_to >= m.seq order by s.up_to limit 1)) end)`;

/** Its place where its outcome is not known, else null: what index `desk_messages_unsettled` is made of. */
export const UNSETTLED = `(case when m.state in ('waiting', 'sent') then m.seq end)`;

/** Its place where its order is stored, else null: what index `desk_messages_stored` is made of. */
export const STORED = `(case when m.state = 'stored' then m.seq end)`;

/** Whether messages of such an operation are sent again, and so have an outcome. */
export const isSentAgain = (kind: OperationKind): boolean => kind === 'redrive' || kind === 'edit';
