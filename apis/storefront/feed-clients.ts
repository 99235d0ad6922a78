import type { WebSocket } from 'ws';
import type { Logger } from '../../runtime/logger.ts';
import { CLOSE_CODES } from './feed-messages.ts';
import type { StorefrontMetrics } from './storefront-metrics.ts';

/** Bytes that may wait to be read by one client. One that lets more wait is dropped: it comes back for a snapshot. */
export const MOST_UNREAD_BYTES = 1024 * 1024;

/** What is needed of a socket; `ws` has it. */
export type ClientSocket = Pick<
  WebSocket,
  'send' | 'close' | 'terminate' | 'ping' | 'bufferedAmount' | 'readyState' | 'OPEN'
>;

/** The clients that were answered, all of which get every frame. */
export function createFeedClients(options: { metrics: StorefrontMetrics; logger: Logger; mostUnread?: number }) {
  const { metrics, logger, mostUnread = MOST_UNREAD_BYTES } = options;
  const answered = new Set<ClientSocket>();
  /** Answered a ping since the last one was sent. */
  const alive = new WeakSet<ClientSocket>();
  const connected = new Set<ClientSocket>();

  function drop(socket: ClientSocket, why: 'too_slow' | 'no_pong'): void {
    connected.delete(socket);
    answered.delete(socket);
    metrics.dropped.inc({ why });
    logger.debug({ why }, 'a client of the feed was dropped');
    if (why === 'too_slow') socket.close(CLOSE_CODES.too_slow, 'reads slower than the feed flows');
    // The close frame would wait behind all that is not read.
    socket.terminate();
  }

  /** The bytes are those of all clients: none of them is copied for one. */
  function send(socket: ClientSocket, bytes: Buffer): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > mostUnread) {
      drop(socket, 'too_slow');
      return;
    }
    socket.send(bytes, { binary: false }, ignoreBrokenSocket);
    metrics.sent.inc();
  }

  return {
    /** A connection that has said nothing yet. */
    connect(socket: ClientSocket): void {
      connected.add(socket);
      alive.add(socket);
      metrics.clients.set(connected.size);
    },
    /** Its first frames; from now on it gets every later one. */
    answer(socket: ClientSocket, frames: readonly Buffer[]): void {
      for (const bytes of frames) send(socket, bytes);
      if (connected.has(socket)) answered.add(socket);
    },
    sawPong(socket: ClientSocket): void {
      alive.add(socket);
    },
    disconnect(socket: ClientSocket): void {
      connected.delete(socket);
      answered.delete(socket);
      metrics.clients.set(connected.size);
    },
    broadcast(bytes: Buffer): void {
      for (const socket of answered) send(socket, bytes);
      metrics.clients.set(connected.size);
    },
    /** Asks every client whether it is there, and drops those that did not answer the last time. */
    ping(): void {
      for (const socket of connected) {
        if (alive.delete(socket)) socket.ping(undefined, undefined, ignoreBrokenSocket);
        else drop(socket, 'no_pong');
      }
      metrics.clients.set(connected.size);
    },
    count: () => connected.size,
    /** Tells every client that this process stops. */
    closeAll(): void {
      for (const socket of connected) socket.close(CLOSE_CODES.going_away, 'the storefront stops');
    },
  };
}
export type FeedClients = ReturnType<typeof createFeedClients>;

/** A socket that breaks while something is sent says so by its close event. */
const ignoreBrokenSocket = () => undefined;
