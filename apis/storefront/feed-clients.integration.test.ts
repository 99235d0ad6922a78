import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../../test/harness/eventually.ts';
import { createHttpServer } from '../http/http-server.ts';
import { openFeed } from './feed-client-under-test.ts';
import { createFeedClients } from './feed-clients.ts';
import { registerFeedSocket } from './feed-socket.ts';
import { createFeed } from './feed.ts';
import { createStorefrontMetrics } from './storefront-metrics.ts';

const CLIENTS = 300;

test('of several hundred clients on one copy the one that does not read is dropped, and the others get every frame', async () => {
  const logger = pino({ level: 'silent' });
  const registry = new Registry();
  const metrics = createStorefrontMetrics(registry);
  const feed = createFeed({ copyId: 'copy', maxAttempts: 5, now: 0 });
  const clients = createFeedClients({ metrics, logger });
  const app = await createHttpServer({
    ...{ logger, registry, translateError: () => undefined, notReady: () => Promise.resolve(undefined) },
    api: { title: 'Feed', description: '', version: '0', tags: [] },
  });
  onTestFinished(() => app.close());
  await registerFeedSocket(app, { feed, clients, metrics, origins: [], maxClients: CLIENTS + 1 });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;

  const slow = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers: { origin: url } });
  slow.on('error', () => undefined);
  await new Promise((resolve) => slow.once('open', resolve));
  slow.send('{"type":"hello"}');
  slow.pause();
  const readers: Awaited<ReturnType<typeof openFeed>>[] = [];
  for (let opened = 0; opened < CLIENTS; opened += 50)
    readers.push(...(await Promise.all(Array.from({ length: 50 }, () => openFeed({ url })))));
  onTestFinished(() => {
    slow.terminate();
    for (const reader of readers) reader.close();
  });
  await eventually(() => expect(readers.every(({ frames }) => frames.length === 1)).toBe(true), 60_000);

  const dropped = async () =>
    (await metrics.dropped.get()).values.find(({ labels }) => labels.why === 'too_slow')?.value;
  let made = 0;
  // What the network holds for the one comes first, then what may wait in this process.
  while ((await dropped()) !== 1) {
    expect((made += 1)).toBeLessThan(2_000);
    const frame = feed.flush(made * 10_000);
    if (frame === undefined) throw new Error('no frame');
    clients.broadcast(Buffer.concat([frame.bytes, Buffer.alloc(60_000, ' ')]));
    await eventually(() => expect(readers.every(({ frames }) => frames.length === made + 1)).toBe(true), 60_000, 5);
  }
  expect(clients.count()).toBe(CLIENTS);
  expect(readers.every(({ closed }) => closed() === undefined)).toBe(true);
}, 300_000);
