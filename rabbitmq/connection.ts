import { connect, type ChannelModel } from 'amqplib';
import { closeQuietly } from './close-quietly.ts';
import { withoutPassword } from '../runtime/logger.ts';

/** The broker does not answer, or ended a connection or channel. Trying again later may help. */
export class BrokerUnavailableError extends Error {
  readonly code = 'BROKER_UNAVAILABLE';
  override readonly name: string = 'BrokerUnavailableError';
}

/** A page of messages is handed to the system in few writes, not in one for each 16 KiB; in bytes. */
const SOCKET = { noDelay: true, writableHighWaterMark: 256 * 1024 };

/** Milliseconds for TCP, TLS and the AMQP handshake together. */
const CONNECT_TIMEOUT = 10_000;

export interface BrokerConnection {
  model: ChannelModel;
  /** Such as `3.10.8`. */
  version: string;
  major: number;
  /** Name of the cluster, which a single node has too. */
  clusterName: string | undefined;
  /** What the connection ended with, as the library reported it. */
  lastError: () => Error | undefined;
  /** True between the broker's `blocked` and `unblocked` (memory or disk alarm). */
  isBlocked: () => boolean;
  /** Never rejects: a connection that is gone is closed already. */
  close: () => Promise<void>;
}

/**
 * Opens one connection. It is not restored when it breaks: its channels tell, and its user opens another, because what was
 * in flight on it must be looked at again. Rejects with a `BrokerUnavailableError`.
 */
export async function openConnection(
  url: string,
  options: {
    /** Seconds. */
    heartbeat: number;
    /** Shown in the broker's management. */
    name: string;
    /** Told why the broker takes no messages, and undefined when it takes them again. */
    onBlocked?: (reason: string | undefined) => void;
  },
): Promise<BrokerConnection> {
  const target = new URL(url);
  target.searchParams.set('heartbeat', String(options.heartbeat));
  let model: ChannelModel;
  try {
    model = await connect(target.toString(), {
      timeout: CONNECT_TIMEOUT,
      ...SOCKET,
      clientProperties: { connection_name: options.name },
    });
  } catch (error) {
    throw new BrokerUnavailableError(`no connection to ${withoutPassword(url)}: ${messageOf(error)}`, { cause: error });
  }
  let blocked = false;
  let lastError: Error | undefined;
  model.on('error', (error: Error) => (lastError = error));
  model.on('blocked', (reason: string) => {
    blocked = true;
    options.onBlocked?.(`the broker takes no messages: ${reason}`);
  });
  model.on('unblocked', () => {
    blocked = false;
    options.onBlocked?.(undefined);
  });
  const { version = '0', cluster_name: clusterName } = model.connection.serverProperties as unknown as {
    version?: string;
    cluster_name?: string;
  };
  return {
    model,
    version,
    major: Number.parseInt(version, 10),
    clusterName,
    lastError: () => lastError,
    isBlocked: () => blocked,
    close: () => closeQuietly(model),
  };
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}
