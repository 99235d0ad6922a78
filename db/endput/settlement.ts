import Type, { type Static } from 'typebox';
import { inTransaction, type Pool, type PoolClient } from '../pool.ts';
import type { DeadLetterReason, FailureNote, Position } from './standings.ts';
import { acquit, type Suspect } from './suspects.ts';

/** An order as endput keeps it. Money and times are text here: the database reads them, exactly. */
export const OrderRow = Type.Object({
  system: Type.String(),
  databaseResource: Type.String(),
  schemaResource: Type.String(),
  tableResource: Type.String(),
  sourceId: Type.Integer(),
  product: Type.String(),
  /** Decimal, such as `274.00`. */
  price: Type.String(),
  securityCheck: Type.Boolean(),
  /** ISO 8601, with microseconds. */
  createdAt: Type.String(),
});
export type OrderRow = Static<typeof OrderRow>;

interface Settled {
  messageId: string;
  position: Position;
  /** When the attempt ended. */
  at: Date;
}
export interface StoredOrder extends Settled {
  order: OrderRow;
}
/** What is kept of a message so that it can be published again as it was. */
interface Republishable {
  source: string;
  /** AMQP property `type`: it chooses the handler. */
  type: string;
  error: FailureNote;
  headers: Record<string, string | number>;
  body: Buffer;
}
export interface WaitingRetry extends Settled, Republishable {
  dueAt: Date;
  /** Transport native: the broker's count of the earlier deliveries of what it is to hold. Null: a message of its own waits. */
  heldDeliveries: number | null;
}
export interface DeadLetter extends Settled, Republishable {
  reason: DeadLetterReason;
}

/** What became of a batch. No message id may be in it twice. */
export interface Settlement {
  stored: readonly StoredOrder[];
  retries: readonly WaitingRetry[];
  deadLetters: readonly DeadLetter[];
}

/**
 * Writes a settlement in one transaction and resolves with the ids of the messages that it moved. Writes only raise a
 * position: a message that another process has moved as far or farther is left alone, and is not among them. A stored
 * order wins over everything. The suspect that ran alone is `acquitted` with what became of it, so that no death after that
 * counts against it. Rejects with the database's error, and then has written nothing unless the connection was
 * lost during the commit.
 */
export async function writeSettlement(pool: Pool, settlement: Settlement, acquitted?: Suspect): Promise<Set<string>> {
  const statements: ((client: Pool | PoolClient) => Promise<string[]>)[] = [];
  // The same order of tables and of rows everywhere, so that two consumers seldom wait for each other in a circle.
  if (settlement.stored.length > 0) statements.push((client) => store(client, byId(settlement.stored)));
  if (settlement.retries.length > 0) statements.push((client) => postpone(client, byId(settlement.retries)));
  if (settlement.deadLetters.length > 0) statements.push((client) => bury(client, byId(settlement.deadLetters)));
  if (acquitted !== undefined) statements.push((client) => acquit(client, acquitted).then(() => []));

  const [only, ...others] = statements;
  if (only === undefined) return new Set();
  // A single statement is a transaction by itself.
  if (others.length === 0) return new Set(await only(pool));
  return inTransaction(pool, async (client) => {
    const moved = new Set<string>();
    for (const statement of statements) for (const id of await statement(client)) moved.add(id);
    return moved;
  });
}

function byId<T extends Settled>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
}

const movedIds = (result: { rows: { message_id: string }[] }): string[] => result.rows.map((row) => row.message_id);

/** The parameters that every statement begins with, an array a column. */
const settledColumns = (rows: readonly Settled[]) => [
  rows.map((row) => row.messageId),
  rows.map((row) => row.position.cycle),
  rows.map((row) => row.position.attempt),
  rows.map((row) => row.at),
];

/** The parameters that retries and dead letters end with, an array a column. */
const republishableColumns = (rows: readonly Republishable[]) => [
  rows.map((row) => row.source),
  rows.map((row) => row.error.kind),
  rows.map((row) => row.error.message),
  rows.map((row) => JSON.stringify(row.headers)),
  rows.map((row) => row.body),
  rows.map((row) => row.type),
];

