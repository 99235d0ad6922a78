import type { Registry } from 'prom-client';
import type { AttemptLog } from '../../db/attempt-log/attempt-log.ts';
import type { Pool } from '../../db/pool.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createHttpServer } from '../http/http-server.ts';
import type { Passwords } from './desk/passwords.ts';
import type { QueueDepths } from './desk/queue-depths.ts';
import { registerLogin, type LoginOptions } from './desk/register-login.ts';
import { registerBalance } from './desk/routes/balance.ts';
import { registerDeadLetterDetails } from './desk/routes/dead-letter-details.ts';
import { registerDeadLetters } from './desk/routes/dead-letters.ts';
import { registerOperations } from './desk/routes/operations.ts';
import { registerDeskOrders } from './desk/routes/orders.ts';
import { registerSweep } from './desk/routes/sweep.ts';
import type { SourceApi } from './desk/source-apis.ts';
import type { FeedClients } from './feed-clients.ts';
import { registerFeedSocket } from './feed-socket.ts';
import type { Feed } from './feed.ts';
import type { HeldBack } from './held-back.ts';
import { PAGE_POLICY, registerPageFiles } from './page-files.ts';
import { registerOrderDetails } from './routes/order-details.ts';
import { registerOrders } from './routes/orders.ts';
import { registerProducts } from './routes/products.ts';
import { registerTotals } from './routes/totals.ts';
import type { StorefrontMetrics } from './storefront-metrics.ts';
import type { WaitingReading } from './waiting-reading.ts';

/** The storefront, built but not listening: its page at `/`, the feed at `/ws`, and the API. */
export async function createApp(services: {
  pool: Pool;
  /** For what takes long: freezing a set of any size. */
  deskPool: Pool;
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
  queues: QueueDepths;
  passwords: Passwords;
  login: LoginOptions;
  sourceApis: readonly SourceApi[];
  waiting: WaitingReading;
  heldBack: HeldBack;
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
        { name: 'login', description: 'Who may do something at the dead-letter desk, and who did.' },
        { name: 'desk', description: 'The dead-letter desk: why messages died, and what is done with them.' },
        { name: 'balance', description: 'Whether every row of every source is accounted for.' },
        { name: 'health', description: 'How the process is.' },
      ],
      // A browser that has logged in sends its cookie by itself.
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
    notReady: () => Promise.resolve(services.notReady()),
    translateError: () => undefined,
    contentSecurityPolicy: PAGE_POLICY,
  });
  await registerFeedSocket(app, services);
  // Before the routes: it compresses what is registered after it.
  await registerPageFiles(app);
  const desk = { ...services, guard: await registerLogin(app, services) };
  registerOrders(app, services);
  registerOrderDetails(app, services);
  registerProducts(app, services);
  registerTotals(app, services);
  registerDeadLetters(app, desk);
  registerDeadLetterDetails(app, desk);
  registerDeskOrders(app, desk);
  registerOperations(app, desk);
  registerSweep(app, desk);
  registerBalance(app, desk);
  return app;
}
