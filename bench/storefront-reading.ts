import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { createMetricsRegistry } from '../apis/http/metrics.ts';
import { createHttpServer } from '../apis/http/http-server.ts';
import { createHeldBack } from '../apis/storefront/held-back.ts';
import { registerOrderDetails } from '../apis/storefront/routes/order-details.ts';
import { registerOrders } from '../apis/storefront/routes/orders.ts';
import { registerProducts } from '../apis/storefront/routes/products.ts';
import { registerTotals } from '../apis/storefront/routes/totals.ts';
import { createWaitingReading } from '../apis/storefront/waiting-reading.ts';
import { openAttemptLog } from '../db/attempt-log/open-attempt-log.ts';
import { countOn } from '../db/endput/count-on.ts';
import { createStorefrontPool } from '../db/endput/pool.ts';
import { prepareTotals } from '../db/endput/prepare-totals.ts';
import { readWaiting } from '../db/endput/totals.ts';
import { migrate } from '../db/migrate.ts';
import type { Pool } from '../db/pool.ts';
import { freePort } from '../local/services/free-port.ts';
import { startPostgres } from '../local/services/postgres.ts';
import { askOften } from './ask-often.ts';
import { queryOnce } from './databases.ts';
import { describeSurroundings } from './machine.ts';
import { writePageFigures } from './page-figures.ts';
import { inRunFolder } from './run-folder.ts';
import { inWords, say } from './say.ts';

/**
 * How quickly the storefront answers with many stored orders: `node --import tsx bench/storefront-reading.ts
 * [--orders 10000000] [--products 99999]`, of two sources. Each question is asked 50 times of the routes themselves.
 */
const { values: options } = parseArgs({
  options: { orders: { type: 'string', default: '10000000' }, products: { type: 'string', default: '99999' } },
});
const ORDERS = Number(options.orders);
const PRODUCTS = Number(options.products);
const MIGRATIONS = fileURLToPath(new URL('../db/endput/migrations', import.meta.url));
const PAGE = 50_000;
const logger = pino({ level: 'warn' });

/** One product of a hundred is a mug, all are a product. */
const FILL = `
  insert into orders (message_id, cycle, attempt, stored_at, system, database_resource, schema_resource, table_resource,
                      source_id, product, price, security_check, created_at)
  select gen_random_uuid(), 0, 1 + g % 5, timestamptz '2026-01-01' + g * interval '10 milliseconds', 'system_' || 1 + g % 2,
         'db_postgres', 'public', 'orders', g / 2,
         case when g::bigint * 7919 % $3 % 100 = 0 then 'Mug, product ' else 'Product ' end || g::bigint * 7919 % $3,
         1 + g % 500, true, timestamptz '2026-01-01' + g * interval '10 milliseconds'
    from generate_series($1::integer, $2::integer) g`;

const surroundings = await describeSurroundings();
await inRunFolder(async (folder) => {
  const server = await startPostgres({
    ...{ name: 'endput', folder: join(folder, 'endput'), port: await freePort(), databases: ['endput', 'log'] },
  });
  const url = server.url('endput');
  await migrate(url, MIGRATIONS, logger);
  await fill(url);
  const pool = createStorefrontPool(url, { name: 'storefront', logger });
  await count(pool, url);
  const rows = await ask(pool, url, server.url('log'));
  await pool.end();
  const isStandard = ORDERS === 10_000_000 && PRODUCTS === 99_999;
  const of = `${inWords(ORDERS)} stored orders of ${inWords(PRODUCTS)} products`;
  const head = ['question', 'p50, ms', 'p95, ms'];
  await writePageFigures({ name: 'storefront-reading', of, surroundings, head, rows }, isStandard);
});

async function count(pool: Pool, url: string): Promise<void> {
  const began = performance.now();
  await prepareTotals(pool);
  while ((await countOn(pool, 5_000, true))?.more === true);
  say(`counted in ${inWords((performance.now() - began) / 1000)} s`);
  await queryOnce(url, 'vacuum analyze products, product_sales');
}

