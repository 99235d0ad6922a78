import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createMetricsRegistry } from '../../apis/http/metrics.ts';
import { createApp } from '../../apis/source-system/app.ts';
import { createSourceMetrics } from '../../apis/source-system/source-metrics.ts';
import { createApp as createStorefront } from '../../apis/storefront/app.ts';
import { createFeedClients } from '../../apis/storefront/feed-clients.ts';
import { createFeed } from '../../apis/storefront/feed.ts';
import { createStorefrontMetrics } from '../../apis/storefront/storefront-metrics.ts';
import { codeOf, documents } from './documents.ts';

/** The paths of the OpenAPI document with their methods, such as `POST /v0/process/run`. */
async function documentedEndpoints(): Promise<string[]> {
  const registry = createMetricsRegistry({ system: 'system_1' });
  // No request is made, so nothing that would serve one is needed.
  const unused = undefined as never;
  const app = await createApp({
    system: 'system_1',
    pool: unused,
    database: unused,
    lease: unused,
    runs: unused,
    imports: unused,
    metrics: createSourceMetrics(registry),
    registry,
    logger: pino({ level: 'silent' }),
  });
  return [...(await endpointsOf(app)), ...(await endpointsOf(await storefront()))];
}

async function storefront() {
  const logger = pino({ level: 'silent' });
  const registry = createMetricsRegistry({});
  const metrics = createStorefrontMetrics(registry);
  const unused = undefined as never;
  return createStorefront({
    pool: unused,
    deskPool: unused,
    attemptLog: unused,
    attemptLogTtl: 1,
    maxAttempts: 5,
    feed: createFeed({ copyId: 'a', maxAttempts: 5, now: 0 }),
    clients: createFeedClients({ metrics, logger }),
    metrics,
    registry,
    logger,
    notReady: () => undefined,
    origins: [],
    maxClients: 1,
    queues: unused,
    passwords: unused,
    login: { signingSecret: 'x'.repeat(32), sessionTtl: 1_000, reading: 'anyone', loginsPerMinute: 1 },
    sourceApis: [],
    waiting: unused,
    heldBack: unused,
  });
}

async function endpointsOf(app: Pick<FastifyInstance, 'ready' | 'swagger' | 'close'>): Promise<string[]> {
  await app.ready();
  const { paths = {} } = app.swagger() as { paths?: Record<string, object> };
  await app.close();
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** Endpoints that a text names: with a method before them, or in a call of curl. */
function endpointsIn(text: string): string[] {
  const named = [...text.matchAll(/\b(GET|POST)\s+(\/[\w/{}-]+)/g)].map(
    ([, method = '', path = '']) => `${method} ${path}`,
  );
  const called = [...text.matchAll(/\bcurl [^\n]*?localhost:(?:800\d|\$port)(\/[\w/-]+)/g)].map(
    ([call = '', path = '']) => `${call.includes('-X POST') ? 'POST' : 'GET'} ${path}`,
  );
  return [...named, ...called];
}

test('every endpoint that a document names is in the OpenAPI document', async () => {
  // Swagger UI, which shows that document, is not in it.
  const there = [...(await documentedEndpoints()), 'GET /docs', 'GET /ws'];
  const named = documents.flatMap((document) =>
    codeOf(document).flatMap((code) => endpointsIn(code).map((endpoint) => `${document.path}: ${endpoint}`)),
  );
  expect(named).toContain('README.md: POST /v0/process/run');
  expect(named).toContain('README.md: POST /v0/orders/import');
  expect(named.filter((one) => !there.includes(one.slice(one.indexOf(': ') + 2)))).toEqual([]);
});
