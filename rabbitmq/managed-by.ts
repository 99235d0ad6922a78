import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerConnection } from './connection.ts';
import { onChannel, replyCodeOf } from './declare.ts';
import { ManagementError, type Management } from './management.ts';

/** How often, and after how many milliseconds, a node of a cluster is asked for what another one has just made. */
const LOOKS = 10;
const LOOK_INTERVAL = 200;

/**
 * Why a management API is not that of the broker and the virtual host to which a connection leads, or undefined: it must
 * know a queue that this connection has just made, and that has a name of its own. Names of brokers tell nothing: in a
 * cluster that was given none each node goes by another. Rejects with a `ManagementError` or a `BrokerUnavailableError`.
 */
export async function whyNotManagedBy(
  connection: BrokerConnection,
  management: Management,
): Promise<string | undefined> {
  let queue: string;
  try {
    ({ queue } = await onChannel(connection, (channel) => channel.assertQueue('', QUEUE_OF_ITS_OWN)));
  } catch (error) {
    if (replyCodeOf(error) !== 403) throw error;
    return 'the user may make no queue by which to know the broker again: let it configure "amq\\.gen.*" too';
  }
  try {
    if (await knows(management, queue)) return undefined;
  } finally {
    await onChannel(connection, (channel) => channel.deleteQueue(queue));
  }
  return (
    `the management API at ${management.addresses.join(', ')} does not know a queue that was made at this broker, so it is ` +
    'that of another one: set RABBITMQ_MANAGEMENT_URL'
  );
}

/** It ends with the connection. The virtual host's default type may be one that cannot. */
const QUEUE_OF_ITS_OWN = { exclusive: true, durable: false, arguments: { 'x-queue-type': 'classic' } };

async function knows(management: Management, queue: string): Promise<boolean> {
  const path = `/queues/${management.vhost}/${encodeURIComponent(queue)}?disable_stats=true&enable_queue_totals=true`;
  for (let look = 1; ; look += 1) {
    try {
      await management.call('GET', path);
      return true;
    } catch (error) {
      if (!(error instanceof ManagementError) || error.status !== 404) throw error;
    }
    if (look === LOOKS) return false;
    await sleep(LOOK_INTERVAL);
  }
}
