import { randomUUID } from 'node:crypto';
import { ConfigurationError } from '../../runtime/configuration.ts';
import { runProcess } from '../../runtime/lifecycle.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createMetricsRegistry } from '../http/metrics.ts';
import { createApp } from './app.ts';
import { createFeedClients } from './feed-clients.ts';
import { createFeed } from './feed.ts';
import { startPulse } from './pulse.ts';
import { readStorefrontConfiguration } from './storefront-configuration.ts';
import { createStorefrontMetrics } from './storefront-metrics.ts';

const configuration = readOrExit();
const logger = createLogger('storefront', configuration);
const { stopTimeout } = configuration;

await runProcess(logger, stopTimeout, async (closers) => {
  const registry = createMetricsRegistry({});
  const metrics = createStorefrontMetrics(registry);
  const feed = createFeed({ copyId: randomUUID(), maxAttempts: configuration.maxAttempts, now: Date.now() });
  const clients = createFeedClients({ metrics, logger });
  const app = await createApp({
    ...configuration,
    feed,
    clients,
    metrics,
    registry,
    logger,
    notReady: () => undefined,
  });
  closers.push('the HTTP server', async () => {
    // A client that reads nothing must not keep the process from stopping.
    const impatience = setTimeout(() => app.server.closeAllConnections(), stopTimeout / 4);
    await app.close().finally(() => clearTimeout(impatience));
  });
  const pulse = startPulse({ feed, clients, onFrame: () => metrics.frames.inc() });
  closers.push('the pulse of the feed', pulse.stop);
  await app.listen(configuration.http);
});

function readOrExit() {
  try {
    return readStorefrontConfiguration(process.env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
