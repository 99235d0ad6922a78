import { BrokerUnavailableError, openConnection } from '../../rabbitmq/connection.ts';
import { declareTopology } from '../../rabbitmq/declare.ts';
import { createPublisher, type Publication } from '../../rabbitmq/publisher.ts';
import type { Replication } from '../../rabbitmq/queue-members.ts';
import { sourceTopology } from '../../rabbitmq/topology.ts';
import type { Logger } from '../../runtime/logger.ts';

/**
 * A connection for one run, with the topology declared and a publisher on it. When it breaks, the run opens another.
 * Rejects with a `BrokerUnavailableError`.
 */
export async function openBrokerSession(options: {
  url: string;
  heartbeat: number;
  replication: Replication;
  system: string;
  logger: Logger;
  /** Told why the broker takes no messages (memory or disk alarm), and undefined when it takes them again. */
  onBlocked: (reason: string | undefined) => void;
}) {
  const { url, heartbeat, replication, system, logger, onBlocked } = options;
  const connection = await openConnection(url, {
    heartbeat,
    name: `${system}: run`,
    onBlocked(reason) {
      onBlocked(reason);
      if (reason === undefined) logger.info({ system }, 'the run goes on: the broker takes messages again');
      else logger.warn({ system }, `the run waits: ${reason}`);
    },
  });
  try {
    await declareTopology(connection, sourceTopology(connection.major), logger, replication);
    const publisher = await createPublisher(connection);
    return {
      publishAll: (publications: readonly Publication[], timeout: number) =>
        publisher.publishAll(publications, timeout),
      /** Ends it at once; what is not confirmed fails. Never rejects. */
      close() {
        onBlocked(undefined);
        return connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    if (error instanceof BrokerUnavailableError) throw error;
    // A connection that ends while its channels are opened says so in errors of the AMQP library.
    throw new BrokerUnavailableError(
      `the broker did not let the run begin: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
export type BrokerSession = Awaited<ReturnType<typeof openBrokerSession>>;
