import type { Logger } from '../runtime/logger.ts';
import { BrokerUnavailableError } from './connection.ts';
import { ManagementError, managementOf, type Management } from './management.ts';

/**
 * How many nodes are to keep each queue. A quorum queue takes its members when it is declared, from the nodes that the
 * cluster has at that moment: declared while the first of three nodes is alone it has one member for ever, whatever
 * argument asks for three, and is gone with that node. AMQP does not tell who the nodes and the members are, so the
 * management is asked.
 */
export interface Replication {
  /** 1 asks for nothing. */
  members: number;
  management: Management;
}

/** What the settings of a process say about it. */
export const replicationOf = (settings: {
  RABBITMQ_URL: string;
  RABBITMQ_MANAGEMENT_URL: string;
  QUEUE_MEMBERS: number;
}): Replication => ({
  members: settings.QUEUE_MEMBERS,
  management: managementOf(settings.RABBITMQ_URL, settings.RABBITMQ_MANAGEMENT_URL),
});

/**
 * Rejects with a `BrokerUnavailableError` while the cluster has fewer nodes than a queue is to have members: it is too
 * early to make it. A node that is known and down counts, it gets its copy when it is back.
 */
export async function requireNodes(queue: string, { members, management }: Replication): Promise<void> {
  const why = `queue ${queue} is to have ${members} members and is not made yet`;
  const nodes = await management.call('GET', '/nodes').catch((error: unknown) => {
    if (!(error instanceof ManagementError)) throw error;
    throw new BrokerUnavailableError(`${why}, because nobody says which nodes there are: ${error.message}`, {
      cause: error,
    });
  });
  const names = (nodes as { name: string }[]).map(({ name }) => name);
  if (names.length < members) {
    throw new BrokerUnavailableError(
      `${why}: the cluster has ${names.length} of ${members} nodes (${names.join(', ')}); it is made when the others have joined`,
    );
  }
}

/** Warns of queues that have fewer members than they should, and of what cures it. Never rejects. */
export async function warnOfMissingMembers(
  queues: readonly string[],
  { members, management }: Replication,
  logger: Logger,
): Promise<void> {
  try {
    for (const queue of queues) {
      const path = `/queues/${management.vhost}/${encodeURIComponent(queue)}`;
      // A classic queue, made by hand, has none.
      const { members: nodes = [] } = (await management.call('GET', path)) as { members?: string[] };
      if (nodes.length < members) {
        logger.warn(
          { queue, members: nodes },
          `queue ${queue} has ${nodes.length} of ${members} members, so it survives fewer failures than it should; to cure ` +
            `it, for each node that is not among them: rabbitmq-queues grow NODE all --queue-pattern "^${queue}$"`,
        );
      }
    }
  } catch (error) {
    if (!(error instanceof ManagementError)) throw error;
    logger.warn({ err: error }, `nobody says whether every queue has its ${members} members`);
  }
}
