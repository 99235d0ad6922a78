import { closeQuietly } from './close-quietly.ts';
import type { BrokerConnection } from './connection.ts';

/** A backlog of `primary_queue` up to this is worked off in less time than it takes for a message to count as lost. */
export const BACKLOG_THAT_EXPLAINS = 1_000;

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
