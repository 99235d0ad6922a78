import { fileURLToPath } from 'node:url';
import { probeEndput } from '../db/endput/probe.ts';
import { migrate } from '../db/migrate.ts';
import type { Pool } from '../db/pool.ts';
import { RetryTransportUnavailableError, type RetryTransportName } from '../rabbitmq/retry-transport.ts';
import { backoffDelay, pause } from '../runtime/backoff.ts';
import type { Logger } from '../runtime/logger.ts';
import { createCrashGuard } from './crash-guard.ts';
import type { Handlers } from './handlers/handler.ts';
import type { ConsumerMetrics } from './metrics.ts';
import { runSession, type ConsumerOptions } from './session.ts';

const MIGRATIONS = fileURLToPath(new URL('../db/endput/migrations', import.meta.url));
const RETRY = { shortest: 250, longest: 5_000 };

/**
 * The outage gate. Between two sessions nothing is fetched: a session opens only when endput takes writes and the broker
 * answers, and it is closed when either is gone for longer than a batch is held. Resolves when `stop` is aborted and what
 * was in hand is settled, or `cutOff` is aborted. Rejects only with a `RetryTransportUnavailableError`: a setting that
 * this broker cannot serve.
 */
export async function runConsumer(context: {
  options: ConsumerOptions;
  endputUrl: string;
  pool: Pool;
  handlers: Handlers;
  metrics: ConsumerMetrics;
  logger: Logger;
  stop: AbortSignal;
  cutOff: AbortSignal;
  /** Told why nothing is consumed now, or undefined when all is well. */
  onState: (reason: string | undefined, transport?: RetryTransportName) => void;
}): Promise<void> {
  const { endputUrl, pool, logger, stop, metrics, onState } = context;
  const guard = createCrashGuard(pool);
  const report = (reason: string | undefined, transport?: RetryTransportName) => {
    metrics.outage.set(reason === undefined ? 0 : 1);
    onState(reason, transport);
  };
  for (let failures = 0; !stop.aborted;) {
    try {
      await migrate(endputUrl, MIGRATIONS, logger);
      await probeEndput(pool);
      await runSession({
        ...context,
        guard,
        onOpen: (transport) => {
          failures = 0;
          report(undefined, transport);
        },
        onOutage: report,
      });
    } catch (error) {
      if (error instanceof RetryTransportUnavailableError) throw error;
      failures += 1;
      report(error instanceof Error ? error.message : String(error));
      logger.warn({ err: error }, 'nothing is consumed until endput and broker answer');
      await pause(backoffDelay(failures, RETRY), stop);
    }
  }
}
