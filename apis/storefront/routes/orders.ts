import { findOrders, readOrdersOfProduct, type FoundOrders } from '../../../db/endput/find-orders.ts';
import {
  readNewestOrders,
  readOrdersBySourceId,
  readStoredOrder,
  type StoredOrderRow,
} from '../../../db/endput/stored-orders.ts';
import type { Pool } from '../../../db/pool.ts';
import { errorAnswers } from '../../http/error-answers.ts';
import { ApiError } from '../../http/errors.ts';
import type { HttpServer } from '../../http/http-server.ts';
import { onEndput } from '../endput-reads.ts';
import { OrderPage, OrderQuery, type StoredOrder } from '../order-answers.ts';
import { isMessageId, pageOf, readOrderPlace, writeOrderPlace } from '../page-places.ts';

/** `GET /v0/orders`: the orders in endput, newest first, by page and by search. */
export function registerOrders(app: HttpServer, { pool }: { pool: Pool }): void {
  app.get(
    '/v0/orders',
    {
      schema: {
        tags: ['orders'],
        summary: 'Orders that are stored, newest first',
        description:
          'All of them; or those that `search` finds, by message id or by words of the product; or those of one `product`; or ' +
          'those with a number in their source. For the page after this one, give `next` as `after`.',
        querystring: OrderQuery,
        response: {
          200: OrderPage,
          ...errorAnswers({ 400: 'A query parameter is wrong.', 503: 'Endput is away, or took too long.' }),
        },
      },
    },
    async (request) => {
      const { limit } = request.query;
      const { orders, products, leftOut } = await onEndput(() => find(pool, request.query));
      const { page, next } = pageOf(orders, limit, writeOrderPlace);
      return {
        orders: page.map(shownOrder),
        next,
        products_searched: products ?? null,
        complete: leftOut.length === 0,
        left_out: leftOut,
      };
    },
  );
}

async function find(pool: Pool, query: OrderQuery): Promise<FoundOrders> {
  const { search, product, source, source_id } = query;
  const after = readOrderPlace(query.after);
  // One row more than asked for tells whether there is a next page.
  const limit = query.limit + 1;
  const all = (orders: StoredOrderRow[]): FoundOrders => ({ orders, products: undefined, leftOut: [] });
  if (source !== undefined && source_id === undefined)
    throw new ApiError(400, 'INVALID_REQUEST', 'query parameter "source" is only for use with "source_id".');
  if ([search, product, source_id].filter((choice) => choice !== undefined).length > 1)
    throw new ApiError(
      400,
      'INVALID_REQUEST',
      'query parameters "search", "product" and "source_id" exclude each other.',
    );
  if (search?.includes('\0')) return all([]);
  if (source_id !== undefined) return all(await readOrdersBySourceId(pool, source_id, source, limit, after));
  if (product !== undefined) return readOrdersOfProduct(pool, product.toLowerCase(), limit, after);
  if (search === undefined) return all(await readNewestOrders(pool, limit, after));
  const id = search.trim().toLowerCase();
  if (!isMessageId(id)) return findOrders(pool, search.trim(), limit, after);
  const order = await readStoredOrder(pool, id);
  return all(order === undefined ? [] : [order]);
}

const shownOrder = (row: StoredOrderRow): StoredOrder => ({
  message_id: row.messageId,
  source: row.system,
  source_id: Number(row.sourceId),
  product: row.product,
  price: row.price,
  security_check: row.securityCheck,
  created_at: row.createdAt,
  stored_at: row.storedAt.toISOString(),
  attempt: row.attempt,
  cycle: row.cycle,
});
