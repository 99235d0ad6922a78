import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase } from '../../test/harness/databases.ts';
import { migrate } from '../migrate.ts';
import type { Pool } from '../pool.ts';
import { countOn } from './count-on.ts';
import { prepareTotals } from './prepare-totals.ts';
import { findOrders } from './find-orders.ts';
import { createEndputPool, createStorefrontPool } from './pool.ts';
import { findProducts, readBestSold } from './products.ts';
import { writeSettlement, type DeadLetter, type StoredOrder } from './settlement.ts';
import { readNewestOrders, readOrdersBySourceId } from './stored-orders.ts';
import { readTotals } from './totals.ts';

const logger = pino({ level: 'silent' });
const MIGRATIONS = fileURLToPath(new URL('migrations', import.meta.url));
let database: Awaited<ReturnType<typeof createDatabase>>;
let consumer: Pool;
let storefront: Pool;
beforeEach(async () => {
  database = await createDatabase();
  await migrate(database.url, MIGRATIONS, logger);
  consumer = createEndputPool(database.url, { name: 'consumer', logger, max: 4 });
  storefront = createStorefrontPool(database.url, { name: 'storefront', logger, max: 6 });
});
afterEach(async () => {
  await consumer.end();
  await storefront.end();
  await database.drop();
});

const at = new Date('2026-01-01T00:00:00.000Z');
const order = (
  product: string,
  price: string,
  more: Partial<StoredOrder> & { sourceId?: number } = {},
): StoredOrder => ({
  messageId: randomUUID(),
  position: { cycle: 0, attempt: 1 },
  at,
  ...more,
  order: {
    system: 'system_1',
    databaseResource: 'db',
    schemaResource: 'public',
    tableResource: 'orders',
    sourceId: more.sourceId ?? 1,
    product,
    price,
    securityCheck: true,
    createdAt: '2024-01-16T17:51:41.887123Z',
  },
});
const letter = (messageId: string, attempt = 5, cycle = 0): DeadLetter => ({
  messageId,
  position: { cycle, attempt },
  at,
  source: 'system_1',
  type: 'order',
  error: { kind: 'transient', message: 'why' },
  headers: {},
  body: Buffer.from('{}'),
  reason: 'attempts_exhausted',
});
const settle = (stored: StoredOrder[], deadLetters: DeadLetter[] = []) =>
  writeSettlement(consumer, { stored, retries: [], deadLetters });

/** Counts until nothing is left. */
async function count(limit = 3): Promise<void> {
  while ((await countOn(storefront, limit, true))?.more === true);
}
async function totals() {
  const { orders, deadLetters, products, complete } = await readTotals(storefront);
  const { rows: byCause } = await storefront.query(
    `select source, reason, state, sum(letters)::integer as letters from cause_totals
      group by 1, 2, 3 having sum(letters) <> 0 order by 1, 2, 3`,
  );
  expect(byCause).toEqual(deadLetters);
  return {
    complete,
    products,
    orders: orders.reduce((sum, total) => sum + total.orders, 0),
    revenue: orders.map(({ revenue }) => revenue).join(),
    letters: Object.fromEntries(deadLetters.map(({ state, letters }) => [state, letters])),
  };
}

test('every row is counted once, by pages smaller than one transaction, also those that were there before', async () => {
  await settle(Array.from({ length: 10 }, (_, index) => order(`Tea ${index % 2}`, '1.50')));
  await prepareTotals(storefront);
  expect(await totals()).toMatchObject({ complete: false, orders: 0 });
  await count();
  expect(await totals()).toEqual({ complete: true, products: 2, orders: 10, revenue: '15.00', letters: {} });
  await prepareTotals(storefront);
  await count();
  expect(await totals()).toMatchObject({ orders: 10 });
  expect(await readBestSold(storefront, 5)).toMatchObject([
    { orders: 5, revenue: '7.50', lastPrice: '1.50' },
    { orders: 5, revenue: '7.50', lastPrice: '1.50' },
  ]);
});

test('a row that commits late is counted when it does, though rows that began later were there first', async () => {
  await prepareTotals(storefront);
  const late = new pg.Client({ connectionString: database.url });
  await late.connect();
  await late.query('begin');
  await late.query(
    `insert into orders (message_id, cycle, attempt, stored_at, system, database_resource, schema_resource,
                         table_resource, source_id, product, price, security_check, created_at)
     values (gen_random_uuid(), 0, 1, now(), 'system_1', 'db', 'public', 'orders', 1, 'Late', 2, true, now())`,
  );
  await settle([order('Early', '1.00')]);
  await count();
  expect(await totals()).toMatchObject({ orders: 0 });
  await late.query('commit');
  await late.end();
  await count();
  expect(await totals()).toMatchObject({ orders: 2, revenue: '3.00' });
});

test('an xid of its own choice does not hide a row', async () => {
  await prepareTotals(storefront);
  await consumer.query(
    `insert into orders (message_id, cycle, attempt, stored_at, system, database_resource, schema_resource,
                         table_resource, source_id, product, price, security_check, created_at, xid)
     values (gen_random_uuid(), 0, 1, now(), 'system_1', 'db', 'public', 'orders', 1, 'Forged', 2, true, now(), '9999999999')`,
  );
  await count();
  expect(await totals()).toMatchObject({ orders: 1 });
});

