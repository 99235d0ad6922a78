import type { Channel } from 'amqplib';
import type { Logger } from '../runtime/logger.ts';
import { closeQuietly } from './close-quietly.ts';
import { BrokerUnavailableError, openConnection, type BrokerConnection } from './connection.ts';
import { requireNodes, warnOfMissingMembers, type Replication } from './queue-members.ts';
import { DELAYED_EXCHANGE, type Exchange, type Queue, type Topology } from './topology.ts';

/**
 * Makes what is missing of a topology. Each thing is looked for passively first: declaring one that exists in another
 * shape closes the channel (406), and a queue made by an older version would then stop every process. Another shape is
 * logged with its cure, and used as it is. No queue is made before the cluster has as many nodes as it is to have members;
 * one that has fewer is warned of. Rejects with a `BrokerUnavailableError`.
 */
export async function declareTopology(
  connection: BrokerConnection,
  topology: Topology,
  logger: Logger,
  replication?: Replication,
): Promise<void> {
  for (const exchange of topology.exchanges) {
    await declareOne(connection, logger, `exchange ${exchange.name}`, {
      find: (channel) => channel.checkExchange(exchange.name),
      make: (channel) => channel.assertExchange(exchange.name, exchange.type, optionsOf(exchange)),
    });
  }
  for (const queue of topology.queues) {
    await declareOne(connection, logger, `queue ${queue.name}`, {
      find: (channel) => channel.checkQueue(queue.name),
      ...(isReplicated(replication) && { beforeMaking: () => requireNodes(queue.name, replication) }),
      make: (channel) => channel.assertQueue(queue.name, optionsOf(queue)),
    });
  }
  await onChannel(connection, async (channel) => {
    for (const { queue, exchange, routingKey } of topology.bindings)
      await channel.bindQueue(queue, exchange, routingKey);
  });
  const queues = topology.queues.map(({ name }) => name);
  if (isReplicated(replication)) await warnOfMissingMembers(queues, replication, logger);
}

const isReplicated = (replication?: Replication): replication is Replication =>
  replication !== undefined && replication.members > 1;

const optionsOf = (thing: Exchange | Queue) => ({ durable: true, arguments: thing.arguments });

interface Declaration {
  find: (channel: Channel) => Promise<unknown>;
  /** Rejects where it is too early to make it. */
  beforeMaking?: () => Promise<void>;
  make: (channel: Channel) => Promise<unknown>;
}

async function declareOne(
  connection: BrokerConnection,
  logger: Logger,
  thing: string,
  declaration: Declaration,
): Promise<void> {
  const existed = await onChannel(connection, declaration.find).then(
    () => true,
    (error: unknown) => {
      if (replyCodeOf(error) === 404) return false;
      throw error;
    },
  );
  if (!existed) await declaration.beforeMaking?.();
  try {
    await onChannel(connection, declaration.make);
    if (!existed) logger.info(`declared ${thing}`);
  } catch (error) {
    if (!existed || replyCodeOf(error) !== 406) throw error;
    const difference = error instanceof Error ? error.message : String(error);
    logger.warn(
      { difference },
      `${thing} has another shape than it should and is used as it is; to cure it stop the publishers, let it run empty, ` +
        'delete it and start again (where it lacks x-delivery-limit, a policy with "delivery-limit": 1000000 is enough)',
    );
  }
}

/**
 * Whether the broker offers the delayed-message exchange, asked by declaring `orders_delayed` on a connection of its
 * own: an unknown exchange type closes the whole connection (503). Rejects with a `BrokerUnavailableError`.
 */
export async function offersDelayedExchange(url: string, heartbeat: number): Promise<boolean> {
  const connection = await openConnection(url, { heartbeat, name: 'probe for the delayed-message exchange' });
  try {
    await onChannel(connection, (channel) =>
      channel.assertExchange(DELAYED_EXCHANGE, 'x-delayed-message', {
        durable: true,
        arguments: { 'x-delayed-type': 'direct' },
      }),
    );
    return true;
  } catch (error) {
    const code = replyCodeOf(error) ?? replyCodeOf(connection.lastError());
    if (code === 503 || code === 406) return false;
    throw error;
  } finally {
    await connection.close();
  }
}

/** Runs one thing on a channel of its own, which may be closed by it. */
export async function onChannel<T>(connection: BrokerConnection, use: (channel: Channel) => Promise<T>): Promise<T> {
  const channel = await connection.model.createChannel();
  let failure: Error | undefined;
  // Without a listener, the error event of a closed channel would end the process; the rejected call tells as well.
  channel.on('error', (error: Error) => (failure = error));
  try {
    return await use(channel);
  } catch (error) {
    if (replyCodeOf(error) !== undefined) throw error;
    if (failure) throw failure;
    throw new BrokerUnavailableError(`declaring failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    await closeQuietly(channel);
  }
}

/** The AMQP reply code of an error, such as 404 or 406. */
export function replyCodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
