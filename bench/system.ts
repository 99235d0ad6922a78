import { Redis } from 'ioredis';
import { readCpu, type CpuReading } from './cpu.ts';
import { createDatabase, dropDatabase, queryOnce } from './databases.ts';
import { ScenarioError } from './measurement.ts';
import { startNode, startOurs, type NodeProgram, type OurProcess } from './node-process.ts';
import { untilQuiet } from './quiet.ts';
import type { Services } from './services.ts';
import { createVhost, deleteVhost } from './vhost.ts';
import type { ServiceProcess } from '../local/services/service-process.ts';

const DATABASE = 'bench';
const VHOST = 'bench';

/**
 * An empty system on the servers of the run: databases, virtual host and Redis of its own, no process yet. `env` is for
 * all of its processes. Whoever opens it must close it, then the next one can be opened.
 */
export async function openSystem(
  services: Services,
  options: { env?: Record<string, string>; profile?: string | undefined },
) {
  const { folder, rabbitmq, redis } = services;
  const { profile } = options;
  const servers = [services.db1, services.db2, services.endput, services.attemptLog];
  await Promise.all(servers.map((server) => createDatabase(server, DATABASE)));
  await createVhost(rabbitmq.managementUrl, VHOST);
  await emptyRedis(redis.url);
  const url = new URL(rabbitmq.url);
  url.pathname = `/${VHOST}`;
  const urls = {
    rabbitmq: url.toString(),
    endput: services.endput.url(DATABASE),
    attemptLog: services.attemptLog.url(DATABASE),
  };
  const shared = {
    RABBITMQ_URL: urls.rabbitmq,
    RABBITMQ_MANAGEMENT_URL: rabbitmq.managementUrl,
    ...options.env,
  };
  const processes: ServiceProcess[] = [];
  const track = <T extends ServiceProcess>(child: T): T => {
    processes.push(child);
    return child;
  };

  return {
    urls,
    broker: services.broker,
    /** Starts the API of `system_1` (0) or `system_2` (1). */
    async startSource(index: 0 | 1): Promise<OurProcess> {
      const name = `system_${index + 1}`;
      const database = (index === 0 ? services.db1 : services.db2).url(DATABASE);
      const env = { ...shared, SYSTEM: name, SOURCE_DATABASE_URL: database, REDIS_URL: redis.url };
      return track(await startOurs(folder, 'HTTP_PORT', { name, main: 'apis/source-system/main.ts', env, profile }));
    },
    /** Starts a consumer; `handlerTakes` (ms) makes it one whose handler takes a while. */
    async startConsumer(name: string, handlerTakes?: number): Promise<OurProcess> {
      const env = { ...shared, ENDPUT_DATABASE_URL: urls.endput, ATTEMPT_LOG_URL: urls.attemptLog };
      const program =
        handlerTakes === undefined
          ? { main: 'consumer/main.ts' }
          : { main: 'bench/load/slow-consumer.ts', args: [String(handlerTakes)] };
      return track(await startOurs(folder, 'CONSUMER_HTTP_PORT', { name, ...program, env, profile }));
    },
    /** Starts a program of the benchmark itself. */
    startLoad: async (program: NodeProgram): Promise<ServiceProcess> => track(await startNode(folder, program)),
    /** Rejects with a `ScenarioError` with the last lines of a process or server that has ended. */
    checkAlive: async (): Promise<void> => {
      const dead = [...processes, ...services.all].find((child) => child.hasExited());
      if (dead) throw new ScenarioError(`${dead.name} ${await dead.exited}:\n${tail(dead.lastLines())}`);
    },
    /** The last lines of all processes, for the message of a failure. */
    lastLines: (): string =>
      [...processes, rabbitmq].map((child) => `== ${child.name}, last lines\n${tail(child.lastLines())}`).join('\n'),
    readCpu: (): Promise<CpuReading | undefined> => readCpu([...services.all, ...processes]),
    /** Writes what the databases have in memory, and waits until no server is busy with what came before. */
    async settleDown(): Promise<void> {
      await Promise.all(servers.map((server) => queryOnce(server.url('postgres'), 'checkpoint')));
      await untilQuiet([...services.all, ...processes]);
    },
    async close(): Promise<void> {
      await Promise.all(processes.splice(0).map((child) => child.stop()));
      await deleteVhost(rabbitmq.managementUrl, VHOST);
      await Promise.all(servers.map((server) => dropDatabase(server, DATABASE)));
    },
  };
}
export type System = Awaited<ReturnType<typeof openSystem>>;

async function emptyRedis(url: string): Promise<void> {
  const client = new Redis(url);
  try {
    await client.flushall();
  } finally {
    client.disconnect();
  }
}

const tail = (lines: string) => lines.split('\n').slice(-10).join('\n');
