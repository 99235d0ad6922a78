import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/harness/eventually.ts';
import { send, startSourceUnderTest } from './source-under-test.ts';

describe('a run of a source', () => {
  it('publishes every row once; running again publishes nothing, after clear everything again under the same ids', async () => {
    const source = await startSourceUnderTest({ env: { PUBLISH_PAGE_SIZE: '16' } });
    expect(await source.insert(28, 12)).toEqual({
      status: 201,
      body: { positive_inserts: 28, negative_inserts: 12, rows: 40 },
    });
    expect(await source.state()).toMatchObject({ state: 'idle', cursor: null, unpublished: 40 });
    expect(await source.run()).toMatchObject({ status: 202, body: { state: 'finished', published: 40 } });
    expect(await source.state()).toMatchObject({
      state: 'finished',
      cursor: { table_resource: 'orders', schema_resource: 'public', last_id: 40, status_process: 'finished' },
      published: 40,
      unpublished: 0,
      held_back: { rows: 0, by: [] },
    });
    const first = await source.published();
    expect(first.map((message) => message.order.id).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    for (const { order, processing } of first) {
      expect(order.price).toMatch(/^\d+\.\d\d$/);
      if (!order.security_check) expect(processing.processing_times).toBe(6);
      else expect(processing.processing_times).toBeLessThanOrEqual(5);
    }
    expect(await source.run()).toMatchObject({ body: { state: 'finished', published: 0 } });

    expect(await send(source.api, 'POST', '/v0/process/clear')).toMatchObject({ status: 200, body: { cleared: true } });
    expect(await source.state()).toMatchObject({ state: 'idle', cursor: null, unpublished: 0 });
    expect(await source.run()).toMatchObject({ body: { published: 40 } });
    const byId = <T extends { message_id: string }>(messages: T[]) =>
      messages.sort((a, b) => (a.message_id < b.message_id ? -1 : 1));
    expect(byId(await source.published())).toEqual(byId(first));
  });

  it('publishes dirty rows and rows with ids of their own as they are, and no row can exist that would stop it', async () => {
    const source = await startSourceUnderTest();
    await source.sql(`insert into orders (id, product, price, created_at, xid) values
      (9007199254740991, '', 'NaN', '0001-01-01', '18446744073709551615'), (-5, E'a\\u0001"b', '-Infinity', '9999-12-31', '0'),
      (7, repeat('x', 10000), -1.2345, now(), default)`);
    await expect(source.sql(`insert into orders (product, price) values (repeat('x', 10001), 1)`)).rejects.toThrow();
    await expect(
      source.sql(`insert into orders (product, price, created_at) values ('', 1, 'infinity')`),
    ).rejects.toThrow();
    await expect(
      source.sql(`insert into orders (id, product, price) values (9007199254740992, '', 1)`),
    ).rejects.toThrow();
    expect(await source.run()).toMatchObject({ body: { state: 'finished', published: 3 } });
    const orders = (await source.published()).map((message) => message.order);
    expect(orders.map((order) => [order.id, order.price])).toEqual([
      [-5, '-Infinity'],
      [7, '-1.2345'],
      [9007199254740991, 'NaN'],
    ]);
    expect((await send(source.api, 'GET', '/v0/orders?limit=2')).body).toMatchObject({ next: 7 });
  });

  it('is the only one: a second is refused with 409, also by another process, and so is clear', async () => {
    const source = await startSourceUnderTest({ env: { PUBLISH_PAGE_SIZE: '2' } });
    const other = await source.startAnother();
    await source.insert(4_000);
    const first = await send(source.api, 'POST', '/v0/process/run');
    expect(first).toMatchObject({ status: 202, body: { state: 'running' } });
    for (const api of [source.api, other]) {
      expect(await send(api, 'POST', '/v0/process/run')).toMatchObject({
        status: 409,
        body: { code: 'RUN_IN_PROGRESS' },
      });
      expect(await send(api, 'POST', '/v0/process/clear')).toMatchObject({ status: 409 });
    }
    expect((await send(other, 'GET', '/v0/process')).body).toMatchObject({ state: 'running', run: null });

    expect(await send(other, 'POST', '/v0/process/unblock')).toMatchObject({ status: 200, body: { released: true } });
    await eventually(async () => expect((await source.state()).run).toMatchObject({ state: 'failed' }));
    expect(await source.state()).toMatchObject({
      state: 'interrupted',
      run: { reason: expect.stringMatching('lost its lease') as string },
    });
    expect(await source.run()).toMatchObject({ body: { state: 'finished' } });
    expect(await source.state()).toMatchObject({ unpublished: 0 });
    expect(await send(source.api, 'POST', '/v0/process/unblock')).toMatchObject({ body: { released: false } });
  });

  it('stops when another takes its lease, and leaves the cursor to it', async () => {
    const source = await startSourceUnderTest({ env: { PUBLISH_PAGE_SIZE: '5' } });
    await source.insert(20_000);
    await send(source.api, 'POST', '/v0/process/run');
    await eventually(async () => expect((await source.state()).published).not.toBe(0));
    await source.redis.set(`${source.system}:lease`, 'another');
    const atTakeover = await source.redis.get(source.system);
    await eventually(async () => expect((await source.state()).run).toMatchObject({ state: 'failed' }));
    const left = JSON.parse((await source.redis.get(source.system)) ?? '{}') as { last_id: number };
    // A page may have been confirmed between the two commands above, none after the second.
    expect(left.last_id - (JSON.parse(atTakeover ?? '{}') as { last_id: number }).last_id).toBeLessThanOrEqual(0);
    expect((await source.state()).unpublished).not.toBe(0);
  });

  it('is stopped by unblock in its own process, and the next one goes on', async () => {
    const source = await startSourceUnderTest({ env: { PUBLISH_PAGE_SIZE: '2' } });
    await source.insert(4_000);
    await send(source.api, 'POST', '/v0/process/run');
    await eventually(async () => expect((await source.state()).published).not.toBe(0));
    expect(await send(source.api, 'POST', '/v0/process/unblock')).toMatchObject({ body: { released: true } });
    const { run } = await source.state();
    expect(run).toMatchObject({ state: 'stopped' });
    const rest = (await source.run()).body;
    expect(rest.state).toBe('finished');
    // The page in hand when it was stopped may be published twice, or be confirmed without having been counted.
    expect(Number(rest.published) + (run as { published: number }).published).toBeGreaterThanOrEqual(3_998);
    const queued = await source.queued();
    expect(queued).toBeGreaterThanOrEqual(4_000);
    expect(queued).toBeLessThanOrEqual(4_002);
  });

  it('publishes from the start again when Redis was wiped, and survives it in mid-run', async () => {
    const source = await startSourceUnderTest({ env: { PUBLISH_PAGE_SIZE: '5' } });
    await source.insert(2_000);
    await send(source.api, 'POST', '/v0/process/run');
    await eventually(async () => expect((await source.state()).published).not.toBe(0));
    await source.redis.del(source.system, `${source.system}:lease`);
    await eventually(async () => expect(await source.state()).toMatchObject({ state: 'finished', published: 2_000 }));
    await source.redis.del(source.system);
    expect(await source.run()).toMatchObject({ body: { published: 2_000 } });
    expect(await source.state()).toMatchObject({ unpublished: 0 });
  });

  it(
    'that was killed is shown as interrupted, and the next one goes on from the cursor',
    { timeout: 90_000 },
    async () => {
      const source = await startSourceUnderTest({ env: { PUBLISH_PAGE_SIZE: '2', RUN_LEASE: '1s' } });
      await source.insert(600);
      await send(source.api, 'POST', '/v0/process/run');
      await eventually(async () => expect(Number((await source.state()).published)).toBeGreaterThan(100));
      await source.api.kill();
      const next = await source.startAnother();
      await eventually(async () => {
        expect((await send(next, 'GET', '/v0/process')).body).toMatchObject({ state: 'interrupted' });
      });
      const { body } = await send(next, 'POST', '/v0/process/run?wait=true');
      expect(body).toMatchObject({ state: 'finished' });
      expect(Number(body.published)).toBeLessThan(600);
      expect(await source.queued()).toBeGreaterThanOrEqual(600);
      // Where Redis does not take the last word of a run in time, its lease ends by itself.
      await eventually(async () => {
        expect((await send(next, 'GET', '/v0/process')).body).toMatchObject({ unpublished: 0, state: 'finished' });
      });
    },
  );

  it('stops after the page in hand when its process is told to stop, and frees its lease', async () => {
    const source = await startSourceUnderTest({ env: { PUBLISH_PAGE_SIZE: '5' } });
    await source.insert(20_000);
    await send(source.api, 'POST', '/v0/process/run');
    await eventually(async () => expect((await source.state()).published).not.toBe(0));
    await source.api.stop();
    expect(await source.redis.exists(`${source.system}:lease`)).toBe(0);
    const document = JSON.parse((await source.redis.get(source.system)) ?? '{}') as Record<string, unknown>;
    expect(document.status_process).toBe('stopped');
    // Nothing was published that the cursor does not know of.
    const [confirmed] = await source.sql<{ id: string }>('select id from publish_position');
    expect(document.last_id).toBe(Number(confirmed?.id));
    expect(await source.queued()).toBe(Number(confirmed?.id));
  });

  it('waits out a broker that goes away, and publishes the rest when it is back', async () => {
    const source = await startSourceUnderTest({ env: { PUBLISH_PAGE_SIZE: '5' } });
    await source.insert(2_000);
    await send(source.api, 'POST', '/v0/process/run');
    await eventually(async () => expect((await source.state()).published).not.toBe(0));
    await source.brokerAway();
    await eventually(() => {
      expect(source.api.logLines().filter((line) => line.includes('the run waits')).length).toBeGreaterThan(2);
    });
    expect(await source.state()).toMatchObject({
      state: 'running',
      run: { waits_for: expect.stringMatching(/broker|connection|channel/) as string },
    });
    await source.brokerBack();
    await eventually(async () =>
      expect(await source.state()).toMatchObject({ state: 'finished', published: 2_000, run: { waits_for: null } }),
    );
    expect(await source.queued()).toBeGreaterThan(0);
  });

  it('fails with its reason when the broker stays away for too long, and the next one goes on from the cursor', async () => {
    const source = await startSourceUnderTest({ env: { PUBLISH_PAGE_SIZE: '5', PUBLISH_OUTAGE_LIMIT: '1s' } });
    await source.insert(2_000);
    await send(source.api, 'POST', '/v0/process/run');
    await eventually(async () => expect((await source.state()).published).not.toBe(0));
    await source.brokerAway();
    await eventually(async () => expect(await source.state()).toMatchObject({ state: 'failed' }));
    const { run, cursor } = (await source.state()) as { run: { published: number; reason: string }; cursor: object };
    expect(run.reason).toMatch(/^no progress for \d+ s: .* The next run goes on from the cursor$/);
    expect(cursor).toMatchObject({ last_id: run.published, status_process: 'failed' });
    await source.brokerBack();
    expect(await source.run()).toMatchObject({ body: { state: 'finished', published: 2_000 - run.published } });
  });

  it('is refused with 503 that says what is away: the broker', async () => {
    const source = await startSourceUnderTest({ env: { RABBITMQ_URL: 'amqp://guest:guest@127.0.0.1:1' } });
    await source.insert(1);
    const answer = await send(source.api, 'POST', '/v0/process/run');
    expect(answer).toMatchObject({ status: 503, body: { code: 'BROKER_UNAVAILABLE' } });
    expect(answer.body.message).toMatch(/^The broker is away: no connection/);
    expect(await source.state()).toMatchObject({ state: 'idle', unpublished: 1 });
  });
});
