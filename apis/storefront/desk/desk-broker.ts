import { BrokerUnavailableError, openConnection, type BrokerConnection } from '../../../rabbitmq/connection.ts';
import { declareTopology } from '../../../rabbitmq/declare.ts';
import { readInHand } from '../../../rabbitmq/in-hand.ts';
import { readQueueDepth } from '../../../rabbitmq/queue-depth.ts';
import { createPublisher, type Publication, type Publisher } from '../../../rabbitmq/publisher.ts';
import type { Replication } from '../../../rabbitmq/queue-members.ts';
import { deskTopology } from '../../../rabbitmq/topology.ts';
import type { Logger } from '../../../runtime/logger.ts';

/** Milliseconds for the confirms of what is published together. */
const CONFIRM_TIMEOUT = 30_000;

export interface DeskBrokerOptions {
  url: string;
  heartbeat: number;
  replication: Replication;
}

/**
 * The broker as the desk uses it: a connection that is opened when it is needed, with the topology declared, and opened
 * again after it broke. Every function rejects with a `BrokerUnavailableError` when the broker does not take part.
 */
export function createDeskBroker({ url, heartbeat, replication }: DeskBrokerOptions, logger: Logger) {
  interface Session {
    connection: BrokerConnection;
    publisher: Publisher;
  }
  let session: Promise<Session> | undefined;
  let isClosed = false;

  const connect = async (name: string): Promise<BrokerConnection> => {
    const connection = await openConnection(url, { heartbeat, name });
    try {
      await declareTopology(connection, deskTopology(connection.major), logger, replication);
      return connection;
    } catch (error) {
      await connection.close();
      throw asAway(error);
    }
  };
  const open = async (): Promise<Session> => {
    const connection = await connect('storefront: desk');
    try {
      return { connection, publisher: await createPublisher(connection) };
    } catch (error) {
      await connection.close();
      throw asAway(error);
    }
  };
  const current = (): Promise<Session> => {
    if (isClosed) return Promise.reject(new BrokerUnavailableError('the process stops'));
    session ??= open();
    return session;
  };
  /** What fails ends the session, so that the next try opens another one. */
  const inSession = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const mine = current();
    try {
      return await work(await mine);
    } catch (error) {
      if (session === mine) session = undefined;
      void mine.then(({ connection }) => connection.close()).catch(() => undefined);
      throw asAway(error);
    }
  };

  return {
    /** Publishes all and resolves when every one is confirmed; after a rejection all must be published again. */
    publishAll: (publications: readonly Publication[], cutOff?: AbortSignal): Promise<void> =>
      publications.length === 0
        ? Promise.resolve()
        : inSession(({ publisher }) => publisher.publishAll(publications, CONFIRM_TIMEOUT, cutOff)),
    /** Messages that are ready in a queue. */
    depth: (queue: string): Promise<number> =>
      inSession(async ({ connection }) => {
        const depth = await readQueueDepth(connection, queue);
        if (depth === undefined)
          throw new BrokerUnavailableError(`the broker does not say how many messages ${queue} holds`);
        return depth;
      }),
    /** Messages of a queue that somebody has in hand; undefined where nobody tells. The broker tells it some seconds late. */
    inHand: (queue: string): Promise<number | undefined> => readInHand(replication.management, queue),
    /** Runs `work` on a connection of its own, to consume. */
    async withConnection<T>(name: string, work: (connection: BrokerConnection) => Promise<T>): Promise<T> {
      const connection = await connect(name);
      try {
        return await work(connection);
      } finally {
        await connection.close();
      }
    },
    /** Never rejects. */
    async close(): Promise<void> {
      isClosed = true;
      await session?.then(({ connection }) => connection.close()).catch(() => undefined);
    },
  };
}
export type DeskBroker = ReturnType<typeof createDeskBroker>;

/** A connection that ends while something is asked of it says so in errors of the AMQP library. */
function asAway(error: unknown): Error {
  if (error instanceof BrokerUnavailableError) return error;
  return new BrokerUnavailableError(error instanceof Error ? error.message : String(error), { cause: error });
}
