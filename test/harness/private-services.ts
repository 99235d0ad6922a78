import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { freePorts } from '../../local/services/free-port.ts';
import { DATA_FOLDER_VARIABLE } from '../../local/services/leftovers.ts';
import { startPostgres } from '../../local/services/postgres.ts';
import { startRabbitmq } from '../../local/services/rabbitmq.ts';
import { startRedis } from '../../local/services/redis.ts';
import { runToEnd } from '../../local/services/service-process.ts';
import './end-with-worker.ts';
import { makePostgresUser, makeRabbitmqUser, withSecret } from './secret.ts';

/** By this, and by their folders, they are found and ended with the run should their test not come to it. */
export const surroundings = () => ({ ...process.env, [DATA_FOLDER_VARIABLE]: inject('services').folder });

interface Running {
  stop: () => Promise<void>;
  kill: () => Promise<void>;
  pause: () => void;
  resume: () => void;
}

/** A server of a test's own, that it may stop, kill, pause, start again and rob of its data. Its address stays. */
export interface PrivateServer {
  /** Starts it, or starts it again on the data that it left. Resolves when it is ready. */
  start: () => Promise<void>;
  /** Asks it to stop. Resolves when it has. */
  stop: () => Promise<void>;
  /** SIGKILL for all of its processes. */
  kill: () => Promise<void>;
  /** It is there and does not answer, until `resume`. */
  pause: () => void;
  resume: () => void;
  /** Deletes its data; it must not run. */
  wipe: () => Promise<void>;
  /** Ends it and deletes its data: for the end of a test. */
  remove: () => Promise<void>;
}

/** A PostgreSQL server with these databases, started. It syncs to disk: a kill loses nothing that was committed. */
export async function privatePostgres(databases: readonly string[] = []) {
  const [port = 0] = await freePorts(1);
  const server = await startPrivate('postgres', async (folder) => {
    const started = await startPostgres({ name: 'private postgres', folder, port, databases, env: surroundings() });
    await makePostgresUser(started.url('postgres'));
    return started;
  });
  return { ...server, port, url: (database: string) => withSecret(`postgres://127.0.0.1:${port}/${database}`) };
}

/** A Redis server, started. */
export async function privateRedis() {
  const [port = 0] = await freePorts(1);
  const server = await startPrivate('redis', (folder) =>
    startRedis({ folder, port, persistent: true, env: surroundings() }),
  );
  return { ...server, port, url: `redis://127.0.0.1:${port}` };
}

/**
 * A RabbitMQ node of a given version (`serverDir` of a broker of the set-up), started. A queue that is less than about
 * two seconds old when the node is killed may come back empty (3.10.8).
 */
export async function privateRabbitmq(serverDir: string, pluginsDir?: string) {
  const [port = 0, managementPort = 0] = await freePorts(2);
  let environment: NodeJS.ProcessEnv = {};
  const server = await startPrivate('rabbitmq', async (folder) => {
    const started = await startRabbitmq({ folder, serverDir, port, managementPort, pluginsDir, env: surroundings() });
    environment = started.env;
    await makeRabbitmqUser(started.managementUrl);
    return started;
  });
  return {
    ...server,
    port,
    /** Runs `rabbitmqctl` on the node. Rejects with its output when it fails. */
    control: (...args: string[]) =>
      runToEnd({ name: 'rabbitmqctl', file: join(serverDir, 'rabbitmqctl'), args, env: environment }),
    url: withSecret(`amqp://127.0.0.1:${port}`),
    managementUrl: withSecret(`http://127.0.0.1:${managementPort}`),
  };
}

/** Starts a server in a folder of its own, below that of the run. */
export async function startPrivate(name: string, start: (folder: string) => Promise<Running>): Promise<PrivateServer> {
  const folder = await mkdtemp(join(inject('services').folder, `private-${name}-`));
  await chmod(folder, 0o755);
  const data = join(folder, 'server');
  let running: Running | undefined;
  const end = async (how: 'stop' | 'kill') => {
    const ending = running;
    running = undefined;
    await ending?.[how]();
  };
  const server: PrivateServer = {
    start: async () => {
      running ??= await start(data);
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
    pause: () => running?.pause(),
    resume: () => running?.resume(),
    wipe: async () => {
      if (running) throw new Error(`${name} runs; stop or kill it before its data are deleted`);
      await rm(data, { recursive: true, force: true });
    },
    remove: async () => {
      await end('kill');
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server.remove();
    throw error;
  }
  return server;
}
