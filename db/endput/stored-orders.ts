import type { Pool } from '../pool.ts';
import { findProducts, matchOf } from './products.ts';

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

export interface FoundOrders {
  orders: StoredOrderRow[];
  /** Products whose orders were looked for, where the index of products was asked. */
  products: number | undefined;
  /** False where not every order that matches can be listed. */
  complete: boolean;
}

/** Orders that are looked at one by one, newest first; words that many orders have are found among these. */
const LOOKED_AT = 500;
/** Products whose orders are looked for at most, the best sold ones; and how many orders of each are known (`count-on.ts`). */
const MOST_PRODUCTS = 200;
export const ORDERS_OF_A_PRODUCT = 10;

const COLUMNS = `o.message_id as "messageId", o.cycle, o.attempt, o.system, o.source_id::text as "sourceId", o.product,
                 o.price::text, o.security_check as "securityCheck", o.stored_at as "storedAt", o.xid::text as xid_text,
                 to_char(o.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "createdAt"`;
/** After every order: no transaction has an id as high as that. */
const FIRST: OrderPlace = { xid: '18446744073709551615', messageId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

type Row = Omit<StoredOrderRow, 'xid'> & { xid_text: string };
const rowOf = ({ xid_text, ...row }: Row): StoredOrderRow => ({ ...row, xid: xid_text });

/** Orders after a place, newest first: the ones that transactions wrote that began last. */
export async function readNewestOrders(pool: Pool, limit: number, after = FIRST): Promise<StoredOrderRow[]> {
  const { rows } = await pool.query<Row>({
    name: 'read_newest_orders',
    text: `
      select ${COLUMNS} from orders o where (o.xid, o.message_id) < ($1::xid8, $2::uuid)
       order by o.xid desc, o.message_id desc limit $3`,
    values: [after.xid, after.messageId, limit],
  });
  return rows.map(rowOf);
}

/** The orders with this number in their source (in any source where none is named), newest first. */
export async function readOrdersBySourceId(
  pool: Pool,
  sourceId: number,
  source: string | undefined,
  limit: number,
  after = FIRST,
): Promise<StoredOrderRow[]> {
  const { rows } = await pool.query<Row>({
    name: 'read_orders_by_source_id',
    text: `
      with found as materialized (select * from orders o where o.source_id = $1 and ($2::text is null or o.system = $2))
      select ${COLUMNS} from found o where (o.xid, o.message_id) < ($3::xid8, $4::uuid)
       order by o.xid desc, o.message_id desc limit $5`,
    values: [sourceId, source ?? null, after.xid, after.messageId, limit],
  });
  return rows.map(rowOf);
}

/** The order with this message id, if it is stored. */
export async function readStoredOrder(pool: Pool, messageId: string): Promise<StoredOrderRow | undefined> {
  const { rows } = await pool.query<Row>({
    name: 'read_stored_order',
    text: `select ${COLUMNS} from orders o where o.message_id = $1`,
    values: [messageId],
  });
  return rows.map(rowOf)[0];
}

/**
 * Orders whose product matches (`findProducts` says how), newest first. The time that it takes does not depend on how many
 * orders there are: where the newest ones do not fill the page, the last orders of each matching product are looked up.
 */
export async function findOrders(pool: Pool, search: string, limit: number, after = FIRST): Promise<FoundOrders> {
  const { matches, value } = await matchOf(pool, search);
  const { rows: amongNewest } = await pool.query<Row>(
    `with newest as materialized (
       select * from orders o where (o.xid, o.message_id) < ($2::xid8, $3::uuid)
        order by o.xid desc, o.message_id desc limit ${LOOKED_AT}
     )
     select ${COLUMNS} from newest o where ${matches('o.product', '$1')}
      order by o.xid desc, o.message_id desc limit $4`,
    [value, after.xid, after.messageId, limit],
  );
  if (amongNewest.length === limit) return { orders: amongNewest.map(rowOf), products: undefined, complete: true };
  const found = await findProducts(pool, search, MOST_PRODUCTS + 1);
  const products = found.products.slice(0, MOST_PRODUCTS);
  const { rows } = await pool.query<Row>({
    name: 'find_orders_of_products',
    text: `
      with ids as materialized (select unnest(last_orders) as message_id from product_sales where key = any ($1::uuid[]))
      select ${COLUMNS}
        from ids i cross join lateral (select * from orders where message_id = i.message_id offset 0) o
       where (o.xid, o.message_id) < ($2::xid8, $3::uuid)
       order by o.xid desc, o.message_id desc limit $4`,
    values: [products.map(({ key }) => key), after.xid, after.messageId, limit],
  });
  return {
    orders: rows.map(rowOf),
    products: products.length,
    complete:
      found.complete &&
      found.products.length <= MOST_PRODUCTS &&
      products.every(({ orders }) => orders <= ORDERS_OF_A_PRODUCT),
  };
}
