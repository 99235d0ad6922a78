import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { probeEndput } from '../db/endput/probe.ts';
import { migrate } from '../db/migrate.ts';
import type { Pool } from '../db/pool.ts';
import { RetryTransportUnavailableError } from '../rabbitmq/retry-transport.ts';
import { backoffDelay, pause } from '../runtime/backoff.ts';
import type { Logger } from '../runtime/logger.ts';
import { createCrashGuard } from './crash-guard.ts';
import type { Handlers } from './handlers/handler.ts';
import type { ConsumerMetrics } from './metrics.ts';
import { runSession, type ConsumerOptions } from './session.ts';

const MIGRATIONS = fileURLToPath(new URL('../db/endput/migrations', import.meta.url));
/** SQLSTATE of a table that does not exist. */
const UNDEFINED_TABLE = '42P01';
const RETRY = { shortest: 250, longest: 5_000 };

/**
 * The outage gate. Between two sessions nothing is fetched: a session opens only when endput takes writes and the broker
 * answers, and it is closed when either is gone for longer than a batch is held. Resolves when `stop` is aborted and what
 * was in hand is settled, or `cutOff` is aborted. Rejects only with a `RetryTransportUnavailableError`: a setting that
 * this broker cannot serve. What could be served and may be mended, such as a policy, is waited for like an outage.
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
  onState: (reason: string | undefined) => void;
}): Promise<void> {
  const { endputUrl, pool, logger, stop, metrics, onState } = context;
  const guard = createCrashGuard(pool);
  const report = (reason: string | undefined) => {
    metrics.outage.set(reason === undefined ? 0 : 1);
    onState(reason);
  };
  let isMigrated = false;
  let hasConsumed = false as boolean;
  for (let failures = 0; !stop.aborted;) {
    // An error of the database, such as a refused connection, does not say whose it is.
    let whose = 'endput: ';
    try {
      if (!isMigrated) await migrate(endputUrl, MIGRATIONS, logger);
      isMigrated = true;
      await probeEndput(pool);
      whose = '';
      await runSession({
        ...context,
        guard,
        onOpen: () => {
          hasConsumed = true;
          report(undefined);
        },
        // Only then: a session that opens and always fails at its first batch must not be tried without a pause.
        onSettled: () => (failures = 0),
        onOutage: report,
      });
    } catch (error) {
      if (error instanceof RetryTransportUnavailableError) {
        if (!hasConsumed || !error.mayPass) throw error;
        metrics.nativePolicyAway.set(1);
      }
      failures += 1;
      // A database that was exchanged for an empty one gets its tables.
      if (error instanceof pg.DatabaseError && error.code === UNDEFINED_TABLE) isMigrated = false;
      report(`${whose}${error instanceof Error ? error.message : String(error)}`);
      logger.warn({ err: error }, 'nothing is consumed until endput and broker answer');
      await pause(backoffDelay(failures, RETRY), stop);
    }
  }
}
