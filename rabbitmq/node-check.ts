import type { ChannelModel } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { ORDER_ROUTING_KEY, ORDERS_EXCHANGE, PRIMARY_QUEUE } from './topology.ts';

/** Milliseconds between two questions. */
const INTERVAL = 5_000;
/** Milliseconds that the first answer may take, when there may be a better node, and a later one. */
const FIRST_LIMIT = 5_000;
const LIMIT = 10_000;

/** The node takes connections and answers heartbeats, and cannot do anything. */
class NodeDoesNotServeError extends Error {
  override readonly name = 'NodeDoesNotServeError';
}

/**
 * Asks a node for something that only a node within the majority of its cluster can do: to make the binding of
 * `primary_queue`, which is there already. A node that was cut off from the others goes on to answer heartbeats and reads,
 * delivers nothing and confirms nothing, so its clients would wait as long as it is cut off. Resolves when it has
 * answered, whatever it said; rejects when it has not within `limit` ms, or its connection ended.
 */
export async function checkNode(model: ChannelModel, limit = FIRST_LIMIT): Promise<void> {
  const asked = askForMajority(model);
  asked.catch(() => undefined);
  const late = new AbortController();
  // Twice the half: a process that was stopped for a while finds all its time gone, but its answers may have come.
  const patience = sleep(limit / 2, undefined, { signal: late.signal }).then(() =>
    sleep(limit / 2, undefined, { signal: late.signal }),
  );
  try {
    const isInTime = await Promise.race([
      asked.then(() => true),
      patience.then(
        () => false,
        () => true,
      ),
    ]);
    if (!isInTime) {
      throw new NodeDoesNotServeError(
        `it did nothing for ${limit / 1_000} s: has it lost the majority of its cluster?`,
      );
    }
  } finally {
    late.abort();
  }
}

/** Asks again and again until the connection ends; a node that does not answer ends it, as a missing heartbeat would. */
export function watchNode(model: ChannelModel, isBlocked: () => boolean): void {
  const closed = new AbortController();
  model.once('close', () => closed.abort());
  const watch = async () => {
    for (;;) {
      await sleep(INTERVAL, undefined, { signal: closed.signal });
      try {
        await checkNode(model, LIMIT);
      } catch (error) {
        // In an alarm the broker reads nothing from a connection that publishes.
        if (!closed.signal.aborted && !isBlocked()) breakOff(model, error);
      }
    }
  };
  // It ends with the connection.
  watch().catch(() => undefined);
}

/** Ends a connection without asking its peer, which does not answer. Its channels are told. */
export function breakOff(model: ChannelModel, reason?: unknown): void {
  const { stream } = model.connection as unknown as { stream: { destroy: (error?: Error) => void } };
  stream.destroy(reason instanceof Error ? reason : undefined);
}

async function askForMajority(model: ChannelModel): Promise<void> {
  const channel = await model.createChannel();
  const answer = { isRefusal: false };
  // Such as 404, before the queue has been made: it has answered, and closed the channel.
  channel.on('error', () => (answer.isRefusal = true));
  try {
    await channel.bindQueue(PRIMARY_QUEUE, ORDERS_EXCHANGE, ORDER_ROUTING_KEY);
    await channel.close();
  } catch (error) {
    if (!answer.isRefusal) throw error;
  }
}
