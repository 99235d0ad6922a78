import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect } from 'vitest';
import { createStorefrontPool } from '../../../db/endput/pool.ts';
import { migrate } from '../../../db/migrate.ts';
import { declareTopology } from '../../../rabbitmq/declare.ts';
import { openConnection } from '../../../rabbitmq/connection.ts';
import { managementOf } from '../../../rabbitmq/management.ts';
import { deskTopology } from '../../../rabbitmq/topology.ts';
import { createDatabase, queryOnce } from '../../../test/harness/databases.ts';
import { drain, type RunningBroker, createVhost } from '../../../test/harness/vhosts.ts';
import { createMetricsRegistry } from '../../http/metrics.ts';
import { createStorefrontMetrics } from '../storefront-metrics.ts';
import { startDesk, type DeskOptions } from './start-desk.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../db/endput/migrations', import.meta.url));
export const silent = pino({ level: 'silent' });

/** The body of an order that a consumer can read, and would refuse where its price is. */
export const bodyOf = (messageId: string, price = '2.50', product = 'a thing') => ({
  schema_version: 1,
  message_id: messageId,
  processing: { processing_times: 1 },
  origin: { system: 'system_1', database_resource: 'db', schema_resource: 'public', table_resource: 'orders' },
  order: { id: 1, product, price, created_at: '2026-01-01T00:00:00.000000Z', security_check: true },
});

interface MadeLetter {
  body?: (id: string) => Buffer;
  error?: string;
  attempt?: number;
}

/** Puts letters with these ids in a ledger, the first died first. */
export async function insertLetters(
  query: (text: string, values: unknown[]) => Promise<unknown>,
  ids: readonly string[],
  { body = (id) => Buffer.from(JSON.stringify(bodyOf(id))), error = 'the shop is closed', attempt = 5 }: MadeLetter,
): Promise<void> {
  await query(
    `insert into dead_letters (message_id, cycle, attempt, source, type, reason, error_kind, error_message,
                               first_seen_at, died_at, headers, body)
     select id, 0, $3, 'system_1', 'order', 'attempts_exhausted', 'transient', $4, now(),
            now() + n * interval '1 millisecond', '{"attempt": 5, "cycle": 0}', body
       from unnest($1::uuid[], $2::bytea[]) with ordinality as i (id, body, n)`,
    [ids, ids.map(body), attempt, error],
  );
}

/** An endput and a virtual host with letters in the ledger, and the desk that works at them; no consumer. */
export async function createDeskUnderTest(broker: RunningBroker) {
  const [vhost, database] = await Promise.all([createVhost(broker), createDatabase()]);
  await migrate(database.url, MIGRATIONS, silent);
  const pool = createStorefrontPool(database.url, { name: 'test: desk', logger: silent, max: 12 });
  const rabbitmq = {
    url: vhost.url,
    heartbeat: 3,
    replication: { members: 1, management: managementOf(vhost.url, broker.managementUrl) },
  };
  const connection = await openConnection(vhost.url, { heartbeat: 3, name: 'test' });
  await declareTopology(connection, deskTopology(connection.major), silent);
  await connection.close();
  const desks: { stop: (patience: number) => Promise<void> }[] = [];
  const query = <Row extends object>(text: string, values: unknown[] = []) =>
    queryOnce<Row>(database.url, text, values);

  return {
    vhost,
    database,
    pool,
    query,
    /** Starts a desk, one that reaches the broker at `url` where that is given. */
    start(options: Partial<DeskOptions> = {}, url = vhost.url) {
      const metrics = createStorefrontMetrics(createMetricsRegistry({}));
      const desk = startDesk({
        pool,
        rabbitmq: { ...rabbitmq, url },
        desk: { sweepInterval: undefined, sweepRate: 100_000, redriveOverdue: 3_600_000, ...options },
        metrics,
        logger: silent,
      });
      desks.push(desk);
      return desk;
    },
    /** Puts letters in the ledger, the first died first, and resolves with their ids in that order. */
    async addLetters(count: number, letter: MadeLetter = {}) {
      const ids = Array.from({ length: count }, () => randomUUID());
      await insertLetters(query, ids, letter);
      return ids;
    },
    /** What a consumer would do with redriven messages: their order is stored, or they die again. */
    async settle(ids: readonly string[], outcome: 'stored' | 'dead') {
      const { length } = await query(
        outcome === 'stored'
          ? `update dead_letters set state = 'resolved' where message_id = any ($1::uuid[]) and state = 'redriving' returning 1`
          : `update dead_letters set state = 'dead', attempt = 5 where message_id = any ($1::uuid[])
              and state = 'redriving' returning 1`,
        [ids],
      );
      expect(length).toBe(ids.length);
    },
    /** The messages of a queue, taken out: id, cycle and attempt of each. */
    async taken(queue: string) {
      const messages = await drain(vhost.url, queue);
      return messages.map(({ properties }) => {
        const { attempt, cycle } = (properties.headers ?? {}) as Record<string, number>;
        return { id: String(properties.messageId), cycle, attempt };
      });
    },
    async stop(): Promise<void> {
      await Promise.all(desks.map((desk) => desk.stop(5_000)));
      await pool.end();
      await vhost.delete();
      await database.drop();
    },
  };
}
export type DeskUnderTest = Awaited<ReturnType<typeof createDeskUnderTest>>;
