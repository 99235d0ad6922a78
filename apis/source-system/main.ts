import { Redis } from 'ioredis';
import { createPool } from '../../db/pool.ts';
import { replicationOf } from '../../rabbitmq/queue-members.ts';
import { readConfiguration, readOrExit } from '../../runtime/configuration.ts';
import { parseDuration } from '../../runtime/durations.ts';
import { runProcess } from '../../runtime/lifecycle.ts';
import { createLogger } from '../../runtime/logger.ts';
import { processSettings, rabbitmqSettings, sourceSettings } from '../../runtime/settings.ts';
import { createMetricsRegistry } from '../http/metrics.ts';
import { createApp } from './app.ts';
import { openBrokerSession } from './broker-session.ts';
import { createImports } from './import/import-orders.ts';
import { createRunLease } from './run-lease.ts';
import { createRuns } from './runs.ts';
import { createSourceDatabase } from './source-database.ts';
import { createSourceMetrics } from './source-metrics.ts';

const configuration = readOrExit(() =>
  readConfiguration({ ...processSettings, ...rabbitmqSettings, ...sourceSettings }, process.env),
);
const { SYSTEM: system, SOURCE_DATABASE_URL, HTTP_HOST, HTTP_PORT } = configuration;
const logger = createLogger(system, configuration);
const stopTimeout = parseDuration(configuration.STOP_TIMEOUT);

await runProcess(logger, stopTimeout, async (closers) => {
  const pool = createPool(SOURCE_DATABASE_URL, { name: system, logger, max: 10 });
  closers.push('the pool of the source database', () => pool.end());

  // Few retries and no long pauses: whoever waits for an answer shall hear soon that Redis is away.
  const redis = new Redis(configuration.REDIS_URL, {
    connectionName: system,
    maxRetriesPerRequest: 2,
    connectTimeout: 3_000,
    commandTimeout: 5_000,
    retryStrategy: (times) => Math.min(times * 100, 1_000),
  });
  redis.on('error', (error: Error) => logger.debug({ err: error, system }, 'the connection to Redis broke'));
  closers.push('Redis', () => redis.disconnect());

  const registry = createMetricsRegistry({ system });
  const metrics = createSourceMetrics(registry);
  const leaseMilliseconds = parseDuration(configuration.RUN_LEASE);
  const lease = createRunLease(redis, system, leaseMilliseconds);
  const database = createSourceDatabase({
    url: SOURCE_DATABASE_URL,
    pool,
    forgetCursor: () => lease.forgetForeign(),
    system,
    logger,
  });
  const imports = createImports({
    pool,
    inserted: (rows) => metrics.inserted.inc({ by: 'import' }, rows),
    rejected: () => metrics.rejected.inc(),
  });
  const runs = createRuns({
    system,
    pool,
    lease,
    leaseMilliseconds,
    openSession: (onBlocked) =>
      openBrokerSession({
        url: configuration.RABBITMQ_URL,
        heartbeat: configuration.RABBITMQ_HEARTBEAT,
        replication: replicationOf(configuration),
        system,
        logger,
        onBlocked,
      }),
    simulation: { enabled: configuration.SIMULATED_FAILURES === 'on', maxAttempts: configuration.MAX_ATTEMPTS },
    pageSize: configuration.PUBLISH_PAGE_SIZE,
    outageLimit: parseDuration(configuration.PUBLISH_OUTAGE_LIMIT),
    metrics,
    logger,
  });

  const app = await createApp({ system, pool, database, lease, runs, imports, metrics, registry, logger });
  closers.push('the HTTP server', async () => {
    // A client that sends nothing, or reads nothing, must not keep the process from stopping.
    const impatience = setTimeout(() => app.server.closeAllConnections(), stopTimeout / 4);
    await app.close().finally(() => clearTimeout(impatience));
  });
  closers.push('imports', () => imports.stop());
  closers.push('the run', () => runs.stop(stopTimeout / 3));

  const preparing = new AbortController();
  closers.push('the preparation of the database', () => preparing.abort());
  await app.listen({ host: HTTP_HOST, port: HTTP_PORT });
  void database.prepare(preparing.signal);
});
