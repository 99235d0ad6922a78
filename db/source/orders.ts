import { inTransaction, type Pool, type PoolClient } from '../pool.ts';
import { onSource } from './source-errors.ts';

/** A row to insert. Money and time are text: the database reads them, exactly. */
export interface NewOrder {
  product: string;
  /** Decimal number. */
  price: string;
  securityCheck: boolean;
  /** ISO 8601; undefined is now. */
  createdAt: string | undefined;
}

/** A row as it is shown. */
export interface OrderRow {
  id: number;
  product: string;
  /** Decimal number, such as `274.00`; `NaN` and `Infinity` are legal in a source. */
  price: string;
  security_check: boolean;
  /** ISO 8601, UTC, with microseconds. */
  created_at: string;
}

/**
 * Rows of a commit. A row is published once every transaction that began to write before it has ended, so a long one
 * would hold back the others.
 */
export const ROWS_PER_COMMIT = 5_000;

/** SQL of a row's time, as it is published: from it and the id the message id is made. */
export const CREATED_AT_TEXT = `to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Inserts rows in one commit. Rejects with a `SourceUnavailableError` or the database's error, and then none is in. */
export async function insertOrders(pool: Pool, rows: readonly NewOrder[]): Promise<void> {
  await onSource(() =>
    pool.query({
      name: 'insert_orders',
      text: `
        insert into orders (product, price, security_check, created_at)
        select product, price, security_check, coalesce(created_at, now())
          from unnest($1::text[], $2::numeric[], $3::boolean[], $4::timestamptz[]) with ordinality
               as row (product, price, security_check, created_at, n)
         order by n`,
      values: [
        rows.map((row) => row.product),
        rows.map((row) => row.price),
        rows.map((row) => row.securityCheck),
        rows.map((row) => row.createdAt ?? null),
      ],
    }),
  );
}

/**
 * Inserts `count` made-up rows, `Product 1` to `Product 99999` at 1.00 to 999.99, in commits of `ROWS_PER_COMMIT`;
 * `inserted` is told the rows of each commit. Rejects with a `SourceUnavailableError`; earlier commits stay.
 */
export async function insertMadeUpOrders(
  pool: Pool,
  order: { count: number; securityCheck: boolean },
  inserted: (rows: number) => void,
): Promise<void> {
  for (let done = 0; done < order.count; done += ROWS_PER_COMMIT) {
    const rows = Math.min(ROWS_PER_COMMIT, order.count - done);
    await onSource(() => inTransaction(pool, (client) => insertMadeUp(client, rows, order.securityCheck)));
    inserted(rows);
  }
}

const insertMadeUp = (client: PoolClient, rows: number, securityCheck: boolean) =>
  client.query({
    name: 'insert_made_up_orders',
    text: `
      insert into orders (product, price, security_check)
      select 'Product ' || (1 + floor(random() * 99999))::integer, round((1 + random() * 998.99)::numeric, 2), $2
        from generate_series(1, $1)`,
    values: [rows, securityCheck],
  });

/** A row, and whether it was published. */
export interface ListedOrder extends OrderRow {
  published: boolean;
}

/** Up to `limit` rows with an id above `after`, by id. Rejects with a `SourceUnavailableError`. */
export async function readOrders(pool: Pool, after: number, limit: number): Promise<ListedOrder[]> {
  const result = await onSource(() =>
    pool.query<Omit<ListedOrder, 'id'> & { id: string }>({
      name: 'read_orders',
      text: `
        select id, product, price::text as price, security_check, ${CREATED_AT_TEXT} as created_at,
               (xid, id) <= ((select xid from publish_position), (select id from publish_position)) as published
          from orders where id > $1 order by orders.id limit $2`,
      values: [after, limit],
    }),
  );
  return result.rows.map((row) => ({ ...row, id: Number(row.id) }));
}
