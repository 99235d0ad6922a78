import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { inject, expect, onTestFinished, test } from 'vitest';
import { createDatabase, queryOnce } from '../../test/harness/databases.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { privatePostgres } from '../../test/harness/private-services.ts';
import { startStorefront, type OurProcess } from '../../test/harness/processes.ts';
import { allowVhost } from '../../test/harness/secret.ts';
import { call, createSharedSystem } from '../../test/harness/system.ts';
import { callManagement } from '../../test/harness/management.ts';
import { createVhost, installedBroker, withChannel } from '../../test/harness/vhosts.ts';
import type {} from '../../test/harness/context.ts';
import { ErrorAnswer } from '../http/errors.ts';
import { openFeed } from './feed-client-under-test.ts';
import { OrderDetails, OrderPage, ProductPage } from './order-answers.ts';
import { Totals } from './shown.ts';

const PATIENCE = 240_000;
/** An answer, which has to be of its schema. */
const get = async <S extends TSchema>(api: { url: string }, path: string, schema: S) => {
  const { status, body } = await call(api, 'GET', path);
  expect([...Compile(schema).Errors(body)], path).toEqual([]);
  return { status, body: body as Static<S> };
};
const sumOf = (totals: Totals | undefined) =>
  (totals?.sources ?? []).reduce(
    (sum, { stored, dead, waiting }) => ({
      stored: sum.stored + stored,
      dead: sum.dead + dead,
      waiting: sum.waiting + waiting,
    }),
    { stored: 0, dead: 0, waiting: 0 },
  );

/** A storefront alone, with an endput and a virtual host of its own. */
async function startAlone(env: Record<string, string> = {}, endputUrl?: string) {
  const broker = installedBroker();
  const vhost = await createVhost(broker);
  const database = endputUrl === undefined ? await createDatabase() : undefined;
  const endput = endputUrl ?? database?.url ?? '';
  const processes: OurProcess[] = [];
  const start = async (more: Record<string, string> = {}) => {
    const started = await startStorefront({
      ENDPUT_DATABASE_URL: endput,
      RABBITMQ_URL: vhost.url,
      RABBITMQ_HEARTBEAT: '3',
      // Nothing listens there.
      ATTEMPT_LOG_URL: 'postgres://postgres@127.0.0.1:1/none',
      ...env,
      ...more,
    });
    processes.push(started);
    return started;
  };
  onTestFinished(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await vhost.delete().catch(() => undefined);
    await database?.drop();
  });
  const storefront = await start();
  return { storefront, start, vhost, broker, endput };
}

const INSERT_ORDER = `
  insert into orders (message_id, cycle, attempt, stored_at, system, database_resource, schema_resource, table_resource,
                      source_id, product, price, security_check, created_at)
  select coalesce($1, gen_random_uuid()), 0, 1, now(), 'system_1', 'db', 'public', 'orders', n, $2, 2.50, true, now()
    from generate_series(1, $3) n`;
const insertOrders = (url: string, product: string, count = 1, id: string | null = null) =>
  queryOnce(url, INSERT_ORDER, [id, product, count]);

