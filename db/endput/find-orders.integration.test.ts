import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, queryOnce } from '../../test/harness/databases.ts';
import { migrate } from '../migrate.ts';
import type { Pool } from '../pool.ts';
import { countOn } from './count-on.ts';
import { prepareTotals } from './prepare-totals.ts';
import { findOrders, ORDERS_OF_A_PRODUCT, readOrdersOfProduct } from './find-orders.ts';
import { createStorefrontPool } from './pool.ts';
import { readBestSold } from './products.ts';
import type { StoredOrderRow } from './stored-orders.ts';

const logger = pino({ level: 'silent' });
let database: Awaited<ReturnType<typeof createDatabase>>;
let storefront: Pool;
beforeEach(async () => {
  database = await createDatabase();
  await migrate(database.url, fileURLToPath(new URL('migrations', import.meta.url)), logger);
  storefront = createStorefrontPool(database.url, { name: 'storefront', logger, max: 2 });
  await prepareTotals(storefront);
});
afterEach(async () => {
  await storefront.end();
  await database.drop();
});

/** Stores orders of a product, and resolves with their ids, newest first. */
async function store(product: string, count: number): Promise<string[]> {
  const rows = await queryOnce<{ message_id: string; xid: string }>(
    database.url,
    `insert into orders (message_id, cycle, attempt, stored_at, system, database_resource, schema_resource, table_resource,
                         source_id, product, price, security_check, created_at)
     select gen_random_uuid(), 0, 1, now(), 'system_1', 'db', 'public', 'orders', n, $1, 1, true, now()
       from generate_series(1, $2) n
     returning message_id`,
    [product, count],
  );
  return rows
    .map(({ message_id }) => message_id)
    .sort()
    .reverse();
}
async function count(): Promise<void> {
  while ((await countOn(storefront, 1_000, true))?.more === true);
}
const ids = (orders: readonly StoredOrderRow[]) => orders.map(({ messageId }) => messageId);
async function keyOf(name: string): Promise<string> {
  const product = (await readBestSold(storefront, 100)).find(({ product }) => product === name);
  if (product === undefined) throw new Error(`no product ${name}`);
  return product.key;
}

test('a search lists what the newest orders have, then the last orders of each product, and says that older ones are left out', async () => {
  const [oldest, other] = [await store('White mug', 15), await store('Black mug', 3)];
  await store('Filler', 450);
  const newest = await store('White mug', 20);
  await store('Filler', 100);
  await count();
  const found = await findOrders(storefront, 'mug', 100);
  // Of the newest 500 orders all 20; the last 10 of the product are among them, and so is nothing twice.
  expect(ids(found.orders)).toEqual([...newest, ...other]);
  expect(found).toMatchObject({ products: 2, leftOut: ['older_orders'] });
  expect(ids((await findOrders(storefront, 'black mug', 100)).orders)).toEqual(other);
  expect((await findOrders(storefront, 'black mug', 100)).leftOut).toEqual([]);
  // A page that the newest orders fill has all that there is.
  const page = await findOrders(storefront, 'mug', 15);
  expect(page).toMatchObject({ products: undefined, leftOut: [] });
  expect(ids(page.orders)).toEqual(newest.slice(0, 15));
  const next = await findOrders(storefront, 'mug', 100, page.orders.at(-1));
  expect(ids(next.orders).slice(0, 5)).toEqual(newest.slice(15));
  // From there the newest orders reach to the first one.
  expect(ids(next.orders).slice(5)).toEqual([...other, ...oldest]);
  expect(next.leftOut).toEqual([]);
});

test('where the newest orders have none, the last orders of a product are listed, newest first', async () => {
  const jugs: string[] = [];
  for (let index = 0; index < 15; index += 1) jugs.unshift(...(await store('Blue jug', 1)));
  await store('Filler', 600);
  await count();
  const found = await findOrders(storefront, 'blue', 100);
  expect(ids(found.orders)).toEqual(jugs.slice(0, ORDERS_OF_A_PRODUCT));
  expect(found).toMatchObject({ products: 1, leftOut: ['older_orders'] });
  // After one of them the looking begins there, and reaches all that are older.
  const [first] = found.orders;
  const next = await findOrders(storefront, 'blue', 100, first);
  expect(ids(next.orders)).toEqual(jugs.slice(1));
  expect(next.leftOut).toEqual([]);
});

test('more products than are looked up are said to be left out', async () => {
  await queryOnce(
    database.url,
    `insert into orders (message_id, cycle, attempt, stored_at, system, database_resource, schema_resource, table_resource,
                         source_id, product, price, security_check, created_at)
     select gen_random_uuid(), 0, 1, now(), 'system_1', 'db', 'public', 'orders', n, 'Jar ' || n, 1, true, now()
       from generate_series(1, 201) n`,
  );
  await store('Filler', 600);
  await count();
  expect(await findOrders(storefront, 'jar', 300)).toMatchObject({ products: 200, leftOut: ['other_products'] });
  expect(await findOrders(storefront, 'jar 20', 300)).toMatchObject({ products: 3, leftOut: [] });
});

test('the orders of one product are found by its key, whatever its name is and whatever else is named alike', async () => {
  const names = ['Product 228', 'Lamp#5', 'x'.repeat(10_000), '<img src=x onerror=alert(1)>', '100%'];
  const stored = new Map<string, string[]>();
  for (const name of names) stored.set(name, await store(name, 2));
  for (const name of ['Product 2280', 'Lamp', `${'x'.repeat(10_000)}x`, '100']) await store(name, 2);
  await count();
  for (const name of names) {
    const found = await readOrdersOfProduct(storefront, await keyOf(name), 100);
    expect(ids(found.orders), name.slice(0, 20)).toEqual(stored.get(name));
    expect(found.leftOut).toEqual([]);
  }
  expect(await readOrdersOfProduct(storefront, randomUUID(), 100)).toEqual({
    orders: [],
    products: undefined,
    leftOut: [],
  });
  const key = await keyOf('Lamp#5');
  const [first] = (await readOrdersOfProduct(storefront, key, 1)).orders;
  expect(ids((await readOrdersOfProduct(storefront, key, 1, first)).orders)).toEqual(stored.get('Lamp#5')?.slice(1));
});

test('of a product whose orders lie far back the last ones are listed', async () => {
  const early = await store('Early', 2);
  const vases: string[] = [];
  for (let index = 0; index < 12; index += 1) vases.unshift(...(await store('Vase', 1)));
  await store('Filler', 5_000);
  await count();
  const found = await readOrdersOfProduct(storefront, await keyOf('Vase'), 100);
  expect(ids(found.orders)).toEqual(vases.slice(0, ORDERS_OF_A_PRODUCT));
  expect(found.leftOut).toEqual(['older_orders']);
  expect(await readOrdersOfProduct(storefront, await keyOf('Early'), 100)).toMatchObject({ leftOut: [] });
  expect(ids((await readOrdersOfProduct(storefront, await keyOf('Early'), 100)).orders)).toEqual(early);
});
