import { closeQuietly } from './close-quietly.ts';
import type { BrokerConnection } from './connection.ts';

/** Messages ready in a queue; undefined where there is no such queue, or the connection is going. Never rejects. */
export async function readQueueDepth(connection: BrokerConnection, queue: string): Promise<number | undefined> {
  try {
    // A channel of its own: asking for a queue that is not there closes it.
    const channel = await connection.model.createChannel();
    channel.on('error', () => undefined);
    try {
      return (await channel.checkQueue(queue)).messageCount;
    } finally {
      await closeQuietly(channel);
    }
  } catch {
    return undefined;
  }
}
