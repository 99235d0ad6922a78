import { appendFileSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findRabbitmq } from '../../local/services/find-rabbitmq.ts';
import { freePorts } from '../../local/services/free-port.ts';
import { findLeftovers } from '../../local/services/leftovers.ts';
import { startPostgres } from '../../local/services/postgres.ts';
import { endProcesses } from '../../local/services/process-table.ts';
import { startRabbitmq } from '../../local/services/rabbitmq.ts';
import { startRedis } from '../../local/services/redis.ts';
import { openConnection } from '../../rabbitmq/connection.ts';
import { offersDelayedExchange } from '../../rabbitmq/declare.ts';
import { whyNeverNative } from '../../rabbitmq/native-transport.ts';
import { AT_ONCE } from './at-once.ts';
import type { TestBroker, TestServices } from './context.ts';
import './end-with-worker.ts';
import { makePostgresUser, makeRabbitmqUser, requireRedisPassword, withSecret } from './secret.ts';

/** Series of RabbitMQ on which the broker tests are to run. */
const WANTED = ['3.10', '4.0', '4.3'];

/** What runs, for all projects of this run; each project loads this file anew. */
const shared = globalThis as { orderIngestionTests?: { started: ReturnType<typeof startServices>; users: number } };

/** Starts private servers once for all projects, and ends them when the last project is done. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const run = (shared.orderIngestionTests ??= { started: startServices(), users: 0 });
  run.users += 1;
  const { services, end } = await run.started;
  project.provide('services', services);
  return async () => {
    run.users -= 1;
    if (run.users > 0) return;
    delete shared.orderIngestionTests;
    await end(project.vitest.state.getCountOfFailedTests() > 0 || Boolean(process.env.KEEP));
  };
}

async function startServices() {
  const folder = await mkdtemp(join(tmpdir(), 'order-ingestion-test-'));
  // The database server may run as another user.
  await chmod(folder, 0o755);
  const [redisPort = 0, ...postgresPorts] = await freePorts(1 + AT_ONCE);
  const servers: { kill: () => Promise<void> }[] = [];
  const removeFolder = () => {
    if (!process.env.KEEP) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  // When the run is cut off, by Ctrl-C for instance, nobody calls `end`; the servers then end with this process.
  process.once('exit', removeFolder);
  const end = async (keep: boolean) => {
    process.off('exit', removeFolder);
    // Nobody needs what they hold, so they are not asked: RabbitMQ 3.10 takes 6 s to stop.
    await Promise.allSettled(servers.map((server) => server.kill()));
    // What a test worker started that was itself killed.
    await endProcesses(await findLeftovers(folder));
    if (keep) process.stderr.write(`The servers' data and logs are kept in ${folder}\n`);
    else await rm(folder, { recursive: true, force: true });
  };
  try {
    const [postgresUrls, redis, brokers] = await allOrFirstError([
      allOrFirstError(postgresPorts.map((port, index) => startPostgresFor(index, port, folder, servers))),
      startRedis({
        folder: join(folder, 'redis'),
        port: redisPort,
        persistent: false,
        onLine: logTo(folder, 'redis'),
      }).then(registerIn(servers)),
      startBrokers(folder, servers),
    ]);
    await requireRedisPassword(redis.url);
    const services: TestServices = {
      folder,
      postgresUrls,
      redisUrl: withSecret(redis.url),
      brokers,
      mongoUrl: process.env.MONGO_URL || undefined,
    };
    return { services, end };
  } catch (error) {
    await end(true);
    throw error;
  }
}

/** Resolves with the URL of a cluster for the test worker of this index. */
async function startPostgresFor(
  index: number,
  port: number,
  folder: string,
  servers: { kill: () => Promise<void> }[],
): Promise<string> {
  const name = `postgres-${index}`;
  const postgres = await startPostgres({
    name,
    folder: join(folder, name),
    port,
    databases: [],
    fsync: false,
    settings: { max_connections: '400' },
    onLine: logTo(folder, name),
  }).then(registerIn(servers));
  const url = postgres.url('postgres');
  await makePostgresUser(url);
  return withSecret(url);
}

/** The installed RabbitMQ, and those in TEST_RABBITMQ_DIRS: folders with a script rabbitmq-server. */
async function startBrokers(folder: string, servers: { kill: () => Promise<void> }[]): Promise<TestBroker[]> {
  const given = (process.env.TEST_RABBITMQ_DIRS ?? '').split(':').filter((dir) => dir !== '');
  const installed = findRabbitmq();
  if (installed === undefined) throw new Error('RabbitMQ is not installed; make test says how to install it');
  const start = async (serverDir: string, index: number): Promise<TestBroker> => {
    const [port = 0, managementPort = 0] = await freePorts(2);
    const name = `rabbitmq-${index}`;
    // The plugins of one version do not fit another.
    const pluginsDir = serverDir === installed ? process.env.RABBITMQ_PLUGINS_DIR : undefined;
    const node = await startRabbitmq({
      folder: join(folder, name),
      serverDir,
      port,
      managementPort,
      pluginsDir,
      onLine: logTo(folder, name),
    }).then(registerIn(servers));
    const connection = await openConnection(node.url, { heartbeat: 10, name: 'test set-up' });
    await connection.close();
    await makeRabbitmqUser(node.managementUrl);
    return {
      available: true,
      series: connection.version.split('.').slice(0, 2).join('.'),
      version: connection.version,
      serverDir,
      pluginsDir,
      url: withSecret(node.url),
      managementUrl: withSecret(node.managementUrl),
      hasDelayedExchange: await offersDelayedExchange(node.url, 10),
      holdsRetries: whyNeverNative(connection.version, []) === undefined,
    };
  };
  const running = await allOrFirstError([installed, ...given].map(start));
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

/** Like `Promise.all`, but when one fails it waits for the others first, so that what they started can be ended. */
async function allOrFirstError<T extends readonly unknown[]>(starting: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(starting);
  return Promise.all(starting);
}

const registerIn =
  (servers: { kill: () => Promise<void> }[]) =>
  <Server extends { kill: () => Promise<void> }>(server: Server): Server => {
    servers.push(server);
    return server;
  };

const logTo = (folder: string, name: string) => (line: string) =>
  appendFileSync(join(folder, `${name}.log`), `${line}\n`);
