import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../test/harness/databases.ts';
import { migrate } from '../migrate.ts';
import { countOn } from './count-on.ts';
import { findOrders, readOrdersOfProduct } from './find-orders.ts';
import { createEndputPool, createStorefrontPool } from './pool.ts';
import { prepareTotals } from './prepare-totals.ts';
import { findProducts, readBestSold } from './products.ts';
import { writeSettlement } from './settlement.ts';
import { readStandings } from './standings.ts';
import { readNewestOrders, readOrdersBySourceId, readStoredOrder } from './stored-orders.ts';
import { readCountingHorizon, readNextDue, readTotals, readTotalsVersion } from './totals.ts';
import { readUnstoredMessage } from './unstored-message.ts';

const logger = pino({ level: 'silent' });
/**
 * Tables that grow with the orders. One statement is not asked here: `readWaiting` counts all retries, and rests for long.
 * Left out are tables of totals, which have a row a source, and `removed_rows`, which is empty.
 */
const GROWING = ['orders', 'retries', 'dead_letters', 'products', 'product_sales', 'counted_dead_letters'];

test('no statement of the storefront reads a whole table, however small it was when the statement was planned', async () => {
  const database = await createDatabase();
  await migrate(database.url, fileURLToPath(new URL('migrations', import.meta.url)), logger);
  const consumer = createEndputPool(database.url, { name: 'consumer', logger, max: 1 });
  const pool = createStorefrontPool(database.url, { name: 'storefront', logger, max: 1 });
  onTestFinished(async () => {
    await Promise.all([pool.end(), consumer.end()]);
    await database.drop();
  });
  const settle = async (count: number): Promise<string[]> => {
    const ids = Array.from({ length: count }, () => randomUUID());
    const at = new Date();
    const message = (messageId: string) => ({
      ...{ messageId, position: { cycle: 0, attempt: 1 }, at, source: 'system_1', type: 'order', headers: {} },
      ...{ error: { kind: 'transient' as const, message: 'why' }, body: Buffer.from('{}') },
    });
    await writeSettlement(consumer, {
      stored: ids.map((messageId, sourceId) => ({
        ...{ messageId, position: { cycle: 0, attempt: 1 }, at },
        order: {
          ...{ system: 'system_1', databaseResource: 'db', schemaResource: 'public', tableResource: 'orders' },
          ...{ sourceId, product: `Tea ${sourceId % 50}`, price: '1.00', securityCheck: true },
          createdAt: '2024-01-16T17:51:41.887123Z',
        },
      })),
      retries: [{ ...message(randomUUID()), dueAt: at, heldDeliveries: null }],
      deadLetters: [{ ...message(randomUUID()), reason: 'attempts_exhausted' }],
    });
    return ids;
  };
  const scans = async () => {
    await pool.query('select pg_stat_force_next_flush()');
    const { rows } = await pool.query<{ relname: string; scans: number }>(
      `select relname, seq_scan::int as scans from pg_stat_user_tables where relname = any ($1) order by 1`,
      [GROWING],
    );
    return rows;
  };

  await prepareTotals(pool);
  await settle(5);
  await countOn(pool, 100, true);
  await pool.query('analyze');
  const before = await scans();
  expect(before).toHaveLength(GROWING.length);
  // More often than a statement is planned for its parameters; and the tables grow meanwhile.
  for (let round = 0; round < 7; round += 1) {
    const [id = ''] = await settle(200);
    await prepareTotals(pool);
    expect((await countOn(pool, 1_000, true))?.rows).toBeGreaterThan(0);
    await Promise.all([readTotals(pool), readTotalsVersion(pool), readNextDue(pool)]);
    await readCountingHorizon(pool);
    const [newest] = await readNewestOrders(pool, 10);
    expect(await readNewestOrders(pool, 10, newest)).toHaveLength(10);
    expect(await readOrdersBySourceId(pool, 3, 'system_1', 5)).not.toEqual([]);
    expect(await readOrdersBySourceId(pool, 3, undefined, 5)).not.toEqual([]);
    expect(await readStoredOrder(pool, id)).toBeDefined();
    await readUnstoredMessage(pool, randomUUID());
    await readStandings(pool, [id, randomUUID()]);
    const [best] = await readBestSold(pool, 10);
    for (const search of ['tea', 'tea 7', 'nothing', '%', 'tea nothing']) {
      await findProducts(pool, search, 100, best);
      await findProducts(pool, search, 10);
      await findOrders(pool, search, 1_000);
      await findOrders(pool, search, 10, newest);
    }
    expect((await readOrdersOfProduct(pool, best?.key ?? '', 10_000)).orders).not.toEqual([]);
  }
  expect(await scans()).toEqual(before);
});
