import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, queryOnce } from '../../test/harness/databases.ts';
import { migrate } from '../migrate.ts';
import { createPool, type Pool } from '../pool.ts';
import { advancePublishPosition, countOrders, forgetRemovedOrders, readPublishPosition } from './publish-position.ts';
import { readPublishableOrders } from './publishable-orders.ts';
import { verifySourceIdentity } from './source-identity.ts';

const logger = pino({ level: 'silent' });
const MIGRATIONS = fileURLToPath(new URL('migrations', import.meta.url));
let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: Pool;
beforeEach(async () => {
  database = await createDatabase();
  await migrate(database.url, MIGRATIONS, logger);
  pool = createPool(database.url, { name: 'test', logger, max: 4 });
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

const insert = (rows: number) =>
  pool.query(`insert into orders (product, price) select 'Tea', 1 from generate_series(1, $1)`, [rows]);

/** Publishes so many rows, as far as their counting is concerned. */
async function publish(limit: number): Promise<void> {
  const rows = await readPublishableOrders(pool, await readPublishPosition(pool), limit);
  const last = rows.at(-1);
  if (last === undefined) throw new Error('there is nothing to publish');
  await advancePublishPosition(pool, last);
}

/** The counts, which have to be those of the rows themselves. */
async function counts() {
  const { rows } = await pool.query(
    `select count(*)::integer as rows, (count(*) filter (where (o.xid, o.id) > (p.xid, p.id)))::integer as unpublished
       from publish_position p left join orders o on true where o.id is not null`,
  );
  const counted = await countOrders(pool);
  expect(counted).toEqual(rows[0]);
  return counted;
}

test('rows are counted before and after they are published', async () => {
  expect(await counts()).toEqual({ rows: 0, unpublished: 0 });
  await insert(30);
  expect(await counts()).toEqual({ rows: 30, unpublished: 30 });
  await publish(20);
  expect(await counts()).toEqual({ rows: 30, unpublished: 10 });
  await publish(7);
  await insert(5);
  expect(await counts()).toEqual({ rows: 35, unpublished: 8 });
});

test('rows that are deleted count no more, published or not, and also when their places are forgotten', async () => {
  await insert(30);
  await publish(20);
  await pool.query('delete from orders where id in (3, 4, 29)');
  expect(await counts()).toEqual({ rows: 27, unpublished: 9 });
  await publish(100);
  expect(await counts()).toEqual({ rows: 27, unpublished: 0 });
  await forgetRemovedOrders(pool);
  expect(await counts()).toEqual({ rows: 27, unpublished: 0 });
  await pool.query('delete from orders where id = 5');
  await forgetRemovedOrders(pool);
  await forgetRemovedOrders(pool);
  expect(await counts()).toEqual({ rows: 26, unpublished: 0 });
  expect(await queryOnce(database.url, 'select count(*)::integer as n from removed_orders')).toEqual([{ n: 0 }]);
});

test('a row whose deletion commits before or after the position passes it is counted no more, and nobody waits', async () => {
  await insert(10);
  const deleting = await pool.connect();
  await deleting.query('begin');
  await deleting.query('delete from orders where id = 2');
  await publish(5);
  expect(await counts()).toEqual({ rows: 10, unpublished: 5 });
  await deleting.query('commit');
  expect(await counts()).toEqual({ rows: 9, unpublished: 5 });
  await deleting.query('begin');
  await deleting.query('delete from orders where id in (1, 7)');
  await forgetRemovedOrders(pool);
  await deleting.query('rollback');
  deleting.release();
  await publish(5);
  expect(await counts()).toEqual({ rows: 9, unpublished: 0 });
});

test('an emptied table, and one that was restored in another cluster, are counted right', async () => {
  await insert(10);
  await publish(6);
  await pool.query('delete from orders where id = 1');
  await pool.query('update source_identity set system_identifier = 1');
  expect(await verifySourceIdentity(pool, () => Promise.resolve())).toMatchObject({ renumbered: true });
  expect(await counts()).toEqual({ rows: 9, unpublished: 4 });
  await pool.query('truncate orders');
  expect(await counts()).toEqual({ rows: 0, unpublished: 0 });
  await insert(4);
  await publish(3);
  expect(await counts()).toEqual({ rows: 4, unpublished: 1 });
});
