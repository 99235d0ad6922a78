import { DELAY_HEADER, writeHeaders, type OwnHeaders } from './headers.ts';
import type { WhyNotNative } from './native-transport.ts';
import type { Publication } from './publisher.ts';
import { DELAYED_EXCHANGE, ORDER_ROUTING_KEY, ORDERS_EXCHANGE, retryQueueName } from './topology.ts';

/** A message on its way back to `primary_queue`: its body as it came, and our own headers only. */
export interface ReturningMessage {
  messageId: string;
  type: string;
  appId: string;
  headers: OwnHeaders;
  body: Buffer;
}

/** How a retry waits, see the table in docs/architecture.md. */
export type RetryTransportName = 'native' | 'plugin' | 'ttl';

/** What is declared before a transport is used. */
interface RetryTopology {
  readonly topology: { ttlDelays: readonly number[]; delayedExchange: boolean };
}

/** A retry waits as a message of its own. */
export interface PublishingTransport extends RetryTopology {
  readonly name: 'plugin' | 'ttl';
  /** The publication after which the broker brings `message` to `primary_queue` in `delay` ms, one of those configured. */
  waiting(message: ReturningMessage, delay: number): Publication;
}

/** A retry is the delivery itself, given back to wait: the broker holds it, see `delayed-retry.ts`. */
export interface NativeTransport extends RetryTopology {
  readonly name: 'native';
}

export type RetryTransport = PublishingTransport | NativeTransport;

/** The wanted transport is not to be had on this broker; another setting, another broker or another policy is needed. */
export class RetryTransportUnavailableError extends Error {
  readonly code = 'RETRY_TRANSPORT_UNAVAILABLE';
  override readonly name = 'RetryTransportUnavailableError';
  /** Whether it may be mended while we run. */
  readonly mayPass: boolean;
  constructor(message: string, mayPass: boolean) {
    super(message);
    this.mayPass = mayPass;
  }
}

/**
 * Chooses the transport of setting `RETRY_TRANSPORT`: `auto` takes `native` where it can be used, else `plugin` where the
 * broker offers it, else `ttl`. `delays` (ms) are all that will be asked for. Throws a `RetryTransportUnavailableError`.
 */
export function chooseRetryTransport(
  setting: 'auto' | RetryTransportName,
  delays: readonly number[],
  broker: {
    offersDelayedExchange: boolean;
    version: string;
    /** Undefined where transport native can be used. */
    whyNotNative: WhyNotNative | undefined;
  },
): RetryTransport {
  const { whyNotNative } = broker;
  if (setting === 'native' && whyNotNative) {
    throw new RetryTransportUnavailableError(
      `RETRY_TRANSPORT is native, but ${whyNotNative.reason}; or set RETRY_TRANSPORT to ttl or auto`,
      whyNotNative.mayPass,
    );
  }
  if (setting === 'plugin' && !broker.offersDelayedExchange) {
    throw new RetryTransportUnavailableError(
      `RETRY_TRANSPORT is plugin, but this RabbitMQ ${broker.version} does not offer the exchange type x-delayed-message: ` +
        'enable rabbitmq_delayed_message_exchange on it, or set RETRY_TRANSPORT to ttl or auto',
      false,
    );
  }
  if (setting === 'native' || (setting === 'auto' && !whyNotNative)) {
    return { name: 'native', topology: { ttlDelays: [], delayedExchange: false } };
  }
  const usesPlugin = setting === 'plugin' || (setting === 'auto' && broker.offersDelayedExchange);
  return usesPlugin ? pluginTransport() : ttlTransport(delays);
}

/** Longest delay that the delayed-message exchange takes, in milliseconds: 2^32 - 1. */
export const LONGEST_DELAY = 2 ** 32 - 1;

function pluginTransport(): PublishingTransport {
  return {
    name: 'plugin',
    topology: { ttlDelays: [], delayedExchange: true },
    waiting: (message, delay) => ({
      ...returning(message),
      exchange: DELAYED_EXCHANGE,
      routingKey: ORDER_ROUTING_KEY,
      headers: { ...writeHeaders(message.headers), [DELAY_HEADER]: delay },
      // The delayed exchange routes later, so a mandatory message is always returned.
      mandatory: false,
    }),
  };
}

function ttlTransport(delays: readonly number[]): PublishingTransport {
  return {
    name: 'ttl',
    topology: { ttlDelays: delays, delayedExchange: false },
    waiting: (message, delay) => ({ ...returning(message), exchange: '', routingKey: retryQueueName(delay) }),
  };
}

/** Characters of type and source: an AMQP short string holds 255 bytes, and a message published by hand may name anything. */
const LONGEST_NAME = 60;

/** The publication that brings a message to `primary_queue` without a delay. */
export function returning(message: ReturningMessage): Publication {
  return {
    exchange: ORDERS_EXCHANGE,
    routingKey: ORDER_ROUTING_KEY,
    body: message.body,
    headers: writeHeaders(message.headers),
    mandatory: true,
    messageId: message.messageId,
    type: message.type.slice(0, LONGEST_NAME),
    appId: message.appId.slice(0, LONGEST_NAME),
  };
}
