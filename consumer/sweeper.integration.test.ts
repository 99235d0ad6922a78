import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createEndputPool } from '../db/endput/pool.ts';
import { writeSettlement } from '../db/endput/settlement.ts';
import { migrate } from '../db/migrate.ts';
import type { Publication } from '../rabbitmq/publisher.ts';
import { createDatabase } from '../test/harness/databases.ts';
import { readRecords } from './attempt-records.ts';
import { createConsumerMetrics } from './metrics.ts';
import { runSweeper } from './sweeper.ts';

const logger = pino({ level: 'silent' });

test('a retry that is overdue is published again, and the attempt before it put on record', async () => {
  const database = await createDatabase();
  await migrate(database.url, fileURLToPath(new URL('../db/endput/migrations', import.meta.url)), logger);
  const pool = createEndputPool(database.url, { name: 'test', logger });
  try {
    const messageId = randomUUID();
    const failedAt = new Date(Date.now() - 60_000);
    const waiting = {
      messageId,
      position: { cycle: 1, attempt: 2 },
      at: failedAt,
      dueAt: new Date(failedAt.getTime() + 1_000),
      heldDeliveries: null,
      source: 'system_1',
      type: 'order',
      error: { kind: 'transient', message: 'why' },
      headers: { attempt: 2, cycle: 1 },
      body: Buffer.from('{"message_id": "not read here"}'),
    };
    await writeSettlement(pool, { stored: [], retries: [waiting], deadLetters: [] });

    const stop = new AbortController();
    const published: Publication[] = [];
    await runSweeper({
      pool,
      interval: 1,
      overdue: 30_000,
      backlog: () => Promise.resolve(0),
      publish: (publications) => {
        published.push(...publications);
        if (published.length === 2) stop.abort();
        return Promise.resolve();
      },
      records: { maxAttempts: 5, ttl: 60_000 },
      stop: stop.signal,
      logger,
      metrics: createConsumerMetrics(),
    });

    // The record first: once the retry is published, another consumer may take it farther.
    const [records, retry, ...more] = published;
    expect(retry).toMatchObject({ exchange: 'orders', messageId, headers: { attempt: 3, cycle: 1 } });
    expect(records).toMatchObject({ exchange: 'attempts', routingKey: 'retrying' });
    expect(readRecords(records?.body ?? Buffer.of())).toMatchObject([
      {
        message_id: messageId,
        cycle: 1,
        processing: { processing_attempts: 2 },
        processed_at: failedAt.toISOString(),
        outcome: 'retrying',
        error: { kind: 'transient', message: 'why' },
      },
    ]);
    expect(more).toEqual([]);
  } finally {
    await pool.end();
    await database.drop();
  }
});
