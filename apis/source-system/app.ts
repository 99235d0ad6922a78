import type { Registry } from 'prom-client';
import { SourceIsStandbyError, SourceReplacedError, SourceUnavailableError } from '../../db/source/source-errors.ts';
import type { Pool } from '../../db/pool.ts';
import { BrokerUnavailableError } from '../../rabbitmq/connection.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ApiError } from '../http/errors.ts';
import { createHttpServer } from '../http/http-server.ts';
import { ImportInterruptedError, type Imports } from './import/import-orders.ts';
import { UnreadableFileError } from './import/imported-row.ts';
import { registerImportOrders } from './routes/import-orders.ts';
import { registerInsertData } from './routes/insert-data.ts';
import { registerListOrders } from './routes/list-orders.ts';
import { registerProcess } from './routes/process.ts';
import { LeaseLostError, RedisUnavailableError, type RunLease } from './run-lease.ts';
import { RunInProgressError } from './run.ts';
import type { Runs } from './runs.ts';
import type { SourceDatabase } from './source-database.ts';
import type { SourceMetrics } from './source-metrics.ts';

/** The API of one source system, built but not listening. */
export async function createApp(services: {
  system: string;
  pool: Pool;
  database: SourceDatabase;
  lease: RunLease;
  runs: Runs;
  imports: Imports;
  metrics: SourceMetrics;
  registry: Registry;
  logger: Logger;
}) {
  const { system, database, lease } = services;
  const app = await createHttpServer({
    logger: services.logger,
    registry: services.registry,
    api: {
      title: `Source system ${system}`,
      description:
        'Owns a table of orders, and publishes its rows to RabbitMQ, each at least once and in a safe order.',
      version: '0',
      tags: [
        { name: 'orders', description: 'The rows of the source.' },
        { name: 'process', description: 'Publishing them.' },
        { name: 'health', description: 'How the process is.' },
      ],
    },
    // The broker is not asked: rows are inserted without it, and a run says itself when it is away.
    notReady: async () => (await database.notReady()) ?? (await redisNotReady(lease)),
    translateError,
  });
  registerInsertData(app, services);
  registerImportOrders(app, services);
  registerListOrders(app, services);
  registerProcess(app, services);
  return app;
}

const redisNotReady = (lease: RunLease): Promise<string | undefined> =>
  lease.ping().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

/** Status codes of what the layers below throw. */
function translateError(error: unknown): ApiError | undefined {
  const away = (service: string, cause: Error & { code: string }) =>
    new ApiError(503, cause.code, `${service} is away: ${cause.message}. Try again when it is back.`, { cause });
  if (error instanceof SourceUnavailableError) return away('The source database', error);
  if (error instanceof RedisUnavailableError) return away('Redis', error);
  if (error instanceof BrokerUnavailableError) return away('The broker', error);
  if (
    error instanceof SourceIsStandbyError ||
    error instanceof SourceReplacedError ||
    error instanceof LeaseLostError
  ) {
    return new ApiError(503, error.code, sentence(error.message), { cause: error });
  }
  if (error instanceof RunInProgressError) return new ApiError(409, error.code, error.message, { cause: error });
  if (error instanceof UnreadableFileError)
    return new ApiError(400, error.code, sentence(error.message), { cause: error });
  if (error instanceof ImportInterruptedError) {
    return new ApiError(503, error.code, sentence(error.message), { cause: error });
  }
  return undefined;
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
