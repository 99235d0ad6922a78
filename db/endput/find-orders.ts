import type { Pool } from '../pool.ts';
import { findProducts, matchOf, readProduct } from './products.ts';
import { FIRST_ORDER, ORDER_COLUMNS, storedOrderOf } from './stored-orders.ts';
import type { OrderColumns, OrderPlace, StoredOrderRow } from './stored-orders.ts';

/**
 * Orders by their product, newest first, in a time that does not depend on how many orders there are. No index leads from a
 * product to all of its orders: it would more than double what it costs endput to store one. What is found is what the
 * newest orders have, looked at one by one, and behind those the last orders that were counted of each product that matches
 * (`count-on.ts`). What may be left out is said.
 */
export interface FoundOrders {
  orders: StoredOrderRow[];
  /** Products whose last orders were looked up; undefined where the newest orders were enough. */
  products: number | undefined;
  leftOut: LeftOut[];
}
/** older_orders: of some product only the newest and the last orders are known. other_products: more match than are looked up. */
export type LeftOut = 'older_orders' | 'other_products';

/** Orders that are looked at one by one: comparing words takes longer than comparing a name. */
const LOOKED_AT_FOR_WORDS = 500;
const LOOKED_AT_FOR_NAME = 5_000;
/** Products whose last orders are looked up at most, the best sold ones; and how many orders of each are known. */
const MOST_PRODUCTS = 200;
export const ORDERS_OF_A_PRODUCT = 10;

/** Orders whose product matches (`findProducts` says how). */
export async function findOrders(pool: Pool, search: string, limit: number, after = FIRST_ORDER): Promise<FoundOrders> {
  const { matches, value } = await matchOf(pool, search);
  const newest = await lookAtNewest(pool, {
    condition: matches('o.product', '$1'),
    ...{ value, lookedAt: LOOKED_AT_FOR_WORDS, limit, after },
  });
  if (newest.end === undefined) return { orders: newest.orders, products: undefined, leftOut: [] };
  const found = await findProducts(pool, search, MOST_PRODUCTS + 1);
  const products = found.products.slice(0, MOST_PRODUCTS);
  const orders = [...newest.orders, ...(await readLastOrders(pool, products, limit, newest.orders.length, newest.end))];
  const isEveryProduct = found.complete && products.length === found.products.length;
  return {
    orders,
    products: products.length,
    leftOut: [
      ...(products.every((product) => isWhole(product, orders)) ? [] : (['older_orders'] as const)),
      ...(isEveryProduct ? [] : (['other_products'] as const)),
    ],
  };
}

/** The orders of one product, by its key; none where no product has it. */
export async function readOrdersOfProduct(
  pool: Pool,
  key: string,
  limit: number,
  after = FIRST_ORDER,
): Promise<FoundOrders> {
  const product = await readProduct(pool, key);
  if (product === undefined) return { orders: [], products: undefined, leftOut: [] };
  const newest = await lookAtNewest(pool, {
    condition: 'o.product = $1',
    ...{ value: product.product, lookedAt: LOOKED_AT_FOR_NAME, limit, after },
  });
  if (newest.end === undefined) return { orders: newest.orders, products: undefined, leftOut: [] };
  const orders = [
    ...newest.orders,
    ...(await readLastOrders(pool, [product], limit, newest.orders.length, newest.end)),
  ];
  return { orders, products: undefined, leftOut: isWhole(product, orders) ? [] : ['older_orders'] };
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

interface KnownProduct {
  key: string;
  product: string;
  orders: number;
}

/** Whether no order of a product is missing: all that were counted are known, or are here. */
const isWhole = ({ orders, product }: KnownProduct, found: readonly StoredOrderRow[]) =>
  orders <= ORDERS_OF_A_PRODUCT || found.filter((order) => order.product === product).length >= orders;

/**
 * The newest orders after a place that fulfil a condition. `end` is the last one that was looked at; undefined where there is
 * no need to look any further, since the page is full or no order is left.
 */
async function lookAtNewest(
  pool: Pool,
  look: { condition: string; value: string; lookedAt: number; limit: number; after: OrderPlace },
): Promise<{ orders: StoredOrderRow[]; end: OrderPlace | undefined }> {
  const { condition, value, lookedAt, limit, after } = look;
  const { rows: ends } = await pool.query<OrderPlace>(
    `select o.xid::text, o.message_id as "messageId" from orders o where (o.xid, o.message_id) < ($1::xid8, $2::uuid)
      order by o.xid desc, o.message_id desc offset ${lookedAt - 1} limit 1`,
    [after.xid, after.messageId],
  );
  const end = ends[0];
  const { rows } = await pool.query<OrderColumns>(
    `with newest as materialized (
       select * from orders o
        where (o.xid, o.message_id) < ($2::xid8, $3::uuid) and (o.xid, o.message_id) >= ($5::xid8, $6::uuid)
     )
     select ${ORDER_COLUMNS} from newest o where ${condition} order by o.xid desc, o.message_id desc limit $4`,
    [value, after.xid, after.messageId, limit, end?.xid ?? '0', end?.messageId ?? FIRST_ID],
  );
  return { orders: rows.map(storedOrderOf), end: rows.length === limit ? undefined : end };
}

/** The last orders of products that are after a place, newest first, as many as a page of `limit` has room for. */
async function readLastOrders(
  pool: Pool,
  products: readonly KnownProduct[],
  limit: number,
  taken: number,
  after: OrderPlace,
): Promise<StoredOrderRow[]> {
  const { rows } = await pool.query<OrderColumns>({
    name: 'read_last_orders_of_products',
    text: `
      with ids as materialized (select unnest(last_orders) as message_id from product_sales where key = any ($1::uuid[]))
      select ${ORDER_COLUMNS}
        from ids i cross join lateral (select * from orders where message_id = i.message_id offset 0) o
       where (o.xid, o.message_id) < ($2::xid8, $3::uuid)
       order by o.xid desc, o.message_id desc limit $4`,
    values: [products.map(({ key }) => key), after.xid, after.messageId, limit - taken],
  });
  return rows.map(storedOrderOf);
}
