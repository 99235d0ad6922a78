import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findRabbitmq } from '../../local/services/find-rabbitmq.ts';
import { freePorts } from '../../local/services/free-port.ts';
import { startPostgres } from '../../local/services/postgres.ts';
import { startRabbitmq } from '../../local/services/rabbitmq.ts';
import { startRedis } from '../../local/services/redis.ts';
import { offersDelayedExchange } from '../../rabbitmq/declare.ts';
import { openConnection } from '../../rabbitmq/connection.ts';
import type { TestBroker, TestServices } from './context.ts';

/** Series of RabbitMQ on which the broker tests are to run. */
const WANTED = ['3.10', '4.0', '4.3'];

let started: Promise<{ services: TestServices; stop: () => Promise<void> }> | undefined;
let users = 0;

/** Starts private servers once for all projects, and stops them when the last project is done. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  users += 1;
  const { services, stop } = await (started ??= startServices());
  project.provide('services', services);
  return async () => {
    users -= 1;
    if (users === 0) await stop();
  };
}

async function startServices() {
  const folder = await mkdtemp(join(tmpdir(), 'order-ingestion-test-'));
  // The database server may run as another user.
  await chmod(folder, 0o755);
  const [postgresPort = 0, redisPort = 0] = await freePorts(2);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.allSettled(stops.map((one) => one()));
    if (process.env.KEEP) process.stderr.write(`kept: ${folder}\n`);
    else await rm(folder, { recursive: true, force: true });
  };
  try {
    const postgres = await startPostgres({
      name: 'postgres',
      folder: join(folder, 'postgres'),
      port: postgresPort,
      databases: [],
      fsync: false,
      settings: { max_connections: '300' },
    });
    stops.push(() => postgres.stop());
    const redis = await startRedis({ folder: join(folder, 'redis'), port: redisPort, persistent: false });
    stops.push(() => redis.stop());
    const services: TestServices = {
      postgresUrl: postgres.url('postgres'),
      redisUrl: redis.url,
      brokers: await startBrokers(folder, stops),
      mongoUrl: process.env.MONGO_URL || undefined,
    };
    return { services, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startBrokers(folder: string, stops: (() => Promise<void>)[]): Promise<TestBroker[]> {
  const given = (process.env.TEST_RABBITMQ_DIRS ?? '').split(':').filter((dir) => dir !== '');
  const installed = findRabbitmq();
  if (installed === undefined) throw new Error('RabbitMQ is not installed; make test says how to install it');
  const running = await Promise.all(
    [installed, ...given].map(async (serverDir, index): Promise<TestBroker> => {
      const [port = 0, managementPort = 0] = await freePorts(2);
      const node = await startRabbitmq({ folder: join(folder, `rabbitmq-${index}`), serverDir, port, managementPort });
      stops.push(() => node.stop());
      const connection = await openConnection(node.url, { heartbeat: 10, name: 'test set-up' });
      await connection.close();
      return {
        available: true,
        series: connection.version.split('.').slice(0, 2).join('.'),
        version: connection.version,
        url: node.url,
        managementUrl: node.managementUrl,
        hasDelayedExchange: await offersDelayedExchange(node.url, 10),
      };
    }),
  );
  const missing = WANTED.filter((series) => !running.some((broker) => broker.series === series));
  return [
    ...running,
    ...missing.map((series): TestBroker => ({
      available: false,
      series,
      why: `no RabbitMQ ${series} in TEST_RABBITMQ_DIRS`,
    })),
  ];
}
