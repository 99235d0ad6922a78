import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEndputPool } from '../db/endput/pool.ts';
import { writeSettlement } from '../db/endput/settlement.ts';
import { migrate } from '../db/migrate.ts';
import type { Pool } from '../db/pool.ts';
import type { Publication } from '../rabbitmq/publisher.ts';
import { ATTEMPTS_EXCHANGE, ORDERS_EXCHANGE } from '../rabbitmq/topology.ts';
import { createDatabase } from '../test/harness/databases.ts';
import { readRecords } from './attempt-records.ts';
import { createConsumerMetrics } from './metrics.ts';
import { runSweeper } from './sweeper.ts';

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

test('an overdue retry is published again with the record of the attempt that is done', async () => {
  const messageId = randomUUID();
  const at = new Date(Date.now() - 60_000);
  const origin = { system: 's', database_resource: 'd', schema_resource: 'public', table_resource: 'orders' };
  const order = { id: 1, product: 'x', price: '1.00', created_at: '2026-01-01T00:00:00Z', security_check: true };
  const message = { schema_version: 1, message_id: messageId, processing: { processing_times: 4 }, origin, order };
  const error = { kind: 'transient', message: 'why' };
  const body = Buffer.from(JSON.stringify(message));
  const kept = { messageId, position: { cycle: 0, attempt: 2 }, at, dueAt: at, error, headers: {}, body };
  await writeSettlement(pool, { stored: [], deadLetters: [], retries: [{ ...kept, source: 's', type: 'order' }] });

  const stop = new AbortController();
  const published: Publication[] = [];
  await runSweeper({
    pool,
    interval: 10,
    overdue: 1_000,
    backlog: () => Promise.resolve(0),
    publish: (publications) => {
      published.push(...publications);
      stop.abort();
      return Promise.resolve();
    },
    maxAttempts: 5,
    attemptLogTtl: 60_000,
    stop: stop.signal,
    logger,
    metrics: createConsumerMetrics(),
  });

  expect(published.map(({ exchange }) => exchange)).toEqual([ATTEMPTS_EXCHANGE, ORDERS_EXCHANGE]);
  const [records, retry] = published;
  expect(retry?.headers).toEqual({ attempt: 3, cycle: 0 });
  expect(readRecords(records?.body ?? Buffer.from(''))).toMatchObject([
    {
      message_id: messageId,
      cycle: 0,
      processing: { processing_attempts: 2, processing_times: 4 },
      order,
      outcome: 'retrying',
      error,
      processed_at: at.toISOString(),
      next_attempt_at: at.toISOString(),
    },
  ]);
});
