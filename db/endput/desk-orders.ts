import { randomUUID } from 'node:crypto';
import { inTransaction, type Pool, type PoolClient } from '../pool.ts';
import { writeAudit } from './audit.ts';
import { deadLetterCondition, type DeadLetterFilter } from './dead-letter-filter.ts';
import { OPERATION_COLUMNS, type DeskOperation, type OperationKind } from './desk-operations.ts';
import type { LedgerState } from './standings.ts';

/** Which dead letters an order is about: some by their ids, or all that fit a filter when it is given. */
export type Selection = { messageIds: readonly string[] } | { filter: DeadLetterFilter };

/** What an operator orders. */
export interface DeskOrder {
  kind: Exclude<OperationKind, 'edit'>;
  selection: Selection;
  /** The filter as it was asked for, to be shown. */
  asked: object | null;
  actor: string;
  comment: string | null;
  rate: number | null;
  maxDeadShare: number | null;
}

/** The state of the letters that an order takes. */
export const TAKES: Record<OperationKind, LedgerState> = {
  redrive: 'dead',
  edit: 'dead',
  discard: 'dead',
  restore: 'discarded',
};

/** Milliseconds that freezing a set may take: of a million letters it takes tens of seconds. */
const FREEZE_TIMEOUT = 15 * 60_000;

function conditionOf(kind: OperationKind, selection: Selection, first: number): { sql: string; values: unknown[] } {
  const state = TAKES[kind];
  if ('filter' in selection) return deadLetterCondition({ ...selection.filter, state }, first);
  return {
    sql: `d.message_id = any ($${first}::uuid[]) and d.state = $${first + 1}`,
    values: [selection.messageIds, state],
  };
}

/**
 * Orders an operation: its set is frozen by one statement, in one transaction with its own row and its entry in the audit
 * table. What dies later is no part of it. Resolves with undefined, and orders nothing, where no letter fits. `pool` has to
 * allow for long statements. Rejects with the database's error.
 */
export function orderOperation(pool: Pool, order: DeskOrder): Promise<DeskOperation | undefined> {
  const id = randomUUID();
  return inTransaction(pool, async (client) => {
    await client.query(`set local statement_timeout = ${FREEZE_TIMEOUT}`);
    const condition = conditionOf(order.kind, order.selection, 2);
    const { rowCount } = await client.query(
      `insert into desk_operation_messages (operation, seq, message_id, cycle, attempt, reason, error_kind, error_message)
       select $1, row_number() over (order by d.died_at, d.message_id), d.message_id, d.cycle, d.attempt, d.reason,
              d.error_kind, d.error_message
         from dead_letters d where ${condition.sql}`,
      [id, ...condition.values],
    );
    if (!rowCount) return undefined;
    return beginOperation(client, id, rowCount, order, {
      ...(order.asked === null ? { messages: rowCount } : { filter: order.asked }),
      ...(order.rate !== null && { rate: order.rate }),
      ...(order.maxDeadShare !== null && { max_dead_share: order.maxDeadShare }),
    });
  });
}

/** What an order would be about. */
export interface Preview {
  count: number;
  notRedrivable: number;
  sources: { source: string; count: number }[];
  causes: { cause_key: string; cause: string; count: number }[];
}

/** What an order would be about if it were given now; nothing is changed. Rejects with the database's error. */
export function previewOrder(pool: Pool, kind: OperationKind, selection: Selection): Promise<Preview> {
  return inTransaction(pool, async (client) => {
    await client.query(`set local statement_timeout = ${FREEZE_TIMEOUT}`);
    const condition = conditionOf(kind, selection, 1);
    const { rows } = await client.query<Preview>(
      `with fitting as materialized (
         select d.source, d.cause_key, d.cause, count(*)::integer as count,
                -- Only what could not be read is filed without a source.
                (count(*) filter (where d.source = 'unknown' and not claims_message_id(d.body, d.message_id)))::integer
                  as not_redrivable
           from dead_letters d where ${condition.sql}
          group by 1, 2, 3
       )
       select coalesce(sum(count), 0)::integer as count, coalesce(sum(not_redrivable), 0)::integer as "notRedrivable",
              coalesce((select json_agg(s order by s.source)
                          from (select source, sum(count)::integer as count from fitting group by 1) s), '[]') as sources,
              coalesce((select json_agg(c)
                          from (select cause_key, min(cause) as cause, sum(count)::integer as count
                                  from fitting group by 1 order by 3 desc, 1 limit 20) c), '[]') as causes
         from fitting`,
      condition.values,
    );
    return rows[0] ?? { count: 0, notRedrivable: 0, sources: [], causes: [] };
  });
}

/** The states of some letters; ids that the ledger does not know are not in the map. */
export async function readLetterStates(pool: Pool, messageIds: readonly string[]): Promise<Map<string, LedgerState>> {
  const { rows } = await pool.query<{ message_id: string; state: LedgerState }>(
    'select message_id, state from dead_letters where message_id = any ($1::uuid[])',
    [messageIds],
  );
  return new Map(rows.map((row) => [row.message_id, row.state]));
}

/** Writes the row of an operation whose set is frozen, and its entry in the audit table. */
export async function beginOperation(
  client: PoolClient,
  id: string,
  total: number,
  order: Pick<DeskOrder, 'actor' | 'comment' | 'asked' | 'rate' | 'maxDeadShare'> & { kind: OperationKind },
  detail: Record<string, unknown>,
): Promise<DeskOperation> {
  const { rows } = await client.query<DeskOperation>(
    `insert into desk_operations (id, kind, actor, comment, filter, rate, max_dead_share, canary_step, total)
     values ($1, $2, $3, $4, $5, $6, $7, case when $7::float is not null then 1 end, $8)
     returning ${OPERATION_COLUMNS}`,
    [
      id,
      order.kind,
      order.actor,
      order.comment,
      order.asked === null ? null : JSON.stringify(order.asked),
      order.rate,
      order.maxDeadShare,
      total,
    ],
  );
  const [operation] = rows;
  if (operation === undefined) throw new Error('the database returned no row');
  await writeAudit(client, {
    actor: order.actor,
    action: order.kind,
    detail: { operation: id, total, ...(order.comment !== null && { comment: order.comment }), ...detail },
  });
  return operation;
}
