import { Registry } from 'prom-client';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createStorefrontPool } from '../../db/endput/pool.ts';
import { readWaiting } from '../../db/endput/totals.ts';
import { createDatabase, queryOnce } from '../../test/harness/databases.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { startTcpProxy, through } from '../../test/harness/tcp-proxy.ts';
import type { Snapshot } from './feed-messages.ts';
import { createFeed } from './feed.ts';
import { followEndput } from './follow-endput.ts';
import { createHeldBack } from './held-back.ts';
import { createStorefrontMetrics } from './storefront-metrics.ts';
import { createWaitingReading } from './waiting-reading.ts';

const PATIENCE = 120_000;
const INSERT_ORDERS = `
  insert into orders (message_id, cycle, attempt, stored_at, system, database_resource, schema_resource, table_resource,
                      source_id, product, price, security_check, created_at)
  select gen_random_uuid(), 0, 1, now(), 'system_1', 'db', 'public', 'orders', n, 'Tea', 2.50, true, now()
    from generate_series(1, 5) n`;

test('an endput that hangs is called away before any statement fails, and is up again when it answers', async () => {
  const database = await createDatabase();
  const proxy = await startTcpProxy(Number(new URL(database.url).port));
  const url = through(proxy, database.url);
  const logger = pino({ level: 'silent' });
  // No statement fails by itself as long as this test runs.
  const pool = createStorefrontPool(url, { name: 'test', logger, max: 2, queryTimeout: 10 * PATIENCE });
  const feed = createFeed({ copyId: 'copy', maxAttempts: 5, now: Date.now() });
  const stop = new AbortController();
  const following = followEndput({
    ...{ url, pool, feed, stop: stop.signal, logger, metrics: createStorefrontMetrics(new Registry()) },
    waiting: createWaitingReading(() => readWaiting(pool)),
    heldBack: createHeldBack(),
    prepare: () => Promise.resolve(),
    onState: () => undefined,
  });
  onTestFinished(async () => {
    stop.abort();
    await proxy.close();
    await following;
    await pool.end();
    await database.drop();
  });
  const snapshot = () => {
    feed.flush(Date.now());
    return JSON.parse(String(feed.answer({ type: 'hello' }).frames[0])) as Snapshot;
  };
  const storedWith = (state: string, stored: number) =>
    eventually(() => {
      const { connections, totals } = snapshot();
      expect(connections.endput.state).toBe(state);
      expect(totals?.sources[0]?.stored ?? 0).toBe(stored);
    }, PATIENCE);
  await storedWith('up', 0);
  await queryOnce(database.url, INSERT_ORDERS);
  await storedWith('up', 5);
  proxy.cut();
  await storedWith('away', 5);
  await queryOnce(database.url, INSERT_ORDERS);
  proxy.restore();
  await storedWith('up', 10);
}, 300_000);
