import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumeMessage } from 'amqplib';
import { sha256 } from './content.ts';
import type { QueuedDeadLetter } from './evidence.ts';
import { CannotLookError } from './postgres.ts';
import { askManagement, DEAD_LETTER_QUEUE, onChannel, type Broker, type QueueDepth } from './queues.ts';
import type { Sorter } from './sorter.ts';

/** Why the messages of `dlq_queue` cannot be looked at without harm; undefined where they can. */
export async function whyNotBrowse(broker: Broker, depth: QueueDepth): Promise<string | undefined> {
  const { rabbitmq_version } = await askManagement<{ rabbitmq_version: string }>(broker, '/overview');
  return harmOfBrowsing(Number.parseInt(rabbitmq_version, 10), depth);
}

/**
 * Each look counts as a delivery, and a queue with a delivery limit (20 by default from RabbitMQ 4.0 on) drops a message
 * that has reached it. With another reader on the queue, messages would be missing here, and there.
 */
export function harmOfBrowsing(
  brokerMajor: number,
  { consumers, arguments: own, policy }: Pick<QueueDepth, 'consumers' | 'arguments' | 'policy'>,
): string | undefined {
  if (consumers > 0) return `it has ${consumers} readers, with whom a look would share the messages`;
  const limits = [own['x-delivery-limit'], policy['delivery-limit']].filter((limit) => limit !== undefined);
  // -1 is "none" from 4.0 on; before, none is none, and -1 drops a message at its first redelivery.
  const isFree = brokerMajor >= 4 ? limits.length > 0 && limits.every((limit) => limit === -1) : limits.length === 0;
  return isFree ? undefined : 'it has a delivery limit, and each look counts as a delivery';
}

/** Messages that one consumer may have in hand: the most that AMQP can say. */
const PREFETCH = 65_535;
/** Milliseconds between two questions whether all have come, and without a message after which the look has failed. */
const PAUSE = 50;
const PATIENCE = 30_000;
/** Of a message without a usable id. */
const NO_ID = '00000000-0000-0000-0000-000000000000';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Looks at every message of `dlq_queue` and acknowledges none: all are taken in hand and go back, unchanged and in their
 * order, when the channel closes, also should this process die. Taking them one by one (the management's `get` with
 * requeue) would move each to the front again and again, and would need all bodies in memory. Meanwhile the queue looks
 * empty to others, and afterwards its messages are marked as redelivered; our own processes never read them.
 * Rejects with a `CannotLookError`.
 */
export async function browseDeadLetters(broker: Broker, into: Sorter<QueuedDeadLetter>): Promise<void> {
  await onChannel(broker.url, async (channel) => {
    let seen = 0;
    let lastAt = Date.now();
    const queue = { isGone: false };
    const look = (message: ConsumeMessage | null) => {
      if (message === null) {
        queue.isGone = true;
        return;
      }
      seen += 1;
      lastAt = Date.now();
      const { messageId, headers = {} } = message.properties as {
        messageId?: unknown;
        headers?: Record<string, unknown>;
      };
      into.add(typeof messageId === 'string' && UUID.test(messageId) ? messageId : NO_ID, {
        position: { cycle: Number(headers.cycle ?? 0), attempt: Number(headers.attempt ?? 1) },
        reason: String(headers['dead-letter-reason']),
        bodyHash: sha256(message.content),
      });
    };
    const { messageCount } = await channel.checkQueue(DEAD_LETTER_QUEUE);
    await channel.prefetch(PREFETCH);
    let hands = 0;
    for (;;) {
      // What is in hand stays there, so a longer queue needs more hands.
      if (hands * PREFETCH <= seen) {
        await channel.consume(DEAD_LETTER_QUEUE, look);
        hands += 1;
      }
      await sleep(PAUSE);
      if (queue.isGone) throw new CannotLookError('dlq_queue was deleted while it was looked at');
      if (seen >= messageCount && (await channel.checkQueue(DEAD_LETTER_QUEUE)).messageCount === 0) return;
      if (Date.now() - lastAt > PATIENCE) {
        throw new CannotLookError(`dlq_queue gave ${seen} of ${messageCount} messages and no more`);
      }
    }
  });
}