test(
  'while orders run, and after the storefront was killed, the totals reach exactly what endput holds',
  { timeout: PATIENCE * 2 },
  async () => {
    const system = await createSharedSystem(installedBroker());
    onTestFinished(() => system.stop());
    const [source, , storefront] = await Promise.all([
      system.startSource(0),
      system.startConsumer(),
      system.startStorefront(),
    ]);
    const another = await system.startStorefront();
    const [page, other] = await Promise.all([openFeed(storefront), openFeed(another)]);
    await page.until(() => page.connections()?.broker.state === 'up' && page.connections()?.endput.state === 'up');
    await call(source, 'POST', '/v0/insert-data', { positive_inserts: 40, negative_inserts: 12 });
    await call(source, 'POST', '/v0/process/run?wait=true');
    await page.until(() => sumOf(page.totals()).stored > 0);
    await storefront.kill();
    const restarted = await system.startStorefront();
    await eventually(
      async () => expect(await system.books(0)).toMatchObject({ stored: 40, dead: 12, waiting: 0 }),
      PATIENCE,
    );

    const again = await openFeed(restarted, {
      type: 'hello',
      resume: { copy_id: page.frames[0]?.copy_id, seq: page.last()?.seq },
    });
    for (const one of [again, other]) {
      await eventually(() => expect(sumOf(one.totals())).toEqual({ stored: 40, dead: 12, waiting: 0 }), PATIENCE);
    }
    expect(again.frames[0]).toMatchObject({ type: 'snapshot', because: 'other_copy' });
    const totals = await get(restarted, '/v0/totals', Totals);
    expect({ ...totals.body, as_of: '' }).toEqual({ ...again.totals(), as_of: '' });
    expect(totals.body.complete).toBe(true);
    const [money] = await system.endput<{ revenue: string }>('select sum(price)::text as revenue from orders');
    expect(totals.body.sources[0]?.revenue).toBe(money?.revenue);
    expect(totals.body.dead_by_reason).toEqual([{ reason: 'attempts_exhausted', count: 12 }]);

    // The attempts were seen live: every outcome, each with what a page shows of it.
    const seen = other.frames.flatMap((frame) => (frame.type === 'delta' ? (frame.attempts?.list ?? []) : []));
    expect(new Set(seen.map(({ outcome }) => outcome))).toEqual(new Set(['succeeded', 'retrying', 'dead']));
    const dead = seen.find(({ outcome }) => outcome === 'dead');
    expect(dead).toMatchObject({ attempt: 5, reason: 'attempts_exhausted', source: system.systemName(0) });
    const deltas = other.frames.filter(({ type }) => type === 'delta').map(({ seq }) => seq);
    expect(deltas).toEqual(deltas.map((_, index) => (deltas[0] ?? 0) + index));

    const timeline = await eventually(async () => {
      const { body } = await get(restarted, `/v0/orders/${dead?.message_id ?? ''}`, OrderDetails);
      expect(body.timeline.map(({ record }) => record)).toEqual(Array.from({ length: 5 }, () => 'recorded'));
      return body;
    }, PATIENCE);
    expect(timeline).toMatchObject({ state: 'dead', reason: 'attempts_exhausted', history: 'complete' });
    expect(timeline.timeline.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      ...[1, 2, 3, 4].map((attempt) => [attempt, 'retrying']),
      [5, 'dead'],
    ]);

    // The same copy has the frames that were missed.
    const place = other.frames.at(-3);
    const resumed = await openFeed(another, { type: 'hello', resume: { copy_id: place?.copy_id, seq: place?.seq } });
    await resumed.until((frames) => frames.length >= 3);
    expect(resumed.frames[0]).toMatchObject({ type: 'resumed', seq: place?.seq });
    expect(resumed.frames.slice(1, 3).map(({ seq }) => seq)).toEqual([1, 2].map((more) => (place?.seq ?? 0) + more));
    for (const client of [page, other, again, resumed]) client.close();
  },
);

test('only pages that may and frames that are right are answered', { timeout: PATIENCE }, async () => {
  const { storefront } = await startAlone({ STOREFRONT_MAX_CLIENTS: '2', STOREFRONT_ORIGINS: 'https://shop.example' });
  for (const origin of ['http://evil.example', undefined, `${storefront.url}.evil.example`, 'null'])
    expect((await openFeed(storefront, undefined, { origin })).refused()).toBe(403);
  const bad = ['', 'x', '[]', '{"type":"bye"}', '{"type":"hello","more":1}', '{"type":"hello","resume":{"seq":1}}'];
  for (const text of bad) {
    const client = await openFeed(storefront, text);
    expect(await client.untilClosed(), text).toMatchObject({ code: 4400 });
    expect(client.frames).toEqual([]);
  }
  const large = await openFeed(storefront, 'x'.repeat(2_000));
  expect((await large.untilClosed()).code).toBe(1009);
  const twice = await openFeed(storefront);
  await twice.until((frames) => frames.length > 0);
  twice.send('{"type":"hello"}');
  expect((await twice.untilClosed()).code).toBe(4400);

  const allowed = await openFeed(storefront, { type: 'hello' }, { origin: 'https://shop.example' });
  await allowed.until((frames) => frames[0]?.type === 'snapshot');
  const second = await openFeed(storefront);
  expect((await openFeed(storefront)).refused()).toBe(503);
  allowed.close();
  await eventually(async () => {
    const third = await openFeed(storefront);
    expect(third.refused()).toBeUndefined();
    third.close();
  });
  second.close();
  await storefront.stop();
  expect(second.closed()).toBeDefined();
});

