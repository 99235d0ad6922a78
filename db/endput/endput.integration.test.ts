import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../../test/harness/databases.ts';
import { migrate } from '../migrate.ts';
import type { Pool } from '../pool.ts';
import { createEndputPool } from './pool.ts';
import { classifyEndputError } from './endput-errors.ts';
import { sweepOverdueRetries } from './overdue-retries.ts';
import { probeEndput } from './probe.ts';
import { writeSettlement, type DeadLetter, type OrderRow, type StoredOrder, type WaitingRetry } from './settlement.ts';
import { readStandings } from './standings.ts';
import { acquit, suspect, withdrawSuspicion } from './suspects.ts';

const logger = pino({ level: 'silent' });
const MIGRATIONS = fileURLToPath(new URL('migrations', import.meta.url));
let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  await migrate(database.url, MIGRATIONS, logger);
  pool = createEndputPool(database.url, { name: 'test', logger, max: 10 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const at = new Date('2026-01-01T00:00:00.123Z');
const ORDER: OrderRow = {
  system: 'system_1',
  databaseResource: 'db_postgres_1',
  schemaResource: 'public',
  tableResource: 'orders',
  sourceId: 1,
  product: 'PINK "HEART", {LARGE} \\ NULL',
  price: '274.00',
  securityCheck: true,
  createdAt: '2024-01-16T17:51:41.887123Z',
};
const body = Buffer.from([0, 1, 2, 255]);
const kept = {
  source: 'system_1',
  type: 'order',
  error: { kind: 'transient', message: 'why' },
  headers: { attempt: 1, cycle: 0 },
  body,
};
const position = (attempt: number, cycle = 0) => ({ position: { cycle, attempt }, at });
const storedOrder = (messageId: string, attempt: number, order: Partial<OrderRow> = {}): StoredOrder => ({
  messageId,
  ...position(attempt),
  order: { ...ORDER, ...order },
});
const retry = (messageId: string, attempt: number, dueAt = at): WaitingRetry => ({
  messageId,
  ...position(attempt),
  ...kept,
  dueAt,
  heldDeliveries: null,
});
const deadLetter = (messageId: string, attempt: number): DeadLetter => ({
  messageId,
  ...position(attempt),
  ...kept,
  reason: 'attempts_exhausted',
});
const settle = async (parts: { stored?: StoredOrder[]; retries?: WaitingRetry[]; deadLetters?: DeadLetter[] }) => [
  ...(await writeSettlement(pool, { stored: [], retries: [], deadLetters: [], ...parts })),
];
const standingOf = async (id: string) => (await readStandings(pool, [id])).get(id);

describe('a settlement', () => {
  test('stores an order as it came, once', async () => {
    const id = randomUUID();
    expect(await settle({ stored: [storedOrder(id, 2)] })).toEqual([id]);
    expect(await settle({ stored: [storedOrder(id, 3, { product: 'another' })] })).toEqual([]);
    const { rows } = await pool.query(
      `select product, price::text, source_id::int, to_char(created_at at time zone 'utc', 'HH24:MI:SS.US') as created
         from orders where message_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ product: ORDER.product, price: '274.00', source_id: 1, created: '17:51:41.887123' }]);
    expect(await standingOf(id)).toEqual({ stored: { position: { cycle: 0, attempt: 2 }, at } });
  });

  test('raises the position of a retry and never lowers it', async () => {
    const id = randomUUID();
    expect(await settle({ retries: [retry(id, 1)] })).toEqual([id]);
    expect(await settle({ retries: [retry(id, 2)] })).toEqual([id]);
    expect(await settle({ retries: [retry(id, 2)] })).toEqual([]);
    expect(await settle({ retries: [retry(id, 1)] })).toEqual([]);
    expect(await settle({ deadLetters: [deadLetter(id, 2)] })).toEqual([]);
    expect((await standingOf(id))?.waiting).toEqual({
      position: { cycle: 0, attempt: 2 },
      at,
      dueAt: at,
      error: kept.error,
      carrier: 1,
    });
    expect(await settle({ retries: [{ ...retry(id, 3), heldDeliveries: 7 }] })).toEqual([id]);
    expect((await standingOf(id))?.waiting).toMatchObject({ carrier: 1, heldDeliveries: 7 });
    expect(await settle({ retries: [retry(id, 4)] })).toEqual([id]);
    expect((await standingOf(id))?.waiting).not.toHaveProperty('heldDeliveries');
  });

  test('buries a message: its retry ends, and nothing lower comes after it', async () => {
    const id = randomUUID();
    await settle({ retries: [retry(id, 4)] });
    expect(await settle({ deadLetters: [deadLetter(id, 5)] })).toEqual([id]);
    expect(await settle({ deadLetters: [deadLetter(id, 5)] })).toEqual([]);
    expect(await settle({ retries: [retry(id, 5), retry(randomUUID(), 1)] })).toHaveLength(1);
    const standing = await standingOf(id);
    expect(standing?.waiting).toBeUndefined();
    expect(standing?.ledger).toMatchObject({ position: { cycle: 0, attempt: 5 }, state: 'dead' });
    const { rows } = await pool.query<{ body: Buffer }>('select body from dead_letters where message_id = $1', [id]);
    expect(rows[0]?.body.equals(body)).toBe(true);
  });

  test('lets a stored order win over its retry and its ledger row', async () => {
    const [waits, died] = [randomUUID(), randomUUID()];
    await settle({ retries: [retry(waits, 1)], deadLetters: [deadLetter(died, 5)] });
    expect(await settle({ stored: [storedOrder(waits, 2), storedOrder(died, 3)] })).toHaveLength(2);
    expect((await standingOf(waits))?.waiting).toBeUndefined();
    expect((await standingOf(died))?.ledger?.state).toBe('resolved');
    expect(await settle({ retries: [retry(waits, 9)], deadLetters: [deadLetter(waits, 9)] })).toEqual([]);
  });

  test('is all or nothing, and says that a row is at fault', async () => {
    const good = randomUUID();
    for (const order of [{ product: 'a\0b' }, { price: '9999999999999' }, { createdAt: '2024-02-31T00:00:00Z' }]) {
      const writing = settle({
        stored: [storedOrder(good, 1), storedOrder(randomUUID(), 1, order)],
        retries: [retry(randomUUID(), 1)],
      });
      const error: unknown = await writing.catch((thrown: unknown) => thrown);
      expect(classifyEndputError(error)).toBe('row_refused');
    }
    expect(await standingOf(good)).toBeUndefined();
  });

  test('written by two consumers at once moves each message once', async () => {
    const ids = Array.from({ length: 200 }, () => randomUUID());
    const both = await Promise.all(
      [1, 2].map(() =>
        settle({
          stored: ids.slice(0, 100).map((id) => storedOrder(id, 1)),
          retries: ids.slice(100).map((id) => retry(id, 1)),
        }),
      ),
    );
    expect(both.flat().sort()).toEqual([...ids].sort());
  });
});

describe('the sweep', () => {
  test('hands out what is overdue, once in a while, and one process at a time', async () => {
    await pool.query('delete from retries');
    const [overdue, due] = [randomUUID(), randomUUID()];
    await settle({ retries: [retry(overdue, 2), retry(due, 1, new Date(Date.now() + 60_000))] });
    const handed: string[] = [];
    const swept = await sweepOverdueRetries(pool, 30_000, 10, async (retries) => {
      handed.push(...retries.map(({ messageId, attempt }) => `${messageId}:${attempt}`));
      expect(await sweepOverdueRetries(pool, 30_000, 10, () => Promise.reject(new Error('never called')))).toBe(0);
    });
    expect(swept).toBe(1);
    expect(handed).toEqual([`${overdue}:2`]);
    expect(await sweepOverdueRetries(pool, 30_000, 10, () => Promise.resolve())).toBe(0);
  });

  test('that could not publish tries again', async () => {
    await pool.query('delete from retries');
    await settle({ retries: [retry(randomUUID(), 1)] });
    await expect(sweepOverdueRetries(pool, 30_000, 10, () => Promise.reject(new Error('away')))).rejects.toThrow(
      'away',
    );
    expect(await sweepOverdueRetries(pool, 30_000, 10, () => Promise.resolve())).toBe(1);
  });
});

test('no statement reads a whole table, however small it was when the statement was planned', async () => {
  const own = await createDatabase();
  await migrate(own.url, MIGRATIONS, logger);
  const small = createEndputPool(own.url, { name: 'test', logger, max: 1 });
  const reads = async () => {
    await small.query('select pg_stat_force_next_flush()');
    const { rows } = await small.query<{ relname: string; scans: number }>(
      `select relname, seq_scan::int as scans from pg_stat_user_tables
        where relname in ('orders', 'retries', 'dead_letters', 'suspects') order by 1`,
    );
    return rows;
  };
  const ids = Array.from({ length: 6 }, () => randomUUID());
  const write = (id: string) =>
    writeSettlement(small, {
      stored: [storedOrder(id, 3)],
      retries: [retry(randomUUID(), 1)],
      deadLetters: [deadLetter(randomUUID(), 1)],
    });
  for (const id of ids) await write(id);
  await small.query('analyze');
  const before = await reads();
  expect(before).toHaveLength(4);
  // More often than a statement is planned for its parameters.
  for (const id of ids) {
    await readStandings(small, [...ids, randomUUID()]);
    await write(randomUUID());
    await suspect(small, { messageId: id, cycle: 0, token: randomUUID() });
    await acquit(small, { messageId: id, cycle: 0 });
    expect(await sweepOverdueRetries(small, 30_000, 1, () => Promise.resolve())).toBe(1);
  }
  expect(await reads()).toEqual(before);
  await small.end();
  await own.drop();
});

test('the deaths of a suspect are counted once a raise, taken back once, and forgotten', async () => {
  const raise = (messageId: string, cycle = 0) => ({ messageId, cycle, token: randomUUID() });
  const id = randomUUID();
  const deaths = async () =>
    (await pool.query<object>('select cycle, deaths from suspects where message_id = $1', [id])).rows;
  const [first, second, other] = [raise(id), raise(id), raise(id, 1)];
  expect([await suspect(pool, first), await suspect(pool, second), await suspect(pool, other)]).toEqual([0, 1, 0]);
  expect(await suspect(pool, second)).toBe(1);
  await withdrawSuspicion(pool, second);
  await withdrawSuspicion(pool, second);
  await withdrawSuspicion(pool, other);
  expect(await deaths()).toEqual([{ cycle: 0, deaths: 1 }]);
  await acquit(pool, { messageId: id, cycle: 0 });
  expect(await deaths()).toEqual([]);

  await suspect(pool, first);
  await suspect(pool, other);
  const nothing = { stored: [], retries: [], deadLetters: [] };
  await writeSettlement(pool, { ...nothing, retries: [retry(id, 1)] }, { messageId: id, cycle: 0 });
  expect(await deaths()).toEqual([{ cycle: 1, deaths: 1 }]);
  const refused = writeSettlement(
    pool,
    { ...nothing, stored: [{ ...storedOrder(id, 2), order: { ...storedOrder(id, 2).order, price: 'none' } }] },
    { messageId: id, cycle: 1 },
  );
  await expect(refused).rejects.toThrow();
  expect(await deaths()).toEqual([{ cycle: 1, deaths: 1 }]);
});

test('the probe fails where a settlement would: read-only, or a table is missing', async () => {
  await probeEndput(pool);
  const other = await createDatabase();
  const readOnly = createEndputPool(`${database.url}?options=-c%20default_transaction_read_only%3Don`, {
    name: 'test',
    logger,
  });
  const empty = createEndputPool(other.url, { name: 'test', logger });
  for (const [broken, code] of [
    [readOnly, '25006'],
    [empty, '42P01'],
  ] as const) {
    const error: unknown = await probeEndput(broken).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(classifyEndputError(error)).toBe('outage');
    await broken.end();
  }
  await other.drop();
});
