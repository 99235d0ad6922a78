import { connect, type ChannelModel } from 'amqplib';
import { closeQuietly } from './close-quietly.ts';
import { withoutPassword } from '../runtime/logger.ts';
import { splitUrls } from '../runtime/url-list.ts';
import { breakOff, checkNode, watchNode } from './node-check.ts';

/** The broker does not answer, or ended a connection or channel. Trying again later may help. */
export class BrokerUnavailableError extends Error {
  readonly code = 'BROKER_UNAVAILABLE';
  override readonly name: string = 'BrokerUnavailableError';
}

/** A page of messages is handed to the system in few writes, not in one for each 16 KiB; in bytes. */
const SOCKET = { noDelay: true, writableHighWaterMark: 256 * 1024 };

/** Milliseconds for TCP, TLS and the AMQP handshake together; where there is another node, it is not waited for as long. */
const CONNECT_TIMEOUT = 10_000;
const CONNECT_TIMEOUT_OF_SEVERAL = 4_000;

export interface BrokerConnection {
  model: ChannelModel;
  /** Of the node that it leads to. */
  url: string;
  /** Such as `3.10.8`. */
  version: string;
  major: number;
  /** What the connection ended with, as the library reported it. */
  lastError: () => Error | undefined;
  /** True between the broker's `blocked` and `unblocked` (memory or disk alarm). */
  isBlocked: () => boolean;
  /** Never rejects: a connection that is gone is closed already. */
  close: () => Promise<void>;
}

export interface ConnectionOptions {
  /** Seconds. */
  heartbeat: number;
  /** Shown in the broker's management. */
  name: string;
  /** Told why the broker takes no messages, and undefined when it takes them again. */
  onBlocked?: (reason: string | undefined) => void;
}

/**
 * Opens one connection. `urls` is one URL or several, separated by commas, of the nodes of a cluster: they are tried one
 * after the other, in an order that is random, so that the clients of a node that died spread over the others. It is not
 * restored when it breaks: its channels tell, and its user opens another, because what was in flight on it must be looked
 * at again. It also ends when its node serves no more. Rejects with a `BrokerUnavailableError` when no node serves; a pause
 * before the next try is the caller's.
 */
export async function openConnection(urls: string, options: ConnectionOptions): Promise<BrokerConnection> {
  const nodes = shuffled(splitUrls(urls));
  const timeout = nodes.length > 1 ? CONNECT_TIMEOUT_OF_SEVERAL : CONNECT_TIMEOUT;
  const failures: unknown[] = [];
  for (const url of nodes) {
    try {
      return await openNode(url, timeout, options);
    } catch (error) {
      failures.push(error);
    }
  }
  const reasons = failures.map((failure, index) => `${withoutPassword(nodes[index] ?? '')}: ${messageOf(failure)}`);
  throw new BrokerUnavailableError(`no connection to ${reasons.join('; ')}`, { cause: failures[0] });
}

async function openNode(url: string, timeout: number, options: ConnectionOptions): Promise<BrokerConnection> {
  const target = new URL(url);
  target.searchParams.set('heartbeat', String(options.heartbeat));
  const model = await connect(target.toString(), {
    timeout,
    ...SOCKET,
    clientProperties: { connection_name: options.name },
  });
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
  const close = async () => {
    await closeQuietly(model);
    // What a peer that does not answer has left open.
    breakOff(model, new Error('closed'));
  };
  try {
    await checkNode(model);
  } catch (error) {
    void close();
    throw lastError ?? error;
  }
  watchNode(model, () => blocked);
  const { version = '0' } = model.connection.serverProperties as unknown as { version?: string };
  return {
    model,
    url,
    version,
    major: Number.parseInt(version, 10),
    lastError: () => lastError,
    isBlocked: () => blocked,
    close,
  };
}

/** All of a list, in a random order. */
const shuffled = <T>(list: readonly T[]): T[] =>
  list
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}
