import { join } from 'node:path';
import { findRabbitmq } from '../local/services/find-rabbitmq.ts';
import { freePorts } from '../local/services/free-port.ts';
import { DATA_FOLDER_VARIABLE } from '../local/services/leftovers.ts';
import { startPostgres } from '../local/services/postgres.ts';
import { startRabbitmq } from '../local/services/rabbitmq.ts';
import { startRedis } from '../local/services/redis.ts';
import { openConnection } from '../rabbitmq/connection.ts';
import { offersDelayedExchange } from '../rabbitmq/declare.ts';
import { queryOnce } from './databases.ts';

/**
 * Starts the servers of a whole system on free ports, as a user would: PostgreSQL syncs to disk, Redis keeps its data. All
 * of them carry the folder, so that nothing outlives the run. Rejects with the last lines of the one that failed.
 */
export async function startServices(folder: string) {
  const serverDir = process.env.BENCH_RABBITMQ_DIR ?? findRabbitmq();
  if (serverDir === undefined) throw new Error('no rabbitmq-server was found: install it, or set BENCH_RABBITMQ_DIR');
  const [port1 = 0, port2 = 0, port3 = 0, port4 = 0, redisPort = 0, rabbitmqPort = 0, managementPort = 0] =
    await freePorts(7);
  const env = { ...process.env, [DATA_FOLDER_VARIABLE]: folder };
  const postgres = (name: string, port: number) =>
    startPostgres({ name, folder: join(folder, name), port, databases: [], env });
  const [db1, db2, endput, attemptLog, redis, rabbitmq] = await Promise.all([
    postgres('db1', port1),
    postgres('db2', port2),
    postgres('endput', port3),
    postgres('attempt_log', port4),
    startRedis({ folder: join(folder, 'redis'), port: redisPort, persistent: true, env }),
    startRabbitmq({
      folder: join(folder, 'rabbitmq'),
      serverDir,
      port: rabbitmqPort,
      managementPort,
      pluginsDir: process.env.RABBITMQ_PLUGINS_DIR,
      env,
    }),
  ]);
  const [version] = await queryOnce<{ server_version: string }>(endput.url('postgres'), 'show server_version');
  return {
    folder,
    db1,
    db2,
    endput,
    attemptLog,
    redis,
    rabbitmq,
    all: [db1, db2, endput, attemptLog, redis, rabbitmq],
    postgresVersion: version?.server_version ?? 'unknown',
    broker: await describeBroker(rabbitmq.url),
  };
}
export type Services = Awaited<ReturnType<typeof startServices>>;

/** What scenarios want to know of the broker. */
export interface BrokerFacts {
  version: string;
  major: number;
  offersDelayedExchange: boolean;
}

async function describeBroker(url: string): Promise<BrokerFacts> {
  const connection = await openConnection(url, { heartbeat: 10, name: 'bench' });
  const { version, major } = connection;
  await connection.close();
  return { version, major, offersDelayedExchange: await offersDelayedExchange(url, 10) };
}
