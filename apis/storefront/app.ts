import type { Registry } from 'prom-client';
import type { AttemptLog } from '../../db/attempt-log/attempt-log.ts';
import type { Pool } from '../../db/pool.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createHttpServer } from '../http/http-server.ts';
import type { Guard } from './desk/guard.ts';
import type { QueueDepths } from './desk/queue-depths.ts';
import type { SourceApi } from './desk/source-apis.ts';
import { registerBalance } from './desk/routes/balance.ts';
import { registerDeadLetterDetails, type DetailServices } from './desk/routes/dead-letter-details.ts';
import { registerDeadLetters } from './desk/routes/dead-letters.ts';
import type { FeedClients } from './feed-clients.ts';
import { registerFeedSocket } from './feed-socket.ts';
import type { Feed } from './feed.ts';
import { PAGE_POLICY, registerPageFiles } from './page-files.ts';
import { registerOrderDetails } from './routes/order-details.ts';
import { registerOrders } from './routes/orders.ts';
import { registerProducts } from './routes/products.ts';
import { registerTotals } from './routes/totals.ts';
import type { StorefrontMetrics } from './storefront-metrics.ts';

/** The storefront, built but not listening: its page at `/`, the feed at `/ws`, and the API. */
export async function createApp(services: {
  pool: Pool;
  attemptLog: AttemptLog;
  attemptLogTtl: number;
  maxAttempts: number;
  feed: Feed;
  clients: FeedClients;
  metrics: StorefrontMetrics;
  registry: Registry;
  logger: Logger;
  notReady: () => string | undefined;
  origins: readonly string[];
  maxClients: number;
  guard: Pick<Guard, 'reading'>;
  queues: QueueDepths;
  sourceApis: readonly SourceApi[];
  letterHistory: DetailServices['letterHistory'];
}) {
  const app = await createHttpServer({
    logger: services.logger,
    registry: services.registry,
    api: {
      title: 'Storefront',
      description:
        'What became of the orders: stored, waiting for their next attempt, dead. The page is at [/](/), the live feed ' +
        'at `/ws` (WebSocket, described in docs/feed.md).',
      version: '0',
      tags: [
        { name: 'orders', description: 'Orders and products, as endput has them.' },
        { name: 'dead letters', description: 'The dead-letter desk: what died, why, and what was done about it.' },
        { name: 'balance', description: 'Whether every row of every source is accounted for.' },
        { name: 'health', description: 'How the process is.' },
      ],
    },
    notReady: () => Promise.resolve(services.notReady()),
    translateError: () => undefined,
    contentSecurityPolicy: PAGE_POLICY,
  });
  await registerFeedSocket(app, services);
  // Before the routes: it compresses what is registered after it.
  await registerPageFiles(app);
  registerOrders(app, services);
  registerOrderDetails(app, services);
  registerProducts(app, services);
  registerTotals(app, services);
  registerDeadLetters(app, services);
  registerDeadLetterDetails(app, services);
  registerBalance(app, services);
  return app;
}
