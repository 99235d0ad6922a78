import { join } from 'node:path';
import type { Screen } from './screen.ts';
import { findRabbitmq } from './services/find-rabbitmq.ts';
import { startMongodb } from './services/mongodb.ts';
import { startPostgres } from './services/postgres.ts';
import { startRabbitmq } from './services/rabbitmq.ts';
import { startRedis } from './services/redis.ts';
import type { Part, Runner } from './supervise.ts';

/** Where the attempt log is kept: in a store that the launcher runs, or in one of the user's (ATTEMPT_LOG_URL). */
export type AttemptLogStore = 'mongod' | 'postgres' | 'own';

/** Ports of all servers. */
export interface ServerPorts {
  db1: number;
  db2: number;
  endput: number;
  attempt_log: number;
  redis: number;
  rabbitmq: number;
  management: number;
}

/** How servers are run: where their data lie, and what their environment is. */
export interface ServerSurroundings {
  folder: string;
  env: NodeJS.ProcessEnv;
  ports: ServerPorts;
  screen: Pick<Screen, 'server'>;
  consumers: number;
}

/**
 * How many connections a Postgres takes: 5 of each consumer, and of the others together less than the 100 that are the
 * default. Not more than are needed, as on macOS each costs an open file from the start.
 */
export const connectionsFor = (consumers: number): number => 100 + 5 * (consumers - 1);

const DATABASES = { db1: 'db_postgres_1', db2: 'db_postgres_2', endput: 'db_postgres_endput' };

/** The servers, to be started together. */
export function serverParts(attemptLog: AttemptLogStore, surroundings: ServerSurroundings): Part[] {
  const { folder, env, ports, screen, consumers } = surroundings;
  const settings = { max_connections: String(connectionsFor(consumers)) };
  const common = (name: string) => ({ name, folder: join(folder, name), env, onLine: screen.server(name) });
  const part = (name: string, start: () => Promise<Stoppable>): Part => ({
    name,
    start: async (started) => started(runnerOf(await start())),
  });
  const postgres = (name: keyof typeof DATABASES | 'attempt_log', database: string) =>
    part(name, () => startPostgres({ ...common(name), port: ports[name], databases: [database], settings }));
  const serverDir = findRabbitmq() ?? '';
  return [
    postgres('db1', DATABASES.db1),
    postgres('db2', DATABASES.db2),
    postgres('endput', DATABASES.endput),
    part('redis', () => startRedis({ ...common('redis'), port: ports.redis, persistent: true }).then(stopsOnTerm)),
    part('rabbitmq', () =>
      startRabbitmq({
        ...common('rabbitmq'),
        serverDir,
        port: ports.rabbitmq,
        managementPort: ports.management,
        pluginsDir: env.RABBITMQ_PLUGINS_DIR,
      }),
    ),
    ...(attemptLog === 'postgres' ? [postgres('attempt_log', 'db_attempt_log')] : []),
    ...(attemptLog === 'mongod'
      ? [
          part('attempt_log', () =>
            startMongodb({ ...common('attempt_log'), folder: join(folder, 'mongodb'), port: ports.attempt_log }).then(
              stopsOnTerm,
            ),
          ),
        ]
      : []),
  ];
}

/** Folders of the servers' data, of any start. */
export const SERVER_FOLDERS = ['db1', 'db2', 'endput', 'attempt_log', 'mongodb', 'redis', 'rabbitmq'];

/** Where our processes find the servers. */
export function serverUrls(attemptLog: AttemptLogStore, ports: ServerPorts, ownAttemptLog: string) {
  const postgres = (port: number, database: string) => `postgres://postgres:postgres@127.0.0.1:${port}/${database}`;
  const attemptLogUrls = {
    mongod: `mongodb://127.0.0.1:${ports.attempt_log}/attempt_log`,
    postgres: postgres(ports.attempt_log, 'db_attempt_log'),
    own: ownAttemptLog,
  };
  return {
    db1: postgres(ports.db1, DATABASES.db1),
    db2: postgres(ports.db2, DATABASES.db2),
    endput: postgres(ports.endput, DATABASES.endput),
    attemptLog: attemptLogUrls[attemptLog],
    redis: `redis://127.0.0.1:${ports.redis}`,
    rabbitmq: `amqp://guest:guest@127.0.0.1:${ports.rabbitmq}`,
    management: `http://127.0.0.1:${ports.management}`,
  };
}
export type ServerUrls = ReturnType<typeof serverUrls>;

interface Stoppable {
  exited: Promise<string>;
  stop: (deadline?: number) => Promise<void>;
  kill: () => Promise<void>;
}

const runnerOf = ({ exited, stop, kill }: Stoppable): Runner => ({ exited, stop, kill });

interface Signalled extends Omit<Stoppable, 'stop'> {
  stop: (signal?: NodeJS.Signals, deadline?: number) => Promise<void>;
}

const stopsOnTerm = ({ exited, stop, kill }: Signalled): Stoppable => ({
  exited,
  stop: (deadline) => stop('SIGTERM', deadline),
  kill,
});
