import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

/** What keeps a process from being ready, in words; undefined when it is ready. */
export type ReadinessCheck = () => string | undefined;

/**
 * A small HTTP server for a process that is no API: `/health/live`, `/health/ready` (503 with the reason) and `/metrics`.
 * Resolves with the port that it listens on; rejects with the listen error (such as EADDRINUSE).
 */
export async function startHealthServer(options: {
  host: string;
  port: number;
  registry: Registry;
  notReady: ReadinessCheck;
}): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type }).end(body);
    const json = (status: number, body: object) => answer(status, 'application/json', JSON.stringify(body));
    switch ((request.url ?? '/').split('?', 1).join()) {
      case '/health/live':
        return json(200, { status: 'live' });
      case '/health/ready': {
        const reason = options.notReady();
        return reason === undefined ? json(200, { status: 'ready' }) : json(503, { status: 'not ready', reason });
      }
      case '/metrics':
        return void options.registry
          .metrics()
          .then((text) => answer(200, options.registry.contentType, text))
          .catch((error: unknown) => json(500, { message: String(error) }));
      default:
        return json(404, { message: 'Here are /health/live, /health/ready and /metrics.' });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
