import { condensed, decimal, isoTime, readBody } from './content.ts';
import { ofMessage, type Deviation } from './deviation.ts';
import type { EndedCycle, LedgerRow, StoredOrder, WaitingRetry } from './evidence.ts';
import type { Filed } from './merge.ts';
import type { Snapshot } from './postgres.ts';

/** Rows fetched at a time; a body has at most 256 KiB where it came from a source. */
const FETCH_ORDERS = 1_000;
const FETCH_BODIES = 200;

const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint::text`;
const millis = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;
const POSITION = 'message_id::text as message_id, cycle, attempt';

interface Positioned {
  message_id: string;
  cycle: number;
  attempt: number;
}

/** A row filed under its message, with its position read. */
const filed = <T>(
  { message_id, cycle, attempt }: Positioned,
  value: T,
): Filed<T & { position: StoredOrder['position'] }> => ({
  messageId: message_id,
  value: { ...value, position: { cycle, attempt } },
});

interface OrderRow extends Positioned {
  system: string;
  database_resource: string;
  schema_resource: string;
  table_resource: string;
  source_id: string;
  product: string;
  price: string;
  security_check: boolean;
  created_at: string;
  stored_at: number;
}

/** The orders of endput, by message id, which is their primary key. */
export const readOrders = (endput: Snapshot): AsyncGenerator<Filed<StoredOrder>[]> =>
  endput.batches(
    `select ${POSITION}, system, database_resource, schema_resource, table_resource, source_id::text as source_id,
            product, price::text as price, security_check, ${micros('created_at')} as created_at,
            ${millis('stored_at')} as stored_at
       from orders o order by o.message_id`,
    FETCH_ORDERS,
    (row) => {
      const order = row as OrderRow;
      return filed(order, {
        storedAt: order.stored_at,
        content: {
          system: order.system,
          database: order.database_resource,
          schema: order.schema_resource,
          table: order.table_resource,
          id: order.source_id,
          product: condensed(order.product),
          price: decimal(order.price),
          createdAt: isoTime(BigInt(order.created_at)),
          securityCheck: order.security_check,
        },
      });
    },
  );

interface RetryRow extends Positioned {
  source: string;
  body: Buffer;
  due_at: number;
  failed_at: number;
  first_failed_at: number;
}

/** The retries that wait, by message id. */
export const readRetries = (endput: Snapshot): AsyncGenerator<Filed<WaitingRetry>[]> =>
  endput.batches(
    `select ${POSITION}, source, body, ${millis('due_at')} as due_at, ${millis('failed_at')} as failed_at,
            ${millis('first_failed_at')} as first_failed_at
       from retries r order by r.message_id`,
    FETCH_BODIES,
    (row) => {
      const retry = row as RetryRow;
      return filed(retry, {
        source: retry.source,
        dueAt: retry.due_at,
        failedAt: retry.failed_at,
        firstFailedAt: retry.first_failed_at,
        body: readBody(retry.body),
      });
    },
  );

interface DeadLetterRow extends Positioned {
  source: string;
  reason: string;
  state: string;
  body: Buffer;
  body_hash: string;
  restored_cycles: number[];
  first_seen_at: number;
  died_at: number;
}

/** The ledger of dead letters, by message id. */
export const readLedger = (endput: Snapshot): AsyncGenerator<Filed<LedgerRow>[]> =>
  endput.batches(
    `select ${POSITION}, source, reason, state, body, encode(sha256(body), 'hex') as body_hash,
            restored_cycles,
            ${millis('first_seen_at')} as first_seen_at, ${millis('died_at')} as died_at
       from dead_letters d order by d.message_id`,
    FETCH_BODIES,
    (row) => {
      const letter = row as DeadLetterRow;
      return filed(letter, {
        source: letter.source,
        reason: letter.reason,
        state: letter.state,
        firstSeenAt: letter.first_seen_at,
        diedAt: letter.died_at,
        body: readBody(letter.body),
        bodyHash: letter.body_hash,
        restoredCycles: letter.restored_cycles,
      });
    },
  );

/**
 * The cycles that operators ended, by message id. Of the letters chosen for an operation those at places up to `taken` were
 * changed, unless they were skipped. A discard and what undoes it end the same cycle.
 */
export const readEndedCycles = (endput: Snapshot): AsyncGenerator<Filed<EndedCycle>[]> =>
  endput.batches(
    `select m.message_id::text as message_id, m.cycle, max(m.attempt) as attempt,
            ${millis('max(o.ordered_at)')} as ordered_at, bool_or(o.kind = 'edit') as edited
       from desk_operation_messages m join desk_operations o on o.id = m.operation
      where m.seq <= o.taken and m.state <> 'skipped'
      group by m.message_id, m.cycle order by m.message_id, m.cycle`,
    FETCH_ORDERS,
    (row) => {
      const ended = row as Positioned & { ordered_at: number; edited: boolean };
      return filed(ended, { orderedAt: ended.ordered_at, edited: ended.edited });
    },
  );

/** The suspects of the crash guard with their deaths, by message id. */
export const readSuspects = (endput: Snapshot): AsyncGenerator<Filed<number>[]> =>
  endput.batches(
    'select message_id::text as message_id, deaths from suspects s order by s.message_id',
    FETCH_ORDERS,
    (row) => {
      const suspect = row as { message_id: string; deaths: number };
      return { messageId: suspect.message_id, value: suspect.deaths };
    },
  );

/** How many dead letters the ledger holds that are dead. */
export async function countDead(endput: Snapshot): Promise<number> {
  const [row] = await endput.query<{ n: number }>("select count(*)::int as n from dead_letters where state = 'dead'");
  return row?.n ?? 0;
}

/** Rows of a source that are stored more than once. The key forbids it for one message id, not for two of one row. */
export async function findDoubledOrders(endput: Snapshot): Promise<Deviation[]> {
  const rows = await endput.query<{ system: string; source_id: string; ids: string[] }>(`
    select system, source_id::text as source_id, array_agg(message_id::text order by message_id) as ids
      from orders group by system, database_resource, schema_resource, table_resource, source_id, created_at
    having count(*) > 1 limit 10000`);
  return rows.map(({ system, source_id, ids: [first = '', ...others] }) =>
    ofMessage('doubled', first, `row ${source_id} of ${system} is stored also as ${others.join(', ')}`),
  );
}
