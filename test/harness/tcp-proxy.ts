import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** One way of a connection: what comes from `from` goes to `to`, in order. */
interface Way {
  from: Socket;
  to: Socket;
  direction: 'up' | 'down';
}

/**
 * A network between a process of ours and a server, which a test may disturb. It listens on 127.0.0.1; `up` leads to the
 * server, `down` back. Time is in milliseconds.
 */
export async function startTcpProxy(targetPort: number) {
  const sockets = new Set<Socket>();
  let isCut = false;
  let delayOf: (direction: Way['direction']) => number = () => 0;
  /** Told when the network carries data again. */
  let restored: (() => void)[] = [];
  const whenRestored = () => (isCut ? new Promise<void>((resolve) => restored.push(resolve)) : undefined);

  /** Carries chunks one after the other, so that a delayed one holds up those behind it, as TCP does. */
  const carry = async ({ from, to, direction }: Way): Promise<void> => {
    for await (const chunk of from) {
      const delay = delayOf(direction);
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      await whenRestored();
      if (to.destroyed) return;
      if (!to.write(chunk as Buffer)) await once(to, 'drain');
    }
    await whenRestored();
    to.end();
  };

  const server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    const upstream = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        // A cut network tells nobody that the other end is gone.
        void Promise.resolve(whenRestored()).then(() => other.destroy());
      });
    }
    // An end that breaks while a chunk is on its way ends both, see `close` above.
    carry({ from: client, to: upstream, direction: 'up' }).catch(() => client.destroy());
    carry({ from: upstream, to: client, direction: 'down' }).catch(() => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const self = {
    port: (server.address() as AddressInfo).port,
    /** Nothing comes through any more, in either direction, and nobody is told. */
    cut: () => {
      isCut = true;
    },
    /** Carries data again. Connections that were cut are reset, as a router that has forgotten them does. */
    restore: () => {
      isCut = false;
      self.reset();
      for (const resolve of restored.splice(0)) resolve();
      restored = [];
    },
    /** Resets all connections. */
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    /** From now on each chunk is held for so long, and those behind it with it. */
    delay: (of: (direction: Way['direction']) => number) => {
      delayOf = of;
    },
    async close(): Promise<void> {
      isCut = false;
      for (const resolve of restored.splice(0)) resolve();
      server.close();
      self.reset();
      await once(server, 'close');
    },
  };
  return self;
}
export type TcpProxy = Awaited<ReturnType<typeof startTcpProxy>>;

/** The URL of a server, by way of a proxy before it. */
export function through(proxy: TcpProxy, url: string): string {
  const by = new URL(url);
  by.hostname = '127.0.0.1';
  by.port = String(proxy.port);
  return by.toString();
}
