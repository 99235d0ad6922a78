import { randomUUID } from 'node:crypto';
import { openAttemptLog } from '../../db/attempt-log/open-attempt-log.ts';
import { createDeskPool, createStorefrontPool } from '../../db/endput/pool.ts';
import { readWaiting } from '../../db/endput/totals.ts';
import { readOrExit } from '../../runtime/configuration.ts';
import { keepHeapSmall } from '../../runtime/heap.ts';
import { runProcess } from '../../runtime/lifecycle.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createMetricsRegistry } from '../http/metrics.ts';
import { createApp } from './app.ts';
import { ensureFirstOperator } from './desk/first-operator.ts';
import { createPasswords } from './desk/passwords.ts';
import { createQueueDepths } from './desk/queue-depths.ts';
import { readSigningSecret } from './desk/secret-files.ts';
import { startDesk } from './desk/start-desk.ts';
import { createFeedClients } from './feed-clients.ts';
import { createFeed } from './feed.ts';
import { followEndput } from './follow-endput.ts';
import { createHeldBack } from './held-back.ts';
import { listenToAttempts } from './listen-to-attempts.ts';
import { startPulse } from './pulse.ts';
import { readStorefrontConfiguration } from './storefront-configuration.ts';
import { createStorefrontMetrics } from './storefront-metrics.ts';
import { createWaitingReading } from './waiting-reading.ts';

/** Milliseconds that a statement for a request may take, and that it is waited for in all. */
const STATEMENT_TIMEOUT = 5_000;
const QUERY_TIMEOUT = 8_000;

const configuration = readOrExit(() => readStorefrontConfiguration(process.env));
const logger = createLogger('storefront', configuration);
const { stopTimeout, endputUrl, attemptLogUrl, attemptLogTtl, maxAttempts, rabbitmq, secretsFolder } = configuration;

await runProcess(logger, stopTimeout, async (closers) => {
  keepHeapSmall();
  const registry = createMetricsRegistry({});
  const metrics = createStorefrontMetrics(registry);
  const passwords = createPasswords();
  const signingSecret = configuration.signingSecret ?? (await readSigningSecret(secretsFolder));

  // Requests and counting do not wait for each other's connections.
  const pool = createStorefrontPool(endputUrl, {
    name: 'storefront',
    logger,
    statementTimeout: STATEMENT_TIMEOUT,
    queryTimeout: QUERY_TIMEOUT,
  });
  closers.push('the endput pool of requests', () => pool.end());
  const countingPool = createStorefrontPool(endputUrl, { name: 'storefront: totals', logger, max: 2 });
  closers.push('the endput pool of totals', () => countingPool.end());
  const deskPool = createDeskPool(endputUrl, { name: 'storefront: desk', logger, max: 12 });
  closers.push('the endput pool of the desk', () => deskPool.end());
  const attemptLog = await openAttemptLog(attemptLogUrl, attemptLogTtl, logger);
  closers.push('the attempt log', () => attemptLog.close());

  const feed = createFeed({ copyId: randomUUID(), maxAttempts, now: Date.now() });
  const clients = createFeedClients({ metrics, logger });
  const waiting = createWaitingReading(() => readWaiting(countingPool));
  const heldBack = createHeldBack();
  const queues = createQueueDepths(rabbitmq.replication.management);
  let notReady: string | undefined = 'the totals are not read yet';
  let wasReady = false;
  const app = await createApp({
    ...configuration,
    pool,
    deskPool,
    attemptLog,
    feed,
    clients,
    queues,
    metrics,
    registry,
    logger,
    passwords,
    login: { ...configuration.login, signingSecret },
    waiting,
    heldBack,
    // Once it has shown something, the page is worth having while endput is away: it says so itself.
    notReady: () => (wasReady ? undefined : notReady),
  });
  closers.push('the HTTP server', async () => {
    // A client that reads nothing must not keep the process from stopping.
    const impatience = setTimeout(() => app.server.closeAllConnections(), stopTimeout / 4);
    await app.close().finally(() => clearTimeout(impatience));
  });

  const stop = new AbortController();
  const following = followEndput({
    url: endputUrl,
    pool: countingPool,
    waiting,
    heldBack,
    feed,
    metrics,
    stop: stop.signal,
    logger,
    prepare: () =>
      ensureFirstOperator({ pool, passwords, operator: configuration.operator, folder: secretsFolder, logger }),
    onState: (reason) => {
      notReady = reason;
      wasReady ||= reason === undefined;
    },
  });
  const listening = listenToAttempts({
    rabbitmq,
    feed,
    metrics,
    stop: stop.signal,
    logger,
    onConnection: (connection) => queues.onConnection(connection),
  });
  const desk = startDesk({ ...configuration, pool: deskPool, metrics, logger });
  closers.push('the desk', () => desk.stop(stopTimeout / 4));
  const pulse = startPulse({ feed, clients, onFrame: () => metrics.frames.inc() });
  closers.push('the feed', async () => {
    pulse.stop();
    stop.abort();
    await Promise.all([following, listening]);
  });
  await app.listen(configuration.http);
});
