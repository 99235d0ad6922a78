import type { Channel, ConsumeMessage } from 'amqplib';
import { closeQuietly } from './close-quietly.ts';
import { BrokerUnavailableError, type BrokerConnection } from './connection.ts';

/**
 * Deliveries of one queue, taken in micro-batches. Not more than `prefetch` are unacknowledged at a time. When the
 * channel ends, all of them go back to the queue.
 */
export async function createInbox(connection: BrokerConnection, queue: string, prefetch: number) {
  const channel: Channel = await connection.model.createChannel();
  const waiting: ConsumeMessage[] = [];
  /** In the order of their tags. */
  const unacknowledged = new Set<ConsumeMessage>();
  let isClosed = false;
  let ended: Error | undefined;
  let wake: (() => void) | undefined;

  const end = (reason: string) => {
    ended ??= new BrokerUnavailableError(reason);
    wake?.();
  };
  channel.on('error', (error: Error) => end(`the channel of ${queue} ended: ${error.message}`));
  channel.on('close', () => {
    const cause = connection.lastError();
    end(`the channel of ${queue} ended${cause ? `: ${cause.message}` : ''}`);
  });

  await channel.prefetch(prefetch);
  const { consumerTag } = await channel.consume(queue, (delivery) => {
    if (delivery === null) {
      end(`the broker cancelled the consumer of ${queue}: was the queue deleted?`);
      return;
    }
    unacknowledged.add(delivery);
    waiting.push(delivery);
    wake?.();
  });

  /** Resolves when `isDone` says so, or after `milliseconds`, or when the inbox is closed or ended. */
  const until = (isDone: () => boolean, milliseconds?: number) =>
    new Promise<void>((resolve) => {
      const timer = milliseconds === undefined ? undefined : setTimeout(() => finish(), milliseconds);
      const finish = () => {
        clearTimeout(timer);
        wake = undefined;
        resolve();
      };
      wake = () => {
        if (isDone() || isClosed || ended) finish();
      };
      wake();
    });

  return {
    /**
     * Resolves with 1 to `limit` deliveries: as soon as there are so many, or `patience` ms after there is one. Resolves
     * with none when the inbox was closed. Rejects with a `BrokerUnavailableError` when its channel ended.
     */
    async next(limit: number, patience: number): Promise<ConsumeMessage[]> {
      await until(() => waiting.length > 0);
      if (waiting.length < limit) await until(() => waiting.length >= limit, patience);
      if (ended && !isClosed) throw ended;
      return isClosed ? [] : waiting.splice(0, limit);
    },
    /** Hands deliveries back, to be the next ones. */
    putBack(deliveries: readonly ConsumeMessage[]): void {
      waiting.unshift(...deliveries);
    },
    /**
     * Acknowledges deliveries: with one frame those before which nothing is unacknowledged, as most of a batch are, which
     * spares the broker a command each; the others one by one.
     */
    acknowledge(deliveries: readonly ConsumeMessage[]): void {
      const rest = new Set(deliveries);
      let last: ConsumeMessage | undefined;
      for (const oldest of unacknowledged) {
        if (!rest.delete(oldest)) break;
        unacknowledged.delete(oldest);
        last = oldest;
      }
      if (last) channel.ack(last, true);
      for (const delivery of rest) if (unacknowledged.delete(delivery)) channel.ack(delivery);
    },
    /** Gives deliveries back to wait as the policy of the queue says (`delayed-retry.ts`); it means nothing else. */
    giveToWait(deliveries: readonly ConsumeMessage[]): void {
      for (const delivery of deliveries) if (unacknowledged.delete(delivery)) channel.nack(delivery, false, true);
    },
    /** Makes `next` reject with this error. What is in hand can still be acknowledged. */
    fail(error: Error): void {
      ended ??= error;
      wake?.();
    },
    /** Fetches no more; `next` resolves with none. What is in hand can still be acknowledged. */
    async stopFetching(): Promise<void> {
      isClosed = true;
      wake?.();
      if (!ended) await channel.cancel(consumerTag).catch(() => undefined);
    },
    /** Messages that are ready in the queue. */
    async backlog(): Promise<number> {
      return (await channel.checkQueue(queue)).messageCount;
    },
    /** Everything unacknowledged goes back to the queue. Never rejects. */
    async close(): Promise<void> {
      isClosed = true;
      wake?.();
      await closeQuietly(channel);
    },
  };
}
export type Inbox = Awaited<ReturnType<typeof createInbox>>;