test('the API answers bad input with what is wrong, and names as they are', { timeout: PATIENCE }, async () => {
  const { storefront, endput } = await startAlone();
  const names = ['<img src=x onerror=alert(1)>', '\u202Eright to left\u202C', '🎉'.repeat(200), 'x'.repeat(10_000)];
  const ids = names.map(() => randomUUID());
  for (const [index, name] of names.entries()) await insertOrders(endput, name, 1, ids[index]);
  const products = await eventually(async () => {
    const { body } = await get(storefront, '/v0/products', ProductPage);
    expect(body.products).toHaveLength(4);
    return body.products;
  }, 60_000);
  expect(products.map(({ product }) => product).sort()).toEqual([...names].sort());
  const { body: all } = await get(storefront, '/v0/orders?limit=3', OrderPage);
  const { body: rest } = await get(storefront, `/v0/orders?limit=3&after=${all.next ?? ''}`, OrderPage);
  expect([...all.orders, ...rest.orders].map(({ product }) => product)).toEqual([...names].reverse());
  expect(rest.next).toBeNull();
  const found = await get(storefront, `/v0/orders?search=${encodeURIComponent('<img onerror')}`, OrderPage);
  expect(found.body.orders).toMatchObject([{ product: names[0], price: '2.50' }]);
  expect((await get(storefront, `/v0/orders?search=${ids[1] ?? ''}`, OrderPage)).body.orders).toHaveLength(1);
  expect((await get(storefront, '/v0/orders?source=system_1&source_id=1', OrderPage)).body.orders).toHaveLength(4);
  for (const { key, product } of products) {
    const of = await get(storefront, `/v0/orders?product=${key.toUpperCase()}`, OrderPage);
    expect(of.body).toMatchObject({ orders: [{ product }], next: null, complete: true, left_out: [] });
  }
  expect((await get(storefront, `/v0/orders?product=${randomUUID()}`, OrderPage)).body.orders).toEqual([]);
  const page = await openFeed(storefront);
  await page.until(() => page.frames[0]?.type === 'snapshot');
  const [snapshot] = page.frames;
  expect(snapshot).toMatchObject({ products: { count: 4 } });
  expect(JSON.stringify(snapshot).length).toBeLessThan(20_000);
  page.close();

  // The log is away: what endput knows is answered all the same.
  const details = await get(storefront, `/v0/orders/${(ids[0] ?? '').toUpperCase()}`, OrderDetails);
  expect(details).toMatchObject({
    status: 200,
    body: { state: 'stored', history: 'unavailable', timeline: [{ record: 'unavailable', outcome: 'succeeded' }] },
  });
  expect((await get(storefront, `/v0/orders/${randomUUID()}`, ErrorAnswer)).status).toBe(503);

  for (const path of [
    '/v0/orders?limit=0',
    '/v0/orders?limit=201',
    '/v0/orders?limit=x',
    '/v0/orders?after=x',
    `/v0/orders?after=99999999999999999999.${randomUUID()}`,
    '/v0/orders?source=system_1',
    '/v0/orders?search=x&source_id=1',
    '/v0/orders?product=x',
    `/v0/orders?search=x&product=${randomUUID()}`,
    `/v0/orders?source_id=1&product=${randomUUID()}`,
    '/v0/orders?source_id=1.5',
    '/v0/orders?search=',
    `/v0/orders?search=${'x'.repeat(257)}`,
    '/v0/orders?unknown=1',
    '/v0/orders/not-an-id',
    '/v0/products?after=-1.x',
    '/v0/products?limit=-1',
  ]) {
    const { status, body } = await get(storefront, path, ErrorAnswer);
    expect(status, path).toBe(400);
    expect(body.code, path).toBe('INVALID_REQUEST');
  }
  for (const search of ['%00', '%27%3B--', '%5C', '%25%25', '%26%20%7C%20%21', '%F0%9F%8E%89', '%E2%80%AE'])
    expect((await get(storefront, `/v0/products?search=${search}`, ProductPage)).status, search).toBe(200);

  const index = await fetch(`${storefront.url}/`);
  expect(index.headers.get('content-security-policy')).toContain("default-src 'none'");
  const desk = await fetch(`${storefront.url}/desk`);
  expect([desk.status, desk.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(await desk.text()).toContain('Dead-letter desk</title>');
  expect(index.headers.get('content-type')).toContain('text/html');
  expect((await fetch(`${storefront.url}/..%2f..%2fpackage.json`)).ok).toBe(false);
});

test(
  'endput away: the feed says so, the page is served, and all goes on when it is back',
  { timeout: PATIENCE },
  async () => {
    const server = await privatePostgres(['endput']);
    onTestFinished(() => server.remove());
    const url = server.url('endput');
    const { storefront } = await startAlone({}, url);
    const page = await openFeed(storefront);
    await insertOrders(url, 'Tea', 5);
    await eventually(() => expect(sumOf(page.totals()).stored).toBe(5), 60_000);
    await server.kill();
    await page.until(() => page.connections()?.endput.state === 'away');
    expect(sumOf(page.totals()).stored).toBe(5);
    const answer = await get(storefront, '/v0/totals', ErrorAnswer);
    expect(answer).toMatchObject({ status: 503, body: { code: 'ENDPUT_UNAVAILABLE' } });
    expect((await fetch(`${storefront.url}/`)).status).toBe(200);
    expect((await fetch(`${storefront.url}/health/ready`)).status).toBe(200);
    await server.start();
    await insertOrders(url, 'Coffee', 2);
    await eventually(() => expect(sumOf(page.totals()).stored).toBe(7), 120_000);
    expect(page.connections()?.endput.state).toBe('up');
    page.close();
  },
);

test('totals that a long transaction holds back are said to be, until it ends', { timeout: PATIENCE }, async () => {
  const { storefront, endput } = await startAlone();
  const page = await openFeed(storefront);
  await insertOrders(endput, 'Tea', 2);
  await eventually(() => expect(sumOf(page.totals()).stored).toBe(2), 60_000);
  const long = new pg.Client({ connectionString: endput });
  await long.connect();
  await long.query('begin');
  await long.query('select pg_current_xact_id()');
  await insertOrders(endput, 'Tea', 3);
  await eventually(() => expect(page.totals()?.held_back).toEqual({ since: expect.any(String) as string }), 60_000);
  expect(sumOf(page.totals()).stored).toBe(2);
  expect((await get(storefront, '/v0/totals', Totals)).body.held_back).toEqual(page.totals()?.held_back);
  await long.query('commit');
  await long.end();
  await eventually(() => expect(page.totals()).toMatchObject({ held_back: null, sources: [{ stored: 5 }] }), 60_000);
  page.close();
});

test('broker away: totals go on, and attempts are seen again when it is back', { timeout: PATIENCE }, async () => {
  const { storefront, vhost, broker, endput } = await startAlone();
  const page = await openFeed(storefront);
  await page.until(() => page.connections()?.broker.state === 'up');
  await vhost.delete();
  await page.until(() => page.connections()?.broker.state === 'away');
  await insertOrders(endput, 'Tea', 3);
  await eventually(() => expect(sumOf(page.totals()).stored).toBe(3), 60_000);
  await callManagement(broker.managementUrl, `/vhosts/${vhost.name}`, 'PUT');
  await allowVhost(broker.managementUrl, vhost.name);
  await page.until(() => page.connections()?.broker.state === 'up');
  const record = {
    message_id: randomUUID(),
    cycle: 0,
    processing: { processing_attempts: 2, processing_info: 'info' },
    origin: { system: 'system_9' },
    order: { id: 1, product: '<b>', price: '1.00' },
    processed_at: new Date().toISOString(),
    outcome: 'retrying',
    error: { kind: 'transient', message: 'why' },
    consumer: 'host:1',
  };
  await withChannel(vhost.url, async (channel) => {
    for (const body of ['no json', '[{}]', JSON.stringify([record])])
      channel.publish('attempts', 'retrying', Buffer.from(body));
    await channel.waitForConfirms();
  });
  await page.until((frames) =>
    frames.some((frame) => frame.type === 'delta' && frame.attempts?.list[0]?.message_id === record.message_id),
  );
  expect(inject('services').brokers.length).toBeGreaterThan(0);
  page.close();
});
