import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../test/harness/databases.ts';
import { migrate } from '../migrate.ts';
import { countOn } from './count-on.ts';
import { findOrders, readOrdersOfProduct } from './find-orders.ts';
import { readOperationMessages, type OperationMessageState } from './operation-messages.ts';
import { createEndputPool, createStorefrontPool } from './pool.ts';
import { prepareTotals } from './prepare-totals.ts';
import { findProducts, readBestSold } from './products.ts';
import { writeSettlement } from './settlement.ts';
import { readStandings } from './standings.ts';
import { readNewestOrders, readOrdersBySourceId, readStoredOrder } from './stored-orders.ts';
import { readBooks, readCountingHorizon, readNextDue, readTotals, readTotalsVersion } from './totals.ts';
import { readUnstoredMessage } from './unstored-message.ts';

const logger = pino({ level: 'silent' });
/**
 * Tables that grow with the orders. One statement is not asked here: `readWaiting` counts all retries, and rests for long.
 * Left out are tables of totals, which have a row a source, and `removed_rows`, which is empty.
 */
const GROWING = ['orders', 'retries', 'dead_letters', 'products', 'product_sales', 'counted_dead_letters'];

async function prepareEndput() {
  const database = await createDatabase();
  await migrate(database.url, fileURLToPath(new URL('migrations', import.meta.url)), logger);
  const consumer = createEndputPool(database.url, { name: 'consumer', logger, max: 1 });
  const pool = createStorefrontPool(database.url, { name: 'storefront', logger, max: 1 });
  onTestFinished(async () => {
    await Promise.all([pool.end(), consumer.end()]);
    await database.drop();
  });
  return { consumer, pool };
}

test('no statement of the storefront reads a whole table, however small it was when the statement was planned', async () => {
  const { consumer, pool } = await prepareEndput();
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
    await readBooks(pool);
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

test('messages of a state are found without a walk over the others, where there are few of them and where there are none', async () => {
  const { pool } = await prepareEndput();
  const [kept, none] = [randomUUID(), randomUUID()];
  const size = 3_000;
  for (const [id, kind, others, last] of [
    [kept, 'redrive', 'dead_again', 'stored'],
    [none, 'discard', 'skipped', 'waiting'],
  ] as const) {
    await pool.query(
      `insert into desk_operations (id, kind, state, actor, taken, confirmed, total, sent, stored)
       values ($1, $2, 'done', 'ada', $3, $3, $3, 1, case when $2 = 'redrive' then 1 else 0 end)`,
      [id, kind, size],
    );
    await pool.query(
      `insert into desk_operation_messages (operation, seq, message_id, cycle, attempt, reason, error_kind, error_message, state)
       select $1, n, gen_random_uuid(), 0, 5, 'attempts_exhausted', 'transient', 'why', case when n = $2 then $4 else $3 end
         from generate_series(1, $2) n`,
      [id, size, others, last],
    );
  }
  const read = async (): Promise<number> => {
    await pool.query('select pg_stat_force_next_flush()');
    const { rows } = await pool.query<{ read: number }>(
      `select (sum(idx_tup_read) + (select seq_tup_read from pg_stat_user_tables where relname = 'desk_operation_messages'))::int
              as read from pg_stat_user_indexes where relname = 'desk_operation_messages'`,
    );
    return rows[0]?.read ?? Number.NaN;
  };
  const placesOf = async (id: string, state: OperationMessageState | undefined) =>
    (await readOperationMessages(pool, id, { state, after: 0, limit: 10 }))?.map(({ place }) => place);
  for (const analyzed of [false, true]) {
    if (analyzed) await pool.query('analyze');
    const before = await read();
    expect(await placesOf(kept, 'stored')).toEqual([size]);
    expect(await placesOf(none, 'marked')).toEqual([size]);
    for (const state of ['waiting', 'sent', 'marked', 'skipped'] as const)
      expect(await placesOf(kept, state)).toEqual([]);
    for (const state of ['waiting', 'sent', 'stored', 'dead_again'] as const)
      expect(await placesOf(none, state)).toEqual([]);
    for (const id of [kept, none]) expect(await placesOf(id, undefined)).toHaveLength(10);
    expect(await placesOf(kept, 'dead_again')).toHaveLength(10);
    expect((await read()) - before).toBeLessThan(100);
  }
});