async function ask(pool: Pool, endput: string, log: string): Promise<[string, number, number][]> {
  const attemptLog = await openAttemptLog(log, 3_600_000, logger);
  await attemptLog.prepare();
  const app = await createHttpServer({
    ...{ logger, registry: createMetricsRegistry({}), translateError: () => undefined },
    api: { title: 'Storefront', description: '', version: '0', tags: [] },
    notReady: () => Promise.resolve(undefined),
  });
  registerOrders(app, { pool });
  registerOrderDetails(app, { pool, attemptLog, attemptLogTtl: 3_600_000, maxAttempts: 5, logger });
  registerProducts(app, { pool });
  registerTotals(app, { pool, waiting: createWaitingReading(() => readWaiting(pool)), heldBack: createHeldBack() });
  const get = async (path: string): Promise<string> => {
    const { statusCode, body } = await app.inject({ url: `/v0${path}` });
    if (statusCode !== 200) throw new Error(`${path}: ${body}`);
    return body;
  };
  const some = await queryOnce<{ id: string; place: string }>(
    endput,
    `select message_id as id, xid::text || '.' || message_id::text as place
       from orders where message_id > $1::uuid order by message_id limit 50`,
    [randomUUID()],
  );
  const keys = await queryOnce<{ key: string; place: string }>(
    endput,
    `select key, orders::text || '.' || key::text as place from product_sales where key > $1::uuid order by key limit 50`,
    ['77777777-7777-7777-7777-777777777777'],
  );
  const product = (n: number) => 1_000 + ((n * 37) % Math.max(1, PRODUCTS - 1_000));
  const questions: [string, (n: number) => string][] = [
    ['totals', () => '/totals'],
    ['orders, newest', () => '/orders'],
    ['orders, a page anywhere', (n) => `/orders?after=${some[n % some.length]?.place ?? ''}`],
    ['orders, one message id', (n) => `/orders?search=${some[n % some.length]?.id ?? ''}`],
    ['orders, an id of a source', (n) => `/orders?source=system_2&source_id=${1 + n * 1_001}`],
    ['orders, of one product by its key', (n) => `/orders?product=${keys[n % keys.length]?.key ?? ''}`],
    ['orders, a product', (n) => `/orders?search=product%20${product(n)}`],
    ['orders, a word of one product in a hundred', () => '/orders?search=mug'],
    ['orders, a word of every product', () => '/orders?search=product'],
    ['orders, a word of none', (n) => `/orders?search=nothing${n}`],
    ['one order', (n) => `/orders/${some[n % some.length]?.id ?? ''}`],
    ['products, best sold', () => '/products'],
    ['products, a page anywhere', (n) => `/products?after=${keys[n % keys.length]?.place ?? ''}`],
    ['products, a product', (n) => `/products?search=product%20${product(n)}`],
    ['products, a word of one in a hundred', () => '/products?search=mug'],
    ['products, a word of every one', () => '/products?search=product'],
    ['products, a word of none', (n) => `/products?search=nothing${n}`],
    ['products, a word of every one and one of none', (n) => `/products?search=product%20nothing${n}`],
  ];
  const asked: [string, number, number][] = [];
  for (const [name, path] of questions) asked.push([name, ...(await askOften(name, (n) => get(path(n))))]);
  await app.close();
  await attemptLog.close();
  return asked;
}

async function fill(url: string): Promise<void> {
  const began = performance.now();
  for (let from = 1; from <= ORDERS; from += PAGE)
    await queryOnce(url, FILL, [from, Math.min(ORDERS, from + PAGE - 1), PRODUCTS]);
  await queryOnce(url, 'vacuum analyze orders');
  say(`${inWords(ORDERS)} orders made in ${inWords((performance.now() - began) / 1000)} s`);
}
