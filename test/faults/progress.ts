import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { callManagement } from '../harness/management.ts';
import type { OurProcess } from '../harness/processes.ts';

/** Milliseconds between two looks at endput, and between two at the counters. */
const EVERY = 100;
const COUNTERS_EVERY = 1_000;

/** What has been counted so far. Counters of a process or broker that ends are kept from the last look at it. */
export interface Counters {
  /** Copies that the consumers acknowledged without effect. */
  stale: number;
  /** Retries that the sweeper published again. */
  swept: number;
  /** Deliveries that the broker brought again. */
  redelivered: number;
}

/**
 * Watches how orders are settled: how many, and the longest time in which none was. An endput that does not answer stands
 * still.
 */
export function watchProgress(
  at: { endput: string; managementUrl: string },
  consumers: () => readonly Pick<OurProcess, 'url' | 'hasExited'>[],
) {
  const stop = new AbortController();
  const counters = createCounters();
  let settled = 0;
  let expected = Infinity;
  let lastProgressAt = Date.now();
  let longestStandstill = 0;
  const countStandstill = () => {
    // When all are settled, nothing stands still.
    if (settled < expected) longestStandstill = Math.max(longestStandstill, Date.now() - lastProgressAt);
  };
  const waiting = new Set<() => void>();

  const look = async (client: pg.Client): Promise<void> => {
    const { rows } = await client.query<{ n: number }>(
      'select (select count(*) from orders)::int + (select count(*) from dead_letters)::int as n',
    );
    const found = rows[0]?.n ?? 0;
    if (found <= settled) return;
    countStandstill();
    settled = found;
    lastProgressAt = Date.now();
    for (const check of waiting) check();
  };
  const watch = async (): Promise<void> => {
    let client: pg.Client | undefined;
    while (!stop.signal.aborted) {
      try {
        client ??= await connected(at.endput);
        await look(client);
      } catch {
        // It is away, or has no tables yet.
        await client?.end().catch(() => undefined);
        client = undefined;
      }
      countStandstill();
      await sleep(EVERY);
    }
    await client?.end().catch(() => undefined);
  };
  const count = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await counters.look(at.managementUrl, consumers());
      await sleep(COUNTERS_EVERY, undefined, { signal: stop.signal }).catch(() => undefined);
    }
    await counters.look(at.managementUrl, consumers());
  };
  const running = Promise.all([watch(), count()]);

  return {
    settled: () => settled,
    /** Time begins now, not at the start of the processes; it ends when so many are settled. */
    begin: (rows: number) => {
      expected = rows;
      lastProgressAt = Date.now();
      longestStandstill = 0;
    },
    longestStandstill: () => longestStandstill,
    /** Resolves when so many are settled. Rejects after `timeout` ms. */
    until: (wanted: number, timeout: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`${settled} of ${wanted} orders are settled after ${timeout} ms`));
        }, timeout);
        const check = () => {
          if (settled < wanted) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    /** Ends it, and resolves with what was counted. */
    async stop(): Promise<Counters> {
      stop.abort();
      await running;
      return counters.sums();
    },
  };
}
export type Progress = ReturnType<typeof watchProgress>;

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  // It must see what was committed, whatever the fault makes of the server.
  await client.query('set default_transaction_read_only = on');
  return client;
}

/** Sums of counters that begin again at 0 when their process does. */
function createCounters() {
  const seen = new Map<string, { last: number; sum: number }>();
  const add = (key: string, value: number) => {
    const { last = 0, sum = 0 } = seen.get(key) ?? {};
    seen.set(key, { last: value, sum: sum + (value < last ? value : value - last) });
  };
  const sumOf = (name: string) =>
    [...seen].reduce((total, [key, { sum }]) => (key.startsWith(name) ? total + sum : total), 0);
  const readMetrics = async ({ url }: { url: string }): Promise<void> => {
    const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(2_000) })).text();
    for (const [name, metric] of [
      ['stale', 'consumer_stale_deliveries_total'],
      ['swept', 'consumer_swept_retries_total'],
    ]) {
      const value = new RegExp(`^${metric} (\\S+)$`, 'm').exec(text)?.[1];
      if (value !== undefined) add(`${name} ${url}`, Number(value));
    }
  };
  const readQueue = async (managementUrl: string): Promise<void> => {
    const queue = await callManagement(managementUrl, '/queues/%2F/primary_queue');
    const { message_stats: stats } = queue as { message_stats?: { redeliver?: number } };
    if (stats?.redeliver !== undefined) add('redelivered', stats.redeliver);
  };
  return {
    /** What does not answer is left out. */
    look: async (managementUrl: string, consumers: readonly Pick<OurProcess, 'url' | 'hasExited'>[]) => {
      const alive = consumers.filter((consumer) => !consumer.hasExited());
      await Promise.allSettled([readQueue(managementUrl), ...alive.map(readMetrics)]);
    },
    sums: (): Counters => ({ stale: sumOf('stale'), swept: sumOf('swept'), redelivered: sumOf('redelivered') }),
  };
}
