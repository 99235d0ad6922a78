import type { Pool } from '../pool.ts';
import { CREATED_AT_TEXT, type OrderRow } from './orders.ts';
import { onSource } from './source-errors.ts';

/** A place in the order of publication: all rows up to and including it. `xid` is decimal text, it has 64 bits. */
export interface PublishPosition {
  xid: string;
  id: number;
}

/** Before the first row: no transaction has an id below 3. */
export const BEFORE_ALL_ROWS: PublishPosition = { xid: '0', id: 0 };

export interface PublishableOrder extends OrderRow {
  xid: string;
}

/**
 * The next `limit` rows after a position, of those that are safe to read. A transaction that began earlier may still
 * commit rows with lower ids, and a reader that went by ids alone would skip them. So rows are read by the transaction
 * that inserted them, and only those below the snapshot's xmin, the lowest transaction still running: no row can appear
 * before them any more. Rejects with a `SourceUnavailableError`.
 */
export async function readPublishableOrders(
  pool: Pool,
  after: PublishPosition,
  limit: number,
): Promise<PublishableOrder[]> {
  const result = await onSource(() =>
    pool.query<[string, string, string, boolean, string, string]>({
      name: 'read_publishable_orders',
      // Ordered by the column, not by its text: an alias "xid" would sort as text, without the index and in wrong order.
      text: `
        select id, product, price::text, security_check, ${CREATED_AT_TEXT}, xid::text as xid_text
          from orders
         where xid < pg_snapshot_xmin(pg_current_snapshot()) and (xid, id) > ($1::xid8, $2::bigint)
         order by orders.xid, orders.id
         limit $3`,
      values: [after.xid, after.id, limit],
      rowMode: 'array',
    }),
  );
  return result.rows.map(([id, product, price, security_check, created_at, xid]) => ({
    id: Number(id),
    product,
    price,
    security_check,
    created_at,
    xid,
  }));
}

/**
 * The transaction id before which everything that is committed now was inserted; decimal text. Rejects with a
 * `SourceUnavailableError`.
 */
export async function readCommitHorizon(pool: Pool): Promise<string> {
  const result = await onSource(() =>
    pool.query<{ horizon: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as horizon'),
  );
  return result.rows[0]?.horizon ?? '0';
}

/** Whether committed rows from before the horizon still wait for an older transaction. Rejects as the others. */
export async function isHeldBackBefore(pool: Pool, horizon: string): Promise<boolean> {
  const result = await onSource(() =>
    pool.query<{ held: boolean }>({
      name: 'is_held_back_before',
      text: `
        select exists (select from orders
                        where xid >= pg_snapshot_xmin(pg_current_snapshot()) and xid < $1::xid8) as held`,
      values: [horizon],
    }),
  );
  return result.rows[0]?.held === true;
}
