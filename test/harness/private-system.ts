import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRabbitmq } from '../../local/services/find-rabbitmq.ts';
import { freePorts } from '../../local/services/free-port.ts';
import { startPostgres } from '../../local/services/postgres.ts';
import { startRabbitmq } from '../../local/services/rabbitmq.ts';
import { startRedis } from '../../local/services/redis.ts';
import { createSystem } from './system.ts';

interface Stoppable {
  stop: () => Promise<void>;
  kill: () => Promise<void>;
}

/** A server that a test may stop, kill, start again on the same port and data, or wipe. */
async function controllable<Server extends Stoppable>(folder: string, start: () => Promise<Server>) {
  let server: Server | undefined = await start();
  return {
    first: server,
    async stop() {
      await server?.stop();
      server = undefined;
    },
    async kill() {
      await server?.kill();
      server = undefined;
    },
    async start() {
      server ??= await start();
    },
    /** Ends it and deletes its data; `start` begins with nothing. */
    async wipe() {
      await this.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A system on servers of its own, for tests in which servers fail. */
export async function createPrivateSystem(env: Record<string, string> = {}) {
  const root = await mkdtemp(join(tmpdir(), 'order-ingestion-faults-'));
  await chmod(root, 0o755);
  const [sourcePort = 0, endputPort = 0, logPort = 0, redisPort = 0, port = 0, managementPort = 0] = await freePorts(6);
  const postgres = (name: string, serverPort: number, databases: string[]) =>
    controllable(join(root, name), () =>
      startPostgres({ name, folder: join(root, name), port: serverPort, databases, fsync: false }),
    );
  const serverDir = findRabbitmq();
  if (serverDir === undefined) throw new Error('RabbitMQ is not installed');
  const [sources, endput, attemptLog, redis, rabbitmq] = await Promise.all([
    postgres('sources', sourcePort, ['source_1', 'source_2']),
    postgres('endput', endputPort, ['endput']),
    postgres('attempt-log', logPort, ['attempt_log']),
    controllable(join(root, 'redis'), () =>
      startRedis({ folder: join(root, 'redis'), port: redisPort, persistent: false }),
    ),
    controllable(join(root, 'rabbitmq'), () =>
      startRabbitmq({ folder: join(root, 'rabbitmq'), serverDir, port, managementPort }),
    ),
  ]);
  const system = createSystem(
    {
      rabbitmq: rabbitmq.first.url,
      redis: redis.first.url,
      sources: [sources.first.url('source_1'), sources.first.url('source_2')],
      endput: endput.first.url('endput'),
      attemptLog: attemptLog.first.url('attempt_log'),
    },
    env,
  );
  return {
    ...system,
    servers: { sources, endput, attemptLog, redis, rabbitmq },
    async stop(): Promise<void> {
      await system.stop();
      await Promise.all([sources, endput, attemptLog, redis, rabbitmq].map((server) => server.stop()));
      await rm(root, { recursive: true, force: true });
    },
  };
}
export type PrivateSystem = Awaited<ReturnType<typeof createPrivateSystem>>;
