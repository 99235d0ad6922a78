import { subscribeToAttempts } from '../../rabbitmq/attempts-subscription.ts';
import { openConnection, type BrokerConnection } from '../../rabbitmq/connection.ts';
import { declareTopology } from '../../rabbitmq/declare.ts';
import type { Inbox } from '../../rabbitmq/inbox.ts';
import { readQueueDepth } from '../../rabbitmq/queue-depth.ts';
import { PRIMARY_QUEUE, storefrontTopology } from '../../rabbitmq/topology.ts';
import { backoffDelay, pause } from '../../runtime/backoff.ts';
import type { Logger } from '../../runtime/logger.ts';
import { attemptEventOf, feedSourceOf, readAttemptRecords } from './attempt-event.ts';
import type { Feed } from './feed.ts';
import type { StorefrontMetrics } from './storefront-metrics.ts';

const RETRY = { shortest: 250, longest: 5_000 };
/** Messages that are read before others have their turn; each has up to 256 KiB of records. */
const MESSAGES_AT_ONCE = 4;
/** Milliseconds between two looks at the queue. */
const DEPTH_INTERVAL = 1_000;

/**
 * Tells the feed of every attempt that the broker tells of, and how many messages wait. Connects again by itself; what
 * happens meanwhile is not told, as totals come from endput. Resolves when `stop` is aborted; never rejects.
 */
export async function listenToAttempts(options: {
  rabbitmq: { url: string; heartbeat: number };
  feed: Feed;
  metrics: StorefrontMetrics;
  stop: AbortSignal;
  logger: Logger;
  /** Told of the connection when it is there, and when it is gone: others may ask something over it. */
  onConnection: (connection: BrokerConnection | undefined) => void;
}): Promise<void> {
  const { rabbitmq, feed, metrics, stop, logger } = options;
  const isAway = (away: boolean) => {
    feed.connection('broker', away ? 'away' : 'up', Date.now());
    metrics.brokerAway.set(away ? 1 : 0);
    if (away) feed.queues({ primary_ready: null });
  };

  const tell = (body: Buffer) => {
    const records = readAttemptRecords(body);
    if (records === undefined) {
      metrics.unreadable.inc();
      return;
    }
    metrics.attempts.inc(records.length);
    for (const record of records) {
      const { outcome, cycle, processing } = record;
      const position = { cycle, attempt: processing.processing_attempts };
      feed.attempt(feedSourceOf(record), outcome, () => attemptEventOf(record), position);
    }
  };

  const listen = async (inbox: Inbox): Promise<void> => {
    for (;;) {
      const deliveries = await inbox.next(MESSAGES_AT_ONCE, 0);
      if (deliveries.length === 0) return;
      for (const { content } of deliveries) tell(content);
      inbox.acknowledge(deliveries);
      // Clients, timers and requests first: under load the next messages are there already.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  const watchDepth = async (connection: BrokerConnection, until: AbortSignal): Promise<void> => {
    const isOver = () => until.aborted;
    while (!isOver()) {
      const depth = await readQueueDepth(connection, PRIMARY_QUEUE);
      if (!isOver()) feed.queues({ primary_ready: depth ?? null });
      await pause(DEPTH_INTERVAL, until);
    }
  };

  const runOnce = async (onOpen: () => void): Promise<void> => {
    const connection = await openConnection(rabbitmq.url, { heartbeat: rabbitmq.heartbeat, name: 'storefront' });
    const over = new AbortController();
    let watching: Promise<void> | undefined;
    try {
      await declareTopology(connection, storefrontTopology, logger);
      const inbox = await subscribeToAttempts(connection);
      const stopFetching = () => void inbox.stopFetching();
      stop.addEventListener('abort', stopFetching, { once: true });
      if (stop.aborted) stopFetching();
      onOpen();
      options.onConnection(connection);
      watching = watchDepth(connection, over.signal);
      await listen(inbox).finally(() => stop.removeEventListener('abort', stopFetching));
    } finally {
      options.onConnection(undefined);
      over.abort();
      await connection.close();
      await watching;
    }
  };

  for (let failures = 0; !stop.aborted;) {
    try {
      await runOnce(() => {
        failures = 0;
        isAway(false);
        logger.info('listening to attempts');
      });
    } catch (error) {
      failures += 1;
      isAway(true);
      logger.warn({ err: error }, 'the broker does not answer, attempts are not seen; trying again');
      await pause(backoffDelay(failures, RETRY), stop);
    }
  }
}
