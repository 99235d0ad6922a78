import { sweepOverdueRetries, type OverdueRetry } from '../db/endput/overdue-retries.ts';
import type { Pool } from '../db/pool.ts';
import { readHeaders } from '../rabbitmq/headers.ts';
import type { Publication } from '../rabbitmq/publisher.ts';
import { BACKLOG_THAT_EXPLAINS } from '../rabbitmq/queue-depth.ts';
import { returning } from '../rabbitmq/retry-transport.ts';
import { pause } from '../runtime/backoff.ts';
import type { Logger } from '../runtime/logger.ts';
import { recordPublications, type RecordableAttempt } from './attempt-records.ts';
import { contentOf } from './decode.ts';
import type { ConsumerMetrics } from './metrics.ts';

/** Retries published again in one transaction. */
const SWEEP_SIZE = 500;

/**
 * Brings back retries that the broker lost: every `interval` ms it publishes again those that are `overdue` ms late,
 * unless a backlog in `primary_queue` explains why they have not been taken up. A copy that turns up all the same is
 * stale by its position, so the attempt that is done is put on record here too: its consumer may have died before it did,
 * and a node of a cluster that is gone keeps its deliveries for a minute, longer than a retry is waited for. One process at
 * a time sweeps. Resolves when `stop` is aborted; never rejects.
 */
export async function runSweeper(options: {
  pool: Pool;
  interval: number;
  overdue: number;
  backlog: () => Promise<number>;
  publish: (publications: Publication[]) => Promise<void>;
  /** How attempts are put on record. */
  records: { maxAttempts: number; ttl: number };
  stop: AbortSignal;
  logger: Logger;
  metrics: ConsumerMetrics;
}): Promise<void> {
  const { pool, overdue, stop, logger } = options;
  for (;;) {
    await pause(options.interval, stop);
    if (stop.aborted) return;
    try {
      let swept = SWEEP_SIZE;
      while (swept === SWEEP_SIZE && (await options.backlog()) <= BACKLOG_THAT_EXPLAINS) {
        swept = await sweepOverdueRetries(pool, overdue, SWEEP_SIZE, async (retries) => {
          // On record before it can go farther, see `Consequences`.
          await options.publish(recordPublications(retries.map(attemptDone), options.records));
          await options.publish(retries.map(retryAgain));
        });
        if (swept === 0) break;
        options.metrics.swept.inc(swept);
        logger.warn({ retries: swept }, 'retries did not come back in time and were published again');
      }
    } catch (error) {
      logger.warn({ err: error }, 'the sweep for overdue retries failed and will be tried again');
    }
  }
}

function retryAgain(retry: OverdueRetry): Publication {
  const { traceparent } = readHeaders(retry.headers);
  return returning({
    messageId: retry.messageId,
    type: retry.type,
    appId: retry.source,
    headers: { attempt: retry.attempt + 1, cycle: retry.cycle, ...(traceparent !== undefined && { traceparent }) },
    body: retry.body,
  });
}

function attemptDone({ messageId, cycle, attempt, failedAt, dueAt, error, body }: OverdueRetry): RecordableAttempt {
  return {
    decoded: { messageId, content: contentOf(body) },
    position: { cycle, attempt },
    at: failedAt,
    what: { outcome: 'retrying', error, dueAt },
  };
}
