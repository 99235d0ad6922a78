import { createInbox, type Inbox } from './inbox.ts';
import type { BrokerConnection } from './connection.ts';
import { ATTEMPTS_EXCHANGE } from './topology.ts';

/** Messages and bytes that wait in the broker at most; beyond it drops the oldest. A message has up to 256 KiB. */
const MOST_MESSAGES = 200;
const MOST_BYTES = 16 * 1024 * 1024;
/** Messages that are in hand at most. */
const PREFETCH = 10;

/**
 * All attempt records from now on, on a queue of this connection's own. Whoever cannot keep up loses the oldest ones and
 * holds nobody up. The queue ends with the connection. The exchange has to be there. Rejects with the broker's error.
 */
export async function subscribeToAttempts(connection: BrokerConnection): Promise<Inbox> {
  const channel = await connection.model.createChannel();
  // Without a listener, the error event of a closed channel would end the process; the rejected call tells as well.
  channel.on('error', () => undefined);
  const { queue } = await channel.assertQueue('', {
    exclusive: true,
    durable: false,
    arguments: {
      'x-queue-type': 'classic',
      'x-max-length': MOST_MESSAGES,
      'x-max-length-bytes': MOST_BYTES,
      'x-overflow': 'drop-head',
    },
  });
  await channel.bindQueue(queue, ATTEMPTS_EXCHANGE, '#');
  await channel.close();
  return createInbox(connection, queue, PREFETCH);
}