test('a dead letter counts by the state that it has now, whatever it was counted as', async () => {
  await prepareTotals(storefront);
  const [resolved, redriven, discarded] = [randomUUID(), randomUUID(), randomUUID()];
  await settle([], [letter(resolved), letter(redriven), letter(discarded)]);
  await count();
  expect(await totals()).toMatchObject({ letters: { dead: 3 } });
  await settle([order('Tea', '1.00', { messageId: resolved })]);
  await consumer.query(`update dead_letters set state = 'redriving', cycle = 1, attempt = 0 where message_id = $1`, [
    redriven,
  ]);
  await consumer.query(`update dead_letters set state = 'discarded' where message_id = $1`, [discarded]);
  await count();
  expect(await totals()).toMatchObject({ orders: 1, letters: { resolved: 1, redriving: 1, discarded: 1 } });
  await settle([], [letter(redriven, 5, 1)]);
  await count();
  expect((await totals()).letters).toEqual({ dead: 1, resolved: 1, discarded: 1 });
});

test('a dead letter whose order exists does not count, whichever of the two is read first', async () => {
  await prepareTotals(storefront);
  const [letterFirst, orderFirst] = [randomUUID(), randomUUID()];
  await settle([order('Tea', '1.00', { messageId: orderFirst })], [letter(letterFirst)]);
  await count();
  // Two consumers settled copies at the same moment: neither saw the other's row, so the ledger still says "dead".
  const insert = `insert into dead_letters (message_id, cycle, attempt, source, type, reason, error_kind, error_message,
                                            first_seen_at, died_at, headers, body)
                  values ($1, 0, 5, 'system_1', 'order', 'attempts_exhausted', 'transient', 'why', now(), now(), '{}', '')`;
  await consumer.query(insert, [orderFirst]);
  await settle([order('Tea', '1.00', { messageId: letterFirst })]);
  await consumer.query(`update dead_letters set state = 'dead' where message_id = $1`, [letterFirst]);
  await count();
  expect(await totals()).toMatchObject({ orders: 2, letters: { resolved: 2 } });
});

test('several copies that count at once count nothing twice, and a page that fails counts nothing', async () => {
  await prepareTotals(storefront);
  await settle(Array.from({ length: 50 }, (_, index) => order(`Product ${index}`, '1.00')));
  const results = await Promise.all([1, 2, 3, 4].map(() => countOn(storefront, 7, true)));
  const counted = results.reduce((sum, result) => sum + (result?.rows ?? 0), 0);
  expect((await totals()).orders).toBe(counted);
  await storefront.query('alter table products add constraint broken check (false) not valid');
  await expect(count()).rejects.toMatchObject({ code: '23514' });
  await storefront.query('alter table products drop constraint broken');
  await count();
  expect(await totals()).toMatchObject({ orders: 50, products: 50, revenue: '50.00' });
});

test('a database that was restored in another cluster is counted anew, and goes on counting', async () => {
  await prepareTotals(storefront);
  await settle(
    Array.from({ length: 10 }, () => order('Tea', '1.00')),
    Array.from({ length: 4 }, () => letter(randomUUID())),
  );
  await count();
  // As after a restore: xids of a cluster that had given more of them, and its identity.
  await storefront.query('alter table orders disable trigger user');
  await storefront.query('alter table dead_letters disable trigger user');
  await storefront.query(`update orders set xid = '88888888888'`);
  await storefront.query(`update dead_letters set xid = '88888888888'`);
  await storefront.query('alter table orders enable trigger user');
  await storefront.query('alter table dead_letters enable trigger user');
  await storefront.query(`update count_position set system_identifier = 1, orders_xid = '88888888888'`);
  const files = async () =>
    (
      await storefront.query<{ names: number; sales: number }>(
        `select pg_relation_filenode('products') as names, pg_relation_filenode('product_sales') as sales`,
      )
    ).rows[0];
  const before = await files();
  expect(await prepareTotals(storefront, 3)).toEqual({ restored: true });
  // No transaction changes more than a page, and none deletes row by row: there may be ten million.
  for (const table of ['orders', 'dead_letters']) {
    const { rows } = await storefront.query<{ rows: number }>(
      `select count(*)::integer as rows from ${table} group by xid`,
    );
    expect(Math.max(...rows.map(({ rows: changed }) => changed))).toBeLessThanOrEqual(3);
  }
  const after = await files();
  expect(after?.names).not.toBe(before?.names);
  expect(after?.sales).not.toBe(before?.sales);
  expect(await prepareTotals(storefront, 3)).toEqual({ restored: false });
  await settle([order('Coffee', '2.00')]);
  await count();
  expect(await totals()).toMatchObject({ orders: 11, revenue: '12.00', products: 2, letters: { dead: 4 } });
});

