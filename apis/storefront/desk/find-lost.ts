import { publishLostRedrives } from '../../../db/endput/lost-redrives.ts';
import type { Pool } from '../../../db/pool.ts';
import { BACKLOG_THAT_EXPLAINS } from '../../../rabbitmq/queue-depth.ts';
import { PRIMARY_QUEUE } from '../../../rabbitmq/topology.ts';
import { pause } from '../../../runtime/backoff.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { StorefrontMetrics } from '../storefront-metrics.ts';
import type { DeskBroker } from './desk-broker.ts';
import { redriven } from './letter-publications.ts';

/** Letters at a time. */
const BATCH = 200;

/**
 * Brings back redriven messages that a broker lost after it had confirmed them: those of which nothing was seen for
 * `overdue` ms are published again from the ledger, unless a backlog in `primary_queue` explains why. A copy that turns up
 * all the same is absorbed by its position. Resolves when `stop` is aborted; never rejects.
 */
export async function findLost(options: {
  pool: Pool;
  broker: Pick<DeskBroker, 'depth' | 'publishAll'>;
  /** Milliseconds. */
  overdue: number;
  metrics: StorefrontMetrics;
  logger: Logger;
  stop: AbortSignal;
  /** Aborted when there is no time left to finish what is in hand. */
  cutOff: AbortSignal;
}): Promise<void> {
  const { pool, broker, overdue, metrics, logger, stop, cutOff } = options;
  const isStopped = () => stop.aborted;
  while (!isStopped()) {
    await pause(overdue / 2, stop);
    try {
      // What is found fills the queue, so it is asked once.
      const isExplained = isStopped() || (await broker.depth(PRIMARY_QUEUE)) > BACKLOG_THAT_EXPLAINS;
      let found = isExplained ? 0 : BATCH;
      while (found === BATCH && !isStopped()) {
        found = await publishLostRedrives(pool, overdue, BATCH, (letters) =>
          broker.publishAll(letters.map(redriven), cutOff),
        );
        if (found === 0) break;
        metrics.lostRedrives.inc(found);
        logger.warn({ letters: found }, 'redriven messages were nowhere to be seen and were published again');
      }
    } catch (error) {
      if (!isStopped())
        logger.warn({ err: error }, 'the look for lost redriven messages failed and will be tried again');
    }
  }
}
