import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OrderRow } from '../db/endput/settlement.ts';
import { migrate } from '../db/migrate.ts';
import { createEndputPool } from '../db/endput/pool.ts';
import type { Pool } from '../db/pool.ts';
import type { RetryTransportName } from '../rabbitmq/retry-transport.ts';
import { createDatabase } from '../test/harness/databases.ts';
import type { Decoded } from './decode.ts';
import type { Outcome } from './failure.ts';
import { createOutageHold } from './outage-hold.ts';
import { retryPolicyOf } from './retry-policy.ts';
import type { Attempt } from './run-handlers.ts';
import { settleInEndput } from './settle.ts';

const logger = pino({ level: 'silent' });
let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  await migrate(database.url, fileURLToPath(new URL('../db/endput/migrations', import.meta.url)), logger);
  pool = createEndputPool(database.url, { name: 'test', logger });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const ROW: OrderRow = {
  system: 'system_1',
  databaseResource: 'db',
  schemaResource: 'public',
  tableResource: 'orders',
  sourceId: 1,
  product: 'x',
  price: '1.00',
  securityCheck: true,
  createdAt: '2026-01-01T00:00:00Z',
};
const success = (row: Partial<OrderRow> = {}): Outcome<OrderRow> => ({ kind: 'succeeded', result: { ...ROW, ...row } });
const failure: Outcome<OrderRow> = { kind: 'failed', failure: { kind: 'transient', message: 'why' } };

function attempt(messageId: string, outcome: Outcome<OrderRow>, redelivered = false): Attempt {
  const decoded = {
    messageId,
    source: 'system_1',
    type: 'order',
    headers: { attempt: 1, cycle: 0 },
    position: { attempt: 1, cycle: 0 },
    redelivered,
    delivery: { content: Buffer.from('{}') },
  } as unknown as Decoded;
  return { decoded, outcome, endedAt: new Date(), durationMs: 1 };
}

const settle = (attempts: Attempt[], transport: RetryTransportName = 'ttl') => {
  const hold = createOutageHold({
    limit: 1_000,
    cutOff: new AbortController().signal,
    logger,
    onOutage: () => undefined,
  });
  return settleInEndput(attempts, { pool, hold, policy: retryPolicyOf(5, '10s'), transport: { name: transport } });
};
const summary = (settled: Awaited<ReturnType<typeof settle>>) =>
  settled.map(({ decoded, what }) => [decoded.messageId, what.outcome]);

test('a row that endput refuses becomes a dead letter, and all of its neighbours go through', async () => {
  const ids = Array.from({ length: 50 }, () => randomUUID());
  const poisoned = new Set([ids[7], ids[8], ids[33]]);
  const settled = await settle(
    ids.map((id, n) => attempt(id, n % 5 === 4 ? failure : success(poisoned.has(id) ? { product: 'a\0b' } : {}))),
  );
  expect(new Map(settled.map(({ decoded, what }) => [decoded.messageId, what]))).toEqual(
    new Map(
      ids.map((id, n) => [
        id,
        poisoned.has(id)
          ? expect.objectContaining({ outcome: 'dead', reason: 'refused_by_endput' })
          : expect.objectContaining({ outcome: n % 5 === 4 ? 'retrying' : 'succeeded' }),
      ]),
    ),
  );
});

test('what another consumer has in hand is left to it', async () => {
  const id = randomUUID();
  expect(summary(await settle([attempt(id, success())]))).toEqual([[id, 'succeeded']]);
  expect(summary(await settle([attempt(id, success())]))).toEqual([]);
});

test('what a consumer settled that lost the message before it published is published by the next one', async () => {
  const [stored, waiting] = [randomUUID(), randomUUID()];
  await settle([attempt(stored, success()), attempt(waiting, failure)]);
  // What endput holds counts, whatever this consumer came to.
  expect(summary(await settle([attempt(stored, failure, true)]))).toEqual([[stored, 'succeeded']]);
  expect(summary(await settle([attempt(waiting, failure, true)]))).toEqual([[waiting, 'retrying']]);
});
