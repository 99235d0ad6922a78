import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../test/harness/databases.ts';
import { createEndputPool, createFreezingPool, createStorefrontPool } from './pool.ts';

test('a connection to endput of a machine that is gone ends soon, with its locks, and only a freeze may take long', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const settings = ['tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count', 'tcp_user_timeout'];
  const timeouts: number[] = [];
  for (const create of [createEndputPool, createStorefrontPool, createFreezingPool]) {
    const pool = create(database.url, { name: 'test', logger: pino({ level: 'silent' }) });
    const { rows } = await pool.query<{ name: string; setting: string }>(
      'select name, setting::integer from pg_settings where name = any ($1)',
      [settings],
    );
    const set = new Map(rows.map(({ name, setting }) => [name, Number(setting)]));
    const [idle = 0, interval = 0, count = 0, unacknowledged = 0] = settings.map((name) => set.get(name));
    expect(idle).toBeGreaterThan(0);
    expect(idle + interval * count).toBeLessThanOrEqual(30);
    expect(interval * count).toBeGreaterThan(0);
    expect(unacknowledged).toBeGreaterThan(0);
    expect(unacknowledged).toBeLessThanOrEqual(30_000);
    timeouts.push(pool.options.query_timeout ?? 0);
    await pool.end();
  }
  expect(timeouts).toEqual([30_000, 30_000, 16 * 60_000]);
});