test('what is deleted is taken back, whether it was counted before or not, and so is what is deleted from an emptied table', async () => {
  await prepareTotals(storefront);
  const [first, second, third, dead, redriven] = [randomUUID(), randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  await settle(
    [first, second].map((messageId) => order('Tea', '1.50', { messageId })),
    [letter(dead), letter(redriven)],
  );
  await count();
  const remove = (table: string, id: string) => consumer.query(`delete from ${table} where message_id = $1`, [id]);
  await remove('orders', first);
  await remove('dead_letters', dead);
  // Deleted before it was ever counted.
  await settle([order('Tea', '1.00', { messageId: third })], [letter(third)]);
  await remove('orders', third);
  await remove('dead_letters', third);
  await count();
  expect(await totals()).toMatchObject({ orders: 1, revenue: '1.50', letters: { dead: 1 } });
  // Deleted, and there again.
  await remove('dead_letters', redriven);
  await settle([order('Tea', '2.00')], [letter(redriven, 3)]);
  await count();
  expect(await totals()).toMatchObject({ orders: 2, revenue: '3.50', letters: { dead: 1 } });
  expect(await readBestSold(storefront, 5)).toMatchObject([{ orders: 2, revenue: '3.50' }]);
  expect((await storefront.query('select from removed_rows')).rows).toEqual([]);
  await consumer.query('truncate orders');
  await consumer.query('truncate dead_letters');
  await settle([order('Tea', '4.00')], [letter(randomUUID())]);
  await count();
  expect(await totals()).toMatchObject({ products: 1, orders: 1, revenue: '4.00', letters: { dead: 1 } });
});

test('a row that is deleted while its page is counted is taken back once', async () => {
  await prepareTotals(storefront);
  const [one, other] = [randomUUID(), randomUUID()];
  await settle([order('Tea', '1.00', { messageId: one }), order('Tea', '1.00', { messageId: other })]);
  const deleting = await consumer.connect();
  await deleting.query('begin');
  await deleting.query('delete from orders where message_id = $1', [one]);
  await count();
  expect(await totals()).toMatchObject({ orders: 2 });
  await deleting.query('commit');
  deleting.release();
  await count();
  await count();
  expect(await totals()).toMatchObject({ orders: 1, revenue: '1.00' });
});

test('words that many products have are not asked of the index where another word is rare', async () => {
  await prepareTotals(storefront);
  await settle(
    Array.from({ length: 1_000 }, (_, index) => order(`Product ${index}${index % 2 ? ' red' : ''}`, '1.00')),
  );
  await count(1_000);
  await consumer.query('analyze products');
  const asked: unknown[] = [];
  const recording = {
    query: (statement: string, values?: unknown[]) => {
      if (values !== undefined) asked.push(values.at(-1));
      return storefront.query(statement, values);
    },
  } as unknown as Pool;
  const found = async (search: string) =>
    (await findProducts(recording, search, 20)).products.map(({ product }) => product);
  expect(await found('prod 777')).toEqual(['Product 777 red']);
  expect(asked.at(-1)).toBe("'777':*");
  expect(await found('red 776')).toEqual([]);
  expect(await found('product nothing')).toEqual([]);
  expect(asked.at(-1)).toBe("'nothing':*");
  expect(await found('red product')).toHaveLength(20);
});

test('products are found by the beginnings of words, of any script, or of the name where it has no words', async () => {
  await prepareTotals(storefront);
  const names = [
    'Red Mug (large)',
    'mug, RED',
    'Redwood',
    'Ünder Café',
    '<img src=x onerror=alert(1)>',
    '🍵🍵 100%',
    'مرحبا بالعالم',
    `${'a'.repeat(9_000)} end`,
    '🎉'.repeat(5_000),
  ];
  await settle(names.map((name, index) => order(name, '1.00', { sourceId: index })));
  await count();
  const found = async (search: string) =>
    (await findProducts(storefront, search, 20)).products.map(({ product }) => product).sort();
  expect(await found('red mu')).toEqual(['Red Mug (large)', 'mug, RED']);
  expect(await found('RED')).toEqual(['Red Mug (large)', 'Redwood', 'mug, RED']);
  expect(await found('ünd caf')).toEqual(['Ünder Café']);
  expect(await found('<img onerror')).toEqual(['<img src=x onerror=alert(1)>']);
  expect(await found('مرحبا')).toEqual(['مرحبا بالعالم']);
  expect(await found('🍵')).toEqual(['🍵🍵 100%']);
  expect(await found('%')).toEqual([]);
  expect(await found("mug' | 'red")).toEqual(['Red Mug (large)', 'mug, RED']);
  expect(await found('a'.repeat(200))).toHaveLength(1);
  expect((await findOrders(storefront, 'red', 20)).orders.map(({ product }) => product).sort()).toEqual(
    await found('red'),
  );
  const first = await readNewestOrders(storefront, 4);
  const last = first.at(-1);
  if (!last) throw new Error('no orders');
  const second = await readNewestOrders(storefront, 20, last);
  expect(new Set([...first, ...second].map(({ product }) => product))).toEqual(new Set(names));
  expect(await readOrdersBySourceId(storefront, 3, 'system_1', 5)).toMatchObject([{ product: 'Ünder Café' }]);
  expect(await readOrdersBySourceId(storefront, 3, 'system_2', 5)).toEqual([]);
});
