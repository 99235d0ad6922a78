import { randomUUID } from 'node:crypto';
import { connect, type ConfirmChannel } from 'amqplib';
import { closeQuietly } from '../../rabbitmq/close-quietly.ts';
import { inject } from 'vitest';
import type { RetryTransportName } from '../../rabbitmq/retry-transport.ts';
import { splitUrls } from '../../runtime/url-list.ts';
import type { TestBroker } from './context.ts';
import { callManagement } from './management.ts';
import { allowVhost } from './secret.ts';

export type RunningBroker = Extract<TestBroker, { available: true }>;

/** The brokers on which a test is repeated, each with a title that tells when it is skipped and why. */
export function eachBroker(): { title: string; broker: RunningBroker | undefined }[] {
  return inject('services').brokers.map((broker) =>
    broker.available
      ? { title: `RabbitMQ ${broker.version}`, broker }
      : { title: `RabbitMQ ${broker.series} (SKIPPED: ${broker.why})`, broker: undefined },
  );
}

/** The retry transports, each with a note where this broker does not offer it. */
export function eachTransport(broker: RunningBroker | undefined): { name: RetryTransportName; skipped: string }[] {
  return (['ttl', 'plugin', 'native'] as const).map((name) => {
    const lacks =
      (name === 'plugin' && broker?.hasDelayedExchange === false && 'x-delayed-message is not offered') ||
      (name === 'native' && broker?.holdsRetries === false && 'RabbitMQ is older than 4.3');
    return { name, skipped: lacks ? ` (SKIPPED: ${lacks})` : '' };
  });
}

/** The broker that is always there: the installed one. */
export function installedBroker(): RunningBroker {
  const broker = inject('services').brokers.find((one) => one.available);
  if (!broker?.available) throw new Error('the set-up started no broker');
  return broker;
}

/** A virtual host of its own on a broker. */
export async function createVhost(broker: { url: string; managementUrl: string }) {
  const name = `test-${randomUUID()}`;
  await callManagement(broker.managementUrl, `/vhosts/${name}`, 'PUT');
  await allowVhost(broker.managementUrl, name);
  const url = new URL(broker.url);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.toString(),
    delete: () => callManagement(broker.managementUrl, `/vhosts/${name}`, 'DELETE'),
  };
}

/** Runs `use` on a confirm channel of a connection of its own, at the first of several URLs that takes one. */
export async function withChannel<T>(urls: string, use: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
  const connection = await connectToAny(splitUrls(urls));
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    const result = await use(channel);
    // The broker answers when it has done all that was asked on the channel; closing the connection would cut it short.
    await closeQuietly(channel);
    return result;
  } finally {
    await connection.close().catch(() => undefined);
  }
}

async function connectToAny(urls: readonly string[]) {
  let failure: unknown;
  for (const url of urls) {
    try {
      return await connect(url, { noDelay: true, timeout: 5_000 });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Messages ready in a queue; 0 where there is no such queue. */
export function messagesIn(url: string, queue: string): Promise<number> {
  return withChannel(url, async (channel) => (await channel.checkQueue(queue)).messageCount).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 404) return 0;
    throw error;
  });
}

/** Takes every message out of a queue and resolves with them. */
export function drain(url: string, queue: string) {
  return withChannel(url, async (channel) => {
    const messages = [];
    for (let message = await channel.get(queue); message !== false; message = await channel.get(queue)) {
      messages.push(message);
      channel.ack(message);
    }
    return messages;
  });
}

/** Publishes one message by hand, confirmed. */
export function publishByHand(
  url: string,
  queue: string,
  body: Buffer | string | object,
  options: object = {},
): Promise<void> {
  const content = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return withChannel(url, async (channel) => {
    channel.sendToQueue(queue, content, options);
    await channel.waitForConfirms();
  });
}
