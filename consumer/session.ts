import type { Pool } from '../db/pool.ts';
import { openConnection } from '../rabbitmq/connection.ts';
import { declareTopology, offersDelayedExchange } from '../rabbitmq/declare.ts';
import { createInbox } from '../rabbitmq/inbox.ts';
import { createPublisher, PROBE, type Publication } from '../rabbitmq/publisher.ts';
import { whyNotNative } from '../rabbitmq/native-transport.ts';
import type { Replication } from '../rabbitmq/queue-members.ts';
import { chooseRetryTransport, type RetryTransportName } from '../rabbitmq/retry-transport.ts';
import { consumerTopology, PRIMARY_QUEUE } from '../rabbitmq/topology.ts';
import { follow } from '../runtime/abort.ts';
import { createClosers } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CrashGuard } from './crash-guard.ts';
import type { Handlers } from './handlers/handler.ts';
import type { ConsumerMetrics } from './metrics.ts';
import { createOutageHold } from './outage-hold.ts';
import { watchPolicy } from './policy-watch.ts';
import type { BatchContext } from './process-batch.ts';
import { processDeliveries } from './process-deliveries.ts';
import { createRamp } from './ramp.ts';
import { createReport } from './report.ts';
import type { RetryPolicy } from './retry-policy.ts';
import { runSweeper } from './sweeper.ts';

/** The settings of a consumer; durations in milliseconds. */
export interface ConsumerOptions {
  rabbitmq: { url: string; heartbeat: number; replication: Replication };
  retryTransport: 'auto' | RetryTransportName;
  policy: RetryPolicy;
  batchSize: number;
  batchWait: number;
  handlerTimeout: number;
  outageHold: number;
  attemptLogTtl: number;
  sweepInterval: number;
  sweepOverdue: number;
}

/** What a session uses and does not own. */
export interface SessionContext {
  options: ConsumerOptions;
  pool: Pool;
  handlers: Handlers;
  guard: CrashGuard;
  metrics: ConsumerMetrics;
  logger: Logger;
  /** Aborted when the process is to stop: fetch no more, finish what is in hand. */
  stop: AbortSignal;
  /** Aborted when there is no time left to finish it. */
  cutOff: AbortSignal;
  onOpen: () => void;
  /** Told after each batch that was taken all the way. */
  onSettled: () => void;
  onOutage: (reason: string | undefined) => void;
}

/** Milliseconds for the broker to say that it takes messages. */
const PROBE_TIMEOUT = 5_000;
/** Batches that the broker may deliver ahead. */
const BATCHES_AHEAD = 3;

/**
 * Consumes `primary_queue` over one pair of connections until `stop`, or until broker or endput fail: then it rejects,
 * everything in hand goes back by closing the channel, and its user opens another session when both answer again.
 * Consuming and publishing have a connection each: under a memory alarm the broker reads nothing from one that publishes,
 * acknowledgements included.
 */