async function store(client: Pool | PoolClient, rows: StoredOrder[]): Promise<string[]> {
  return movedIds(
    await client.query<{ message_id: string }>({
      name: 'store_orders',
      text: `
        with stored as (
          insert into orders (message_id, cycle, attempt, stored_at, system, database_resource, schema_resource,
                              table_resource, source_id, product, price, security_check, created_at)
          select * from unnest($1::uuid[], $2::integer[], $3::integer[], $4::timestamptz[], $5::text[], $6::text[],
                               $7::text[], $8::text[], $9::bigint[], $10::text[], $11::numeric[], $12::boolean[],
                               $13::timestamptz[])
          on conflict (message_id) do nothing
          returning message_id
        ), waits_no_longer as (
          delete from retries r using stored s where r.message_id = s.message_id
        ), resolved as (
          update dead_letters d set state = 'resolved' from stored s where d.message_id = s.message_id
        )
        select message_id from stored`,
      values: [
        ...settledColumns(rows),
        rows.map((row) => row.order.system),
        rows.map((row) => row.order.databaseResource),
        rows.map((row) => row.order.schemaResource),
        rows.map((row) => row.order.tableResource),
        rows.map((row) => row.order.sourceId),
        rows.map((row) => row.order.product),
        rows.map((row) => row.order.price),
        rows.map((row) => row.order.securityCheck),
        rows.map((row) => row.order.createdAt),
      ],
    }),
  );
}

async function postpone(client: Pool | PoolClient, rows: WaitingRetry[]): Promise<string[]> {
  return movedIds(
    await client.query<{ message_id: string }>({
      name: 'postpone',
      text: `
        insert into retries as r (message_id, cycle, attempt, failed_at, first_failed_at, due_at, source, error_kind,
                                  error_message, headers, body, type, held_deliveries)
        select i.message_id, i.cycle, i.attempt, i.failed_at, i.failed_at, i.due_at, i.source, i.error_kind,
               i.error_message, i.headers, i.body, i.type, i.held_deliveries
          from unnest($1::uuid[], $2::integer[], $3::integer[], $4::timestamptz[], $5::timestamptz[], $6::text[],
                      $7::text[], $8::text[], $9::jsonb[], $10::bytea[], $11::text[], $12::integer[])
               as i (message_id, cycle, attempt, failed_at, due_at, source, error_kind, error_message, headers, body, type,
                     held_deliveries)
         where not exists (select from orders o where o.message_id = i.message_id)
           and not exists (select from dead_letters d
                            where d.message_id = i.message_id and (d.cycle, d.attempt) >= (i.cycle, i.attempt))
        on conflict (message_id) do update
           set cycle = excluded.cycle, attempt = excluded.attempt, failed_at = excluded.failed_at,
               due_at = excluded.due_at, source = excluded.source, error_kind = excluded.error_kind,
               error_message = excluded.error_message, headers = excluded.headers, body = excluded.body,
               type = excluded.type, held_deliveries = excluded.held_deliveries, swept_at = null
         where (r.cycle, r.attempt) < (excluded.cycle, excluded.attempt)
        returning message_id`,
      values: [
        ...settledColumns(rows),
        rows.map((row) => row.dueAt),
        ...republishableColumns(rows),
        rows.map((row) => row.heldDeliveries),
      ],
    }),
  );
}

async function bury(client: Pool | PoolClient, rows: DeadLetter[]): Promise<string[]> {
  return movedIds(
    await client.query<{ message_id: string }>({
      name: 'bury',
      text: `
        with buried as (
          insert into dead_letters as d (message_id, cycle, attempt, died_at, first_seen_at, reason, source, error_kind,
                                         error_message, headers, body, type)
          select i.message_id, i.cycle, i.attempt, i.died_at, coalesce(r.first_failed_at, i.died_at), i.reason, i.source,
                 i.error_kind, i.error_message, i.headers, i.body, i.type
            from unnest($1::uuid[], $2::integer[], $3::integer[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
                        $8::text[], $9::jsonb[], $10::bytea[], $11::text[])
                 as i (message_id, cycle, attempt, died_at, reason, source, error_kind, error_message, headers, body, type)
            left join retries r using (message_id)
           where not exists (select from orders o where o.message_id = i.message_id)
             and (r.message_id is null or (r.cycle, r.attempt) < (i.cycle, i.attempt))
          on conflict (message_id) do update
             set cycle = excluded.cycle, attempt = excluded.attempt, died_at = excluded.died_at,
                 reason = excluded.reason, source = excluded.source, error_kind = excluded.error_kind,
                 error_message = excluded.error_message, headers = excluded.headers, body = excluded.body,
                 type = excluded.type, state = 'dead'
           where (d.cycle, d.attempt) < (excluded.cycle, excluded.attempt)
          returning message_id
        ), waits_no_longer as (
          delete from retries r using buried b where r.message_id = b.message_id
        )
        select message_id from buried`,
      values: [...settledColumns(rows), rows.map((row) => row.reason), ...republishableColumns(rows)],
    }),
  );
}
