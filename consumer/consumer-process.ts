import { openAttemptLog } from '../db/attempt-log/open-attempt-log.ts';
import { createEndputPool } from '../db/endput/pool.ts';
import { ConfigurationError } from '../runtime/configuration.ts';
import { startHealthServer } from '../runtime/health-server.ts';
import { keepHeapSmall } from '../runtime/heap.ts';
import { runProcess } from '../runtime/lifecycle.ts';
import { createLogger } from '../runtime/logger.ts';
import { readConsumerConfiguration } from './consumer-configuration.ts';
import { runConsumer } from './consumer.ts';
import type { Handlers } from './handlers/handler.ts';
import { createConsumerMetrics } from './metrics.ts';
import { runRecorder } from './recorder.ts';

/** Of the time to stop, what is kept to give back what could not be finished. */
const TIME_TO_GIVE_BACK = 2_000;

/**
 * Runs a consumer from start to stop with these handlers, by AMQP property `type`: consuming, recording, health and
 * metrics. Settings that are not valid are printed, and the exit code is 1.
 */
export async function runConsumerProcess(env: NodeJS.ProcessEnv, handlers: Handlers): Promise<void> {
  keepHeapSmall();
  try {
    await run(readConsumerConfiguration(env), handlers);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`The settings of the consumer are not valid:\n${error.message}\n`);
    process.exitCode = 1;
  }
}

async function run(configuration: ReturnType<typeof readConsumerConfiguration>, handlers: Handlers): Promise<void> {
  const { options, stopTimeout } = configuration;
  const logger = createLogger('consumer', configuration);

  await runProcess(logger, stopTimeout, async (closers, fail) => {
    const metrics = createConsumerMetrics();
    let notReady: string | undefined = 'starting';
    const health = await startHealthServer({
      ...configuration.http,
      registry: metrics.registry,
      notReady: () => notReady,
    });
    closers.push('health server', health.close);
    logger.info({ port: health.port }, 'health and metrics');

    const pool = createEndputPool(configuration.endputUrl, { name: 'consumer', logger });
    closers.push('endput pool', () => pool.end());
    const attemptLog = await openAttemptLog(configuration.attemptLogUrl, options.attemptLogTtl, logger);
    closers.push('attempt log', () => attemptLog.close());

    const stop = new AbortController();
    const cutOff = new AbortController();
    const recording = runRecorder({
      attemptLog,
      rabbitmq: options.rabbitmq,
      stop: stop.signal,
      logger,
      metrics,
    });
    const consuming = runConsumer({
      options,
      endputUrl: configuration.endputUrl,
      pool,
      handlers,
      metrics,
      logger,
      stop: stop.signal,
      cutOff: cutOff.signal,
      onState: (reason) => (notReady = reason),
    });
    consuming.catch(fail);
    closers.push('consumer and recorder', async () => {
      stop.abort();
      const timer = setTimeout(() => cutOff.abort(), Math.max(0, stopTimeout - TIME_TO_GIVE_BACK));
      await Promise.allSettled([consuming, recording]);
      clearTimeout(timer);
    });
  });
}
