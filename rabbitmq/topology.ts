/**
 * The exchanges, queues and bindings of the system, as data. `declare.ts` makes them. A name says what is in it:
 * `retry_10000` holds messages for 10,000 ms, so that a changed delay makes a new queue instead of a conflict.
 */
export interface Exchange {
  name: string;
  type: 'direct' | 'fanout' | 'topic' | 'x-delayed-message';
  arguments: Record<string, string | number>;
  purpose: string;
}
export interface Queue {
  name: string;
  arguments: Record<string, string | number>;
  purpose: string;
}
export interface Binding {
  exchange: string;
  queue: string;
  routingKey: string;
}
export interface Topology {
  exchanges: Exchange[];
  queues: Queue[];
  bindings: Binding[];
}

export const ORDERS_EXCHANGE = 'orders';
export const DELAYED_EXCHANGE = 'orders_delayed';
export const DEAD_LETTER_EXCHANGE = 'dlq';
export const ATTEMPTS_EXCHANGE = 'attempts';
export const PRIMARY_QUEUE = 'primary_queue';
export const DEAD_LETTER_QUEUE = 'dlq_queue';
export const ATTEMPT_LOG_QUEUE = 'attempt_log';
/** Routing key from `orders`, `orders_delayed` and the retry queues to `primary_queue`. */
export const ORDER_ROUTING_KEY = 'order';

/** Name of the queue in which a retry waits `delay` milliseconds (transport `ttl`). */
export const retryQueueName = (delay: number): string => `retry_${delay}`;

const ordersExchange: Exchange = {
  name: ORDERS_EXCHANGE,
  type: 'direct',
  arguments: {},
  purpose: 'where sources publish',
};

const attemptsExchange: Exchange = {
  name: ATTEMPTS_EXCHANGE,
  type: 'topic',
  arguments: {},
  purpose: 'attempt records, routed by their outcome',
};

/** What a storefront needs to listen; its queue is its own, see `attempts-subscription.ts`. */
export const storefrontTopology: Topology = { exchanges: [attemptsExchange], queues: [], bindings: [] };

/**
 * `x-delivery-limit: -1` means "none" from RabbitMQ 4.0 on, whose default is 20. Before, there is no limit by default,
 * and 3.10 takes -1 for "drop it at its first redelivery" (in a policy it refuses -1; 1000000 all of them take there).
 */
const noDeliveryLimit = (brokerMajor: number): Record<string, number> =>
  brokerMajor >= 4 ? { 'x-delivery-limit': -1 } : {};

function primaryQueue(brokerMajor: number): Queue {
  return {
    name: PRIMARY_QUEUE,
    // No dead-letter exchange: only our code dead-letters, so that every dead letter has a reason and a ledger row.
    arguments: { 'x-queue-type': 'quorum', 'x-overflow': 'reject-publish', ...noDeliveryLimit(brokerMajor) },
    purpose: 'the work',
  };
}

/** What a source needs to publish: the exchange and the queue behind it, or its messages would have nowhere to go. */
export function sourceTopology(brokerMajor: number): Topology {
  return {
    exchanges: [ordersExchange],
    queues: [primaryQueue(brokerMajor)],
    bindings: [{ exchange: ORDERS_EXCHANGE, queue: PRIMARY_QUEUE, routingKey: ORDER_ROUTING_KEY }],
  };
}

/** What the dead-letter desk needs: where messages are published to be processed again, and the mirror of the ledger. */
export function deskTopology(brokerMajor: number): Topology {
  const source = sourceTopology(brokerMajor);
  return {
    exchanges: [
      ...source.exchanges,
      {
        name: DEAD_LETTER_EXCHANGE,
        type: 'fanout',
        arguments: {},
        purpose: 'dead letters, for whoever wants to read them',
      },
    ],
    queues: [
      ...source.queues,
      {
        name: DEAD_LETTER_QUEUE,
        arguments: { 'x-queue-type': 'quorum', ...noDeliveryLimit(brokerMajor) },
        purpose: 'mirror of the dead-letter ledger in endput',
      },
    ],
    bindings: [...source.bindings, { exchange: DEAD_LETTER_EXCHANGE, queue: DEAD_LETTER_QUEUE, routingKey: '' }],
  };
}

/** All that the consumer needs. `ttlDelays` (ms) are those of transport `ttl`, `delayedExchange` is for transport `plugin`. */
export function consumerTopology(
  brokerMajor: number,
  retry: { ttlDelays: readonly number[]; delayedExchange: boolean },
): Topology {
  const desk = deskTopology(brokerMajor);
  const exchanges: Exchange[] = [...desk.exchanges, attemptsExchange];
  const queues: Queue[] = [
    ...desk.queues,
    {
      name: ATTEMPT_LOG_QUEUE,
      arguments: { 'x-queue-type': 'quorum', ...noDeliveryLimit(brokerMajor) },
      purpose: 'batches of attempt records on their way to the attempt log',
    },
    ...[...new Set(retry.ttlDelays)].map((delay) => retryQueue(delay, brokerMajor)),
  ];
  const bindings: Binding[] = [
    ...desk.bindings,
    { exchange: ATTEMPTS_EXCHANGE, queue: ATTEMPT_LOG_QUEUE, routingKey: '#' },
  ];
  if (retry.delayedExchange) {
    exchanges.push({
      name: DELAYED_EXCHANGE,
      type: 'x-delayed-message',
      arguments: { 'x-delayed-type': 'direct' },
      purpose: 'transport plugin: holds a retry for its x-delay',
    });
    bindings.push({ exchange: DELAYED_EXCHANGE, queue: PRIMARY_QUEUE, routingKey: ORDER_ROUTING_KEY });
  }
  return { exchanges, queues, bindings };
}

function retryQueue(delay: number, brokerMajor: number): Queue {
  return {
    name: retryQueueName(delay),
    arguments: {
      'x-queue-type': 'quorum',
      'x-message-ttl': delay,
      'x-dead-letter-exchange': ORDERS_EXCHANGE,
      'x-dead-letter-routing-key': ORDER_ROUTING_KEY,
      // At least once needs reject-publish; without it an expired retry may be lost on its way back.
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
      ...noDeliveryLimit(brokerMajor),
    },
    purpose: `transport ttl: holds a retry for ${delay} ms`,
  };
}
