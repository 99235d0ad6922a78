import websocket, { type WebSocket } from '@fastify/websocket';
import { Compile } from 'typebox/compile';
import { ApiError } from '../http/errors.ts';
import type { HttpServer } from '../http/http-server.ts';
import { CLOSE_CODES, Hello, HELLO_TIMEOUT, LARGEST_CLIENT_FRAME } from './feed-messages.ts';
import type { FeedClients } from './feed-clients.ts';
import type { Feed } from './feed.ts';
import { isAllowedOrigin } from './origin.ts';
import type { StorefrontMetrics } from './storefront-metrics.ts';

const validator = Compile(Hello);

/** Serves the feed at `GET /ws`: who may connect, the hello, and then frames (`feed-messages.ts`). */
export async function registerFeedSocket(
  app: HttpServer,
  options: {
    feed: Feed;
    clients: FeedClients;
    metrics: StorefrontMetrics;
    origins: readonly string[];
    maxClients: number;
    helloTimeout?: number;
  },
): Promise<void> {
  const { feed, clients, metrics } = options;
  await app.register(websocket, {
    // Deflating every frame for every client would cost more than it saves, and memory for each.
    options: { maxPayload: LARGEST_CLIENT_FRAME, perMessageDeflate: false },
    // The library's own handler would log a stack for whatever a client does wrong.
    errorHandler: (_error, socket) => socket.terminate(),
  });
  app.route({
    method: 'GET',
    url: '/ws',
    schema: { hide: true },
    preValidation: (request, _reply, done) => {
      const { origin, host } = request.headers;
      if (!isAllowedOrigin(origin, host, options.origins)) {
        metrics.refused.inc({ why: 'origin' });
        done(new ApiError(403, 'ORIGIN_REFUSED', `A page of ${origin ?? 'no origin'} may not open the feed.`));
      } else if (clients.count() >= options.maxClients) {
        metrics.refused.inc({ why: 'too_many' });
        done(new ApiError(503, 'TOO_MANY_CLIENTS', 'This copy serves as many clients as it may. Try again later.'));
      } else done();
    },
    handler: (_request, reply) => {
      void reply.header('upgrade', 'websocket');
      throw new ApiError(426, 'UPGRADE_REQUIRED', 'This is the feed: it speaks WebSocket. docs/feed.md says what.');
    },
    wsHandler: (socket) => serve(socket, options),
  });
  app.addHook('preClose', (done) => {
    clients.closeAll();
    done();
  });
  return;

  function serve(socket: WebSocket, { helloTimeout = HELLO_TIMEOUT }: { helloTimeout?: number }): void {
    clients.connect(socket);
    let wasAnswered = false;
    const timer = setTimeout(() => socket.close(CLOSE_CODES.no_hello, 'say hello first'), helloTimeout);
    socket.on('pong', () => clients.sawPong(socket));
    socket.on('error', () => metrics.refused.inc({ why: 'bad_frame' }));
    socket.on('close', () => {
      clearTimeout(timer);
      clients.disconnect(socket);
    });
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      const hello = wasAnswered || isBinary ? undefined : readHello(data);
      if (hello === undefined) {
        metrics.refused.inc({ why: 'bad_frame' });
        socket.close(CLOSE_CODES.bad_frame, wasAnswered ? 'only one frame is expected: hello' : 'this is no hello');
        return;
      }
      wasAnswered = true;
      clearTimeout(timer);
      const { kind, frames } = feed.answer(hello);
      metrics.answers.inc({ kind });
      clients.answer(socket, frames);
    });
  }
}

/** The hello that a frame is, if it is one. */
function readHello(data: Buffer): Hello | undefined {
  try {
    const value: unknown = JSON.parse(data.toString());
    return validator.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
