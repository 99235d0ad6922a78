import type { ConsumeMessage } from 'amqplib';
import { AttemptLogUnavailableError, type AttemptLog } from '../db/attempt-log/attempt-log.ts';
import type { AttemptRecord } from '../db/attempt-log/attempt-record.ts';
import { openConnection } from '../rabbitmq/connection.ts';
import { declareTopology } from '../rabbitmq/declare.ts';
import { createInbox } from '../rabbitmq/inbox.ts';
import type { Replication } from '../rabbitmq/queue-members.ts';
import { ATTEMPT_LOG_QUEUE, consumerTopology } from '../rabbitmq/topology.ts';
import { backoffDelay, pause } from '../runtime/backoff.ts';
import type { Logger } from '../runtime/logger.ts';
import { readRecords } from './attempt-records.ts';
import type { ConsumerMetrics } from './metrics.ts';

/** Messages with records that are written together, and that are in hand at most. */
const MESSAGES_AT_ONCE = 20;
const PREFETCH = 60;
/** Milliseconds that an incomplete batch waits for more. */
const PATIENCE = 50;
const RETRY = { shortest: 250, longest: 5_000 };

/**
 * Writes the attempt records of queue `attempt_log` to the attempt log. While the log is away it holds what it has, the
 * others wait in the queue, and ingestion goes on. Resolves when `stop` is aborted; never rejects.
 */
export async function runRecorder(options: {
  attemptLog: AttemptLog;
  rabbitmq: { url: string; heartbeat: number; replication: Replication };
  stop: AbortSignal;
  logger: Logger;
  metrics: ConsumerMetrics;
}): Promise<void> {
  const { attemptLog, rabbitmq, stop, logger, metrics } = options;

  /** Repeats an operation on the log until it succeeds; false when it was stopped before. */
  const untilDone = async (operation: () => Promise<void>): Promise<boolean> => {
    for (let failures = 0; ;) {
      try {
        await operation();
        metrics.attemptLogAway.set(0);
        if (failures > 0) logger.info('the attempt log answers again');
        return true;
      } catch (error) {
        if (!(error instanceof AttemptLogUnavailableError)) throw error;
        failures += 1;
        metrics.attemptLogAway.set(1);
        logger.warn({ err: error }, 'the attempt log does not answer, records wait');
        await pause(backoffDelay(failures, RETRY), stop);
        if (stop.aborted) return false;
      }
    }
  };

  const record = async (deliveries: readonly ConsumeMessage[]): Promise<boolean> => {
    const records = deliveries.flatMap((delivery): AttemptRecord[] => {
      try {
        return readRecords(delivery.content);
      } catch (error) {
        logger.error({ err: error, body: delivery.content.toString('utf8', 0, 200) }, 'dropped: no attempt records');
        return [];
      }
    });
    return untilDone(async () => {
      const refused = await attemptLog.write(records);
      for (const {
        record: { message_id, processing },
        reason,
      } of refused) {
        logger.error(
          { message_id, attempt: processing.processing_attempts, reason },
          'the attempt log refused a record',
        );
      }
      metrics.recorded.inc(records.length - refused.length);
      metrics.recordsRefused.inc(refused.length);
    });
  };

  const runOnce = async (onOpen: () => void): Promise<void> => {
    const connection = await openConnection(rabbitmq.url, { heartbeat: rabbitmq.heartbeat, name: 'recorder' });
    try {
      const topology = consumerTopology(connection.major, { ttlDelays: [], delayedExchange: false });
      await declareTopology(connection, topology, logger, rabbitmq.replication);
      const inbox = await createInbox(connection, ATTEMPT_LOG_QUEUE, PREFETCH);
      const stopFetching = () => void inbox.stopFetching();
      stop.addEventListener('abort', stopFetching, { once: true });
      if (stop.aborted) stopFetching();
      onOpen();
      try {
        for (;;) {
          const deliveries = await inbox.next(MESSAGES_AT_ONCE, PATIENCE);
          if (deliveries.length === 0 || !(await record(deliveries))) return;
          inbox.acknowledge(deliveries);
        }
      } finally {
        stop.removeEventListener('abort', stopFetching);
        await inbox.close();
      }
    } finally {
      await connection.close();
    }
  };

  for (let failures = 0; !stop.aborted;) {
    try {
      if (await untilDone(() => attemptLog.prepare())) await runOnce(() => (failures = 0));
    } catch (error) {
      failures += 1;
      logger.warn({ err: error }, 'the recorder stopped and will try again');
      await pause(backoffDelay(failures, RETRY), stop);
    }
  }
}
