import { randomUUID } from 'node:crypto';
import { inTransaction, type Pool, type PoolClient } from '../pool.ts';
import { beginOperation, TAKES } from './desk-orders.ts';
import type { DeskOperation } from './desk-operations.ts';
import type { LedgerState } from './standings.ts';

/** Another body for a letter, and how it is told whether it may have it. */
export interface EditedBody {
  body: Buffer;
  /** The row of a source that it is about. */
  row: {
    system: string;
    database_resource: string;
    schema_resource: string;
    table_resource: string;
    id: number;
    createdAt: Date;
  };
  /** What it changes of the row that the original body is about, in words; undefined where that is the same, or is not to be read. */
  changedFrom: (original: Buffer) => string | undefined;
  /** The id of another message that the original body claims. */
  otherIdOf: (original: Buffer) => string | undefined;
}

/** A letter that is to get another body, and be redriven with it. */
export interface EditOrder extends EditedBody {
  messageId: string;
  /** As it was shown. */
  cycle: number;
  actor: string;
  comment: string | null;
}
export type EditRefusal =
  | { refused: 'unknown' }
  | { refused: 'state' | 'cycle'; state: LedgerState; cycle: number }
  | { refused: 'row'; changed: string }
  | { refused: 'copy'; of: string }
  | { refused: 'stored'; as: string };

/**
 * Orders an edit, an operation of one message that keeps the body as it was and as it is to be. It is refused where the
 * letter is not known, not dead, or at another cycle than was shown; where it would become a message of another row; and
 * where that row's order is stored, or its message known, under another id: it would be stored twice. Rejects with the
 * database's error.
 */
export function orderEdit(pool: Pool, order: EditOrder): Promise<DeskOperation | EditRefusal> {
  const id = randomUUID();
  return inTransaction<DeskOperation | EditRefusal>(pool, async (client) => {
    const refusal = await refusalOf(client, order);
    if (refusal !== undefined) return refusal;
    await client.query(
      `insert into desk_operation_messages (operation, seq, message_id, cycle, attempt, reason, error_kind, error_message,
                                            body_before, body_after)
       select $1, 1, message_id, cycle, attempt, reason, error_kind, error_message, body, $3
         from dead_letters where message_id = $2`,
      [id, order.messageId, order.body],
    );
    const { actor, comment, messageId } = order;
    const edit = { kind: 'edit', actor, comment, asked: null, rate: null, maxDeadShare: null } as const;
    return beginOperation(client, id, 1, edit, { message_id: messageId });
  });
}

async function refusalOf(client: PoolClient, order: EditOrder): Promise<EditRefusal | undefined> {
  const { rows } = await client.query<{ state: LedgerState; cycle: number; body: Buffer }>(
    'select state, cycle, body from dead_letters where message_id = $1 for update',
    [order.messageId],
  );
  const [letter] = rows;
  if (letter === undefined) return { refused: 'unknown' };
  const { state, cycle, body } = letter;
  if (state !== TAKES.edit) return { refused: 'state', state, cycle };
  if (cycle !== order.cycle) return { refused: 'cycle', state, cycle };
  const changed = order.changedFrom(body);
  if (changed !== undefined) return { refused: 'row', changed };
  const other = order.otherIdOf(body);
  if (other !== undefined && (await isKnown(client, other))) return { refused: 'copy', of: other };
  const as = await storedAs(client, order);
  return as === undefined ? undefined : { refused: 'stored', as };
}

async function isKnown(client: PoolClient, messageId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from orders where message_id = $1
     union all select from dead_letters where message_id = $1
     union all select from retries where message_id = $1`,
    [messageId],
  );
  return rowCount !== 0;
}

/** The other message as which the order of this row is stored. */
async function storedAs(client: PoolClient, { messageId, row }: EditOrder): Promise<string | undefined> {
  const { rows } = await client.query<{ message_id: string; created_at: Date }>(
    `select message_id, created_at from orders
      where source_id = $1 and message_id <> $2 and system = $3 and database_resource = $4 and schema_resource = $5
        and table_resource = $6`,
    [row.id, messageId, row.system, row.database_resource, row.schema_resource, row.table_resource],
  );
  // A source may give the id of a row that is gone to another one.
  return rows.find((stored) => stored.created_at.getTime() === row.createdAt.getTime())?.message_id;
}
