import type { Pool } from '../pool.ts';

/** An order as endput has it. Money is decimal text, `createdAt` ISO 8601 with microseconds. */
export interface StoredOrderRow {
  messageId: string;
  cycle: number;
  attempt: number;
  system: string;
  sourceId: string;
  product: string;
  price: string;
  securityCheck: boolean;
  createdAt: string;
  storedAt: Date;
  xid: string;
}

/** A place in the order newest first. `xid` is decimal text, it has 64 bits. */
export interface OrderPlace {
  xid: string;
  messageId: string;
}

/** The columns of a row, of `orders o`. */
export const ORDER_COLUMNS = `o.message_id as "messageId", o.cycle, o.attempt, o.system, o.source_id::text as "sourceId", o.product,
                 o.price::text, o.security_check as "securityCheck", o.stored_at as "storedAt", o.xid::text as xid_text,
                 to_char(o.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "createdAt"`;
/** After every order: no transaction has an id as high as that. */
export const FIRST_ORDER: OrderPlace = {
  xid: '18446744073709551615',
  messageId: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
};

export type OrderColumns = Omit<StoredOrderRow, 'xid'> & { xid_text: string };
export const storedOrderOf = ({ xid_text, ...row }: OrderColumns): StoredOrderRow => ({ ...row, xid: xid_text });

/** Orders after a place, newest first: the ones that transactions wrote that began last. */
export async function readNewestOrders(pool: Pool, limit: number, after = FIRST_ORDER): Promise<StoredOrderRow[]> {
  const { rows } = await pool.query<OrderColumns>({
    name: 'read_newest_orders',
    text: `
      select ${ORDER_COLUMNS} from orders o where (o.xid, o.message_id) < ($1::xid8, $2::uuid)
       order by o.xid desc, o.message_id desc limit $3`,
    values: [after.xid, after.messageId, limit],
  });
  return rows.map(storedOrderOf);
}

/** The orders with this number in their source (in any source where none is named), newest first. */
export async function readOrdersBySourceId(
  pool: Pool,
  sourceId: number,
  source: string | undefined,
  limit: number,
  after = FIRST_ORDER,
): Promise<StoredOrderRow[]> {
  const { rows } = await pool.query<OrderColumns>({
    name: 'read_orders_by_source_id',
    text: `
      with found as materialized (select * from orders o where o.source_id = $1 and ($2::text is null or o.system = $2))
      select ${ORDER_COLUMNS} from found o where (o.xid, o.message_id) < ($3::xid8, $4::uuid)
       order by o.xid desc, o.message_id desc limit $5`,
    values: [sourceId, source ?? null, after.xid, after.messageId, limit],
  });
  return rows.map(storedOrderOf);
}

/** The order with this message id, if it is stored. */
export async function readStoredOrder(pool: Pool, messageId: string): Promise<StoredOrderRow | undefined> {
  const { rows } = await pool.query<OrderColumns>({
    name: 'read_stored_order',
    text: `select ${ORDER_COLUMNS} from orders o where o.message_id = $1`,
    values: [messageId],
  });
  return rows.map(storedOrderOf)[0];
}
