import { mkdtemp, chmod, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
// Open transactions hold back the rows of a whole cluster: these tests need one that no other test uses.
import { freePort } from '../../local/services/free-port.ts';
import { startPostgres } from '../../local/services/postgres.ts';
import { queryOnce } from '../../test/harness/databases.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { send, startSourceUnderTest } from './source-under-test.ts';

let folder: string;
let cluster: Awaited<ReturnType<typeof startPostgres>>;
let port: number;

const startCluster = async () =>
  startPostgres({ name: 'own', folder: join(folder, 'postgres'), port, databases: [], fsync: false });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'source-test-'));
  await chmod(folder, 0o755);
  port = await freePort();
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

async function createDatabase(name: string): Promise<string> {
  await queryOnce(cluster.url('postgres'), `create database ${name}`);
  return cluster.url(name);
}

async function openTransaction(url: string, statement: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'a forgotten session' });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  await client.query('begin');
  await client.query(statement);
  return client;
}

describe('a source whose database has its own cluster', () => {
  it('publishes a row that commits late with a low id, after its commit', async () => {
    const source = await startSourceUnderTest({ databaseUrl: await createDatabase('late_commit') });
    const late = await openTransaction(source.databaseUrl, `insert into orders (product, price) values ('late', 1)`);
    await source.insert(10);
    await source.run();
    expect(await source.state()).toMatchObject({ unpublished: 10, held_back: { rows: 10 } });
    await late.query('commit');
    expect(await source.run()).toMatchObject({ body: { state: 'finished', published: 11 } });
    const published = (await source.published()).map((message) => message.order);
    expect(published[0]).toMatchObject({ id: 1, product: 'late' });

    // And one that holds a lower id than rows that are published already: its xid was given later than theirs.
    const reserved = await openTransaction(
      source.databaseUrl,
      `select nextval(pg_get_serial_sequence('orders', 'id'))`,
    );
    await source.insert(3);
    expect(await source.run()).toMatchObject({ body: { published: 3 } });
    await reserved.query(
      `insert into orders (id, product, price) values (currval(pg_get_serial_sequence('orders', 'id')), 'later', 1)`,
    );
    await reserved.query('commit');
    expect(await source.run()).toMatchObject({ body: { published: 1 } });
    expect((await source.published()).map((message) => message.order.id)).toEqual([13, 14, 15, 12]);
  });

  it('says which rows are held back and by whom, also by another database and by a prepared transaction', async () => {
    const source = await startSourceUnderTest({ databaseUrl: await createDatabase('held_back') });
    const other = await createDatabase('somewhere_else');
    const reader = await openTransaction(source.databaseUrl, 'select from orders');
    const writer = await openTransaction(other, 'create table x ()');
    await source.insert(5);
    await source.run();
    expect(await source.state()).toMatchObject({
      held_back: {
        rows: 5,
        by: [
          {
            database: 'somewhere_else',
            application: 'a forgotten session',
            user: 'postgres',
            state: 'idle in transaction',
          },
        ],
      },
    });
    await writer.query(`prepare transaction 'forgotten'`);
    expect(await source.state()).toMatchObject({
      held_back: { rows: 5, by: [{ pid: null, prepared: 'forgotten', database: 'somewhere_else', state: 'prepared' }] },
    });
    await queryOnce(other, `rollback prepared 'forgotten'`);
    // The reader holds nothing back.
    expect(await source.state()).toMatchObject({ held_back: { rows: 0, by: [] } });
    expect(await source.run()).toMatchObject({ body: { published: 5 } });
    await reader.query('commit');
  });

  it('waits at the end of a run for a short transaction that holds back rows', async () => {
    const source = await startSourceUnderTest({ databaseUrl: await createDatabase('short') });
    const short = await openTransaction(source.databaseUrl, 'create table x ()');
    await source.insert(5);
    const { run_id: id } = (await send(source.api, 'POST', '/v0/process/run')).body;
    await eventually(async () => expect((await source.state()).held_back).toMatchObject({ rows: 5 }));
    await short.query('commit');
    await eventually(async () =>
      expect((await source.state()).run).toMatchObject({ run_id: id, state: 'finished', published: 5 }),
    );
  });

  it('publishes the old and the new rows of a dump that was restored into a new cluster, under the ids they had', async () => {
    const url = await createDatabase('restored');
    const source = await startSourceUnderTest({ databaseUrl: url });
    await source.insert(20);
    await source.run();
    const before = (await source.published()).map((message) => message.message_id);
    await source.insert(5);
    await source.api.stop();
    // What pg_restore leaves: rows loaded before the trigger existed, so with the high xids of the dumped cluster.
    await queryOnce(url, 'alter table orders disable trigger user');
    await queryOnce(url, `update orders set xid = (xid::text::bigint + 4000000000)::text::xid8`);
    await queryOnce(url, 'alter table orders enable trigger user');
    await queryOnce(url, `update publish_position set xid = (xid::text::bigint + 4000000000)::text::xid8`);
    await queryOnce(url, 'update source_identity set system_identifier = 4711');
    const cursor = JSON.parse((await source.redis.get(source.system)) ?? '{}') as { last_xid: string };
    cursor.last_xid = String(BigInt(cursor.last_xid) + 4_000_000_000n);
    await source.redis.set(source.system, JSON.stringify(cursor));

    const restored = await source.startAnother();
    expect((await send(restored, 'GET', '/v0/process')).body).toMatchObject({ cursor: null, unpublished: 5 });
    await send(restored, 'POST', '/v0/insert-data', { positive_inserts: 3, negative_inserts: 0 });
    expect((await send(restored, 'GET', '/v0/process')).body).toMatchObject({ unpublished: 8 });
    expect((await send(restored, 'POST', '/v0/process/run?wait=true')).body).toMatchObject({ published: 28 });
    const after = await source.published();
    expect(after.slice(0, 20).map((message) => message.message_id)).toEqual(before);
    expect(after.map((message) => message.order.id)).toEqual(Array.from({ length: 28 }, (_, index) => index + 1));
    expect((await send(restored, 'POST', '/v0/process/run?wait=true')).body).toMatchObject({ published: 0 });
  });

  it('does not trust a cursor beyond what its database knows as confirmed: it was restored to an earlier state', async () => {
    const source = await startSourceUnderTest({ databaseUrl: await createDatabase('rewound') });
    await source.insert(10);
    await source.run();
    await source.sql(`update publish_position set xid = '3', id = 1`);
    await source.insert(1);
    expect(await source.run()).toMatchObject({ body: { published: 11 } });
  });

  it('survives a restart of its database in mid-run, and answers 503 while it is away', async () => {
    const source = await startSourceUnderTest({
      databaseUrl: await createDatabase('restart'),
      env: { PUBLISH_PAGE_SIZE: '2' },
    });
    await source.insert(4_000);
    await send(source.api, 'POST', '/v0/process/run');
    await eventually(async () => expect((await source.state()).published).not.toBe(0));
    await cluster.kill();
    await eventually(async () => {
      expect(await send(source.api, 'GET', '/v0/orders')).toMatchObject({
        status: 503,
        body: { code: 'DATABASE_UNAVAILABLE' },
      });
    });
    expect((await send(source.api, 'GET', '/health/ready')).status).toBe(503);
    cluster = await startCluster();
    await eventually(
      async () => expect(await source.state()).toMatchObject({ state: 'finished', unpublished: 0 }),
      60_000,
    );
    expect(await source.queued()).toBeGreaterThanOrEqual(4_000);
  });

  it('is refused on a standby, and the process says so and stays', async () => {
    const url = await createDatabase('standby');
    const source = await startSourceUnderTest({ databaseUrl: url });
    await source.insert(1);
    await cluster.stop();
    await writeFile(join(folder, 'postgres', 'data', 'standby.signal'), '');
    cluster = await startCluster();
    onTestFinished(async () => {
      await cluster.stop();
      await rm(join(folder, 'postgres', 'data', 'standby.signal'), { force: true });
      cluster = await startCluster();
    });
    await eventually(async () => {
      const ready = await send(source.api, 'GET', '/health/ready');
      expect(ready).toMatchObject({ status: 503, body: { reason: expect.stringMatching('is a standby') as string } });
    });
    expect(await send(source.api, 'POST', '/v0/process/run')).toMatchObject({
      status: 503,
      body: { code: 'DATABASE_IS_STANDBY' },
    });
    expect((await source.insert(1)).status).toBe(503);
    const fresh = await source.startAnother({}, false);
    await eventually(async () => {
      expect((await send(fresh, 'GET', '/health/ready')).body.reason).toMatch('is a standby');
    });
  });
});
