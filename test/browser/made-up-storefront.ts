import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { ApiError } from '../../apis/http/errors.ts';
import { createHttpServer } from '../../apis/http/http-server.ts';
import { createFeedClients } from '../../apis/storefront/feed-clients.ts';
import { registerFeedSocket } from '../../apis/storefront/feed-socket.ts';
import { createFeed } from '../../apis/storefront/feed.ts';
import { OrderPage, OrderQuery, type OrderDetails, type StoredOrder } from '../../apis/storefront/order-answers.ts';
import { PAGE_POLICY, registerPageFiles } from '../../apis/storefront/page-files.ts';
import { startPulse } from '../../apis/storefront/pulse.ts';
import type { Product } from '../../apis/storefront/shown.ts';
import { createStorefrontMetrics } from '../../apis/storefront/storefront-metrics.ts';
import { madeUpKey } from './made-up-shop.ts';

/** What the API of a made-up storefront answers from. */
export interface MadeUpAnswers {
  orders: StoredOrder[];
  products: Product[];
  details: Map<string, OrderDetails>;
  /** What a search of orders leaves out. */
  leftOut: OrderPage['left_out'];
  /** What the API fails with, where it does. */
  failure: ApiError | undefined;
}

/**
 * The real page, feed, sockets and HTTP server of a storefront, with a test in the place of endput and the broker: it tells
 * the feed what happens, and holds what the API answers. For states that are hard to bring about for real.
 */
export async function startMadeUpStorefront(
  options: { port?: number; maxAttempts?: number; maxClients?: number } = {},
) {
  const { maxAttempts = 5, maxClients = 10 } = options;
  const logger = pino({ level: 'silent' });
  const registry = new Registry();
  const metrics = createStorefrontMetrics(registry);
  const feed = createFeed({ copyId: randomUUID(), maxAttempts, now: Date.now() });
  const clients = createFeedClients({ metrics, logger });
  const answers: MadeUpAnswers = { orders: [], products: [], details: new Map(), leftOut: [], failure: undefined };
  const app = await createHttpServer({
    logger,
    registry,
    api: { title: 'Made-up storefront', description: 'For tests.', version: '0', tags: [] },
    notReady: () => Promise.resolve(undefined),
    translateError: () => undefined,
    contentSecurityPolicy: PAGE_POLICY,
  });
  await registerFeedSocket(app, { feed, clients, metrics, origins: [], maxClients });
  await registerPageFiles(app);
  app.addHook('preHandler', (request, _reply, done) => {
    if (answers.failure !== undefined && request.url.startsWith('/v0/')) throw answers.failure;
    done();
  });
  app.get(
    '/v0/orders',
    { schema: { querystring: OrderQuery, response: { 200: OrderPage } } },
    ({ query: { search = '', ...query } }) => {
      const orders = answers.orders.filter(({ product, message_id, source, source_id }) => {
        if (query.product !== undefined) return madeUpKey(product) === query.product;
        if (query.source_id !== undefined) return source === query.source && source_id === query.source_id;
        return message_id === search || product.toLowerCase().includes(search.toLowerCase());
      });
      const leftOut = query.product === undefined ? answers.leftOut : [];
      return { orders, next: null, products_searched: null, complete: leftOut.length === 0, left_out: leftOut };
    },
  );
  app.get<{ Params: { id: string } }>('/v0/orders/:id', ({ params }) => {
    const details = answers.details.get(params.id);
    if (details === undefined) throw new ApiError(404, 'ORDER_UNKNOWN', 'There is no such order.');
    return details;
  });
  app.get<{ Querystring: { search?: string } }>('/v0/products', ({ query }) => {
    const search = (query.search ?? '').toLowerCase();
    const products = answers.products.filter(({ product }) => product.toLowerCase().includes(search));
    return { products, next: null, complete: true };
  });
  const pulse = startPulse({ feed, clients });
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    feed,
    answers,
    async stop(): Promise<void> {
      pulse.stop();
      await app.close();
    },
  };
}
export type MadeUpStorefront = Awaited<ReturnType<typeof startMadeUpStorefront>>;