export async function runSession(context: SessionContext): Promise<void> {
  const { options, logger, stop, metrics } = context;
  const closers = createClosers(logger);
  const ramp = createRamp(options.batchSize, (limit) => metrics.batchLimit.set(limit));
  const outages: Partial<Record<'broker' | 'endput', string | undefined>> = {};
  /** One of them may be well again while the other is away. */
  const onOutageOf = (what: keyof typeof outages) => (reason: string | undefined) => {
    if (reason !== undefined) ramp.outage();
    outages[what] = reason;
    context.onOutage(outages.broker ?? outages.endput);
  };
  try {
    const { url, heartbeat, replication } = options.rabbitmq;
    const consuming = await openConnection(url, { heartbeat, name: 'consumer: consuming' });
    closers.push('consuming connection', () => consuming.close());
    // The node that was found to serve gets all of a session: if it dies, the next session looks for another.
    const hasDelayedExchange = await offersDelayedExchange(consuming.url, heartbeat);
    const publishing = await openConnection(consuming.url, {
      heartbeat,
      name: 'consumer: publishing',
      onBlocked: onOutageOf('broker'),
    });
    closers.push('publishing connection', () => publishing.close());
    const asksForNative = options.retryTransport === 'native' || options.retryTransport === 'auto';
    const whyNot = asksForNative
      ? await whyNotNative(publishing, options.policy.delays, replication, logger)
      : undefined;
    const transport = chooseRetryTransport(options.retryTransport, options.policy.delays, {
      offersDelayedExchange: hasDelayedExchange,
      version: consuming.version,
      whyNotNative: whyNot,
    });
    // The delayed exchange is declared wherever it can be, so that retries of an earlier setting find their way back.
    const topology = consumerTopology(consuming.major, { ...transport.topology, delayedExchange: hasDelayedExchange });
    await declareTopology(publishing, topology, logger, replication);

    const publisher = await createPublisher(publishing);
    // Under an alarm the broker goes on delivering: what is taken from it then could not be settled, and goes back again.
    // Of a connection it stops reading only after the first message, so it is the second one that tells.
    for (const probe of [PROBE, PROBE]) {
      await publisher.publishAll([probe], Math.min(PROBE_TIMEOUT, options.outageHold), stop);
    }
    const publish = (publications: Publication[]) =>
      publisher.publishAll(publications, options.outageHold, context.cutOff);
    const inbox = await createInbox(consuming, PRIMARY_QUEUE, options.batchSize * BATCHES_AHEAD);
    closers.push('inbox', () => inbox.close());
    const stopFetching = () => void inbox.stopFetching();
    stop.addEventListener('abort', stopFetching, { once: true });
    closers.push('stop listener', () => stop.removeEventListener('abort', stopFetching));
    if (stop.aborted) stopFetching();

    const stopSweeper = new AbortController();
    const noMore = follow(stop, stopSweeper.signal);
    const sweeping = runSweeper({
      pool: context.pool,
      interval: options.sweepInterval,
      overdue: options.sweepOverdue,
      backlog: () => inbox.backlog(),
      // What it has in hand holds up nothing: another sweep finds it again.
      publish: (publications) => publisher.publishAll(publications, options.outageHold, stopSweeper.signal),
      records: { maxAttempts: options.policy.maxAttempts, ttl: options.attemptLogTtl },
      stop: noMore.signal,
      logger,
      metrics,
    });
    closers.push('sweeper', () => {
      stopSweeper.abort();
      noMore.release();
      return sweeping;
    });

    const watch =
      transport.name === 'native'
        ? watchPolicy({
            management: replication.management,
            delay: options.policy.delays[0],
            onLost: (error) => inbox.fail(error),
            logger,
            metrics,
          })
        : undefined;
    if (watch) closers.push('policy watch', () => watch.close());

    const report = createReport(logger);
    closers.push('report', report.close);
    const { pool, handlers, guard, cutOff } = context;
    const batchContext: BatchContext = {
      pool,
      handlers,
      policy: options.policy,
      transport,
      guard,
      hold: createOutageHold({ limit: options.outageHold, cutOff, logger, onOutage: onOutageOf('endput') }),
      publish,
      acknowledge: (settled) => inbox.acknowledge(settled.map((decoded) => decoded.delivery)),
      giveToWait: (waiting) => inbox.giveToWait(waiting.map((decoded) => decoded.delivery)),
      onEarly: () => watch?.onEarly(),
      handlerTimeout: options.handlerTimeout,
      attemptLogTtl: options.attemptLogTtl,
      cutOff,
      metrics,
      report,
    };
    metrics.nativePolicyAway.set(0);
    const node = new URL(consuming.url).host;
    logger.info(
      { transport: transport.name, broker: consuming.version, node, ...(whyNot && { why_not_native: whyNot.reason }) },
      'consuming',
    );
    context.onOpen();

    await processDeliveries(inbox, batchContext, {
      batchWait: options.batchWait,
      ramp,
      isBlocked: () => publishing.isBlocked(),
      onSettled: context.onSettled,
    });
  } finally {
    // What is shown meanwhile is with how many the next session begins.
    ramp.outage();
    await closers.closeAll();
  }
}
