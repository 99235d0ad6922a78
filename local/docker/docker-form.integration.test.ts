import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../test/harness/eventually.ts';
import { sayToLauncher } from '../launcher-under-test.ts';
import type { ServiceProcess } from '../services/service-process.ts';

/** The launcher with a `docker` on its PATH that is none: what it asks of Docker, and what it makes of the answers. */
let folder: string;
let launchers: ServiceProcess[];
beforeEach(async () => {
  launchers = [];
  folder = await mkdtemp(join(tmpdir(), 'order-ingestion-docker-'));
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'context'));
  await writeFile(join(folder, 'context', 'Dockerfile'), 'FROM scratch\n');
  const program = join(folder, 'bin', 'docker');
  const fake = fileURLToPath(new URL('fake-docker.js', import.meta.url));
  await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${fake}" "$@"\n`);
  await chmod(program, 0o755);
});
afterEach(async () => {
  await Promise.all(launchers.map((launcher) => launcher.kill()));
  await rm(folder, { recursive: true, force: true });
});

function say(command: string, env: Record<string, string> = {}) {
  const launcher = sayToLauncher(command, {
    PATH: [join(folder, 'bin'), process.env.PATH ?? ''].join(delimiter),
    HOME: folder,
    RUN_WITH: 'auto',
    LOCAL_DIR: join(folder, 'data'),
    FAKE_DOCKER: folder,
    DB1_PORT: '0',
    API_SYSTEM_1_PORT: '0',
    STOREFRONT_PORT: '0',
    ...env,
  });
  launchers.push(launcher);
  return launcher;
}

async function untilItSays(launcher: ReturnType<typeof say>, text: string): Promise<void> {
  await eventually(() => expect(launcher.output()).toContain(text), 60_000);
}

const calls = async (command: string) =>
  (await readFile(join(folder, 'calls'), 'utf8')).split('\n').filter((call) => call.startsWith(command));
const SUCCESS = 'ended with exit code 0';
const FAILURE = 'ended with exit code 1';

test('everything is built, started, shown and followed, and Ctrl-C removes the containers but no data', async () => {
  const launcher = say('start');
  await untilItSays(launcher, 'a line of the API');
  expect(launcher.output()).toMatch(/API system_1 +http:\/\/127\.0\.0\.1:\d+\/docs/);
  expect(launcher.output()).toMatch(/Postgres db1 +postgres:\/\/postgres:postgres@127\.0\.0\.1:\d+\/db_postgres_1/);
  expect(launcher.output()).not.toContain('Mongo Express');
  expect(launcher.output()).toMatch(
    /dead-letter desk +http:\/\/127\.0\.0\.1:\d+\/desk +user operator, password first-password \(shown only now\)/,
  );
  // Nothing listens there, as the containers are none.
  await untilItSays(launcher, 'is not reached from here');
  launcher.signal('SIGINT');
  expect(await launcher.exited).toBe(SUCCESS);
  expect(launcher.output()).toContain('Everything has stopped');
  expect(await calls('compose down')).toEqual(['compose down --remove-orphans']);
  expect(existsSync(join(folder, 'up'))).toBe(false);
  expect(existsSync(join(folder, 'volumes'))).toBe(true);

  const again = say('start');
  await untilItSays(again, 'Everything is ready');
  expect(again.output()).toContain(
    'user operator, password: docker compose exec storefront cat /var/lib/order-ingestion/desk/operator-password',
  );
  again.signal('SIGTERM');
  expect(await again.exited).toBe(SUCCESS);
  expect(await calls('compose build')).toHaveLength(1);
}, 120_000);

test('where the storefront does not tell the password, everything is ready all the same', async () => {
  const launcher = say('start', { FAKE_DOCKER_TROUBLE: 'no exec' });
  await untilItSays(launcher, 'Everything is ready');
  expect(launcher.output()).toMatch(/\/desk +npm run desk-user says who may log in/);
}, 120_000);

test('several storefronts are shown at the ports that Docker chose, with the password, and are what make balance asks', async () => {
  const FAKE_STOREFRONTS = '18000 18003 18004';
  const launcher = say('start', { FAKE_STOREFRONTS });
  await untilItSays(launcher, 'Ctrl-C stops everything');
  const shown = launcher.output();
  expect(shown).toMatch(
    /storefront +http:\/\/127\.0\.0\.1:18000 .*\n +dead-letter desk .*:18000\/desk .*first-password/,
  );
  expect(shown).toMatch(/storefront_2 +http:\/\/127\.0\.0\.1:18003 .*\n +storefront_3 +http:\/\/127\.0\.0\.1:18004 /);
  const running = JSON.parse(await readFile(join(folder, 'data', 'running.json'), 'utf8')) as { storefront?: string };
  expect(running.storefront).toBe('http://127.0.0.1:18000');
  const balance = say('balance', { FAKE_STOREFRONTS });
  await balance.exited;
  expect(balance.output()).toContain('http://127.0.0.1:18000 does not answer');
  launcher.signal('SIGINT');
  expect(await launcher.exited).toBe(SUCCESS);
}, 120_000);

test('what the sources no longer are is built again', async () => {
  const start = async () => {
    const launcher = say('start');
    await untilItSays(launcher, 'Everything is ready');
    launcher.signal('SIGINT');
    expect(await launcher.exited).toBe(SUCCESS);
  };
  await start();
  await writeFile(join(folder, 'context', 'Dockerfile'), 'FROM scratch\n# changed\n');
  await start();
  expect(await calls('compose build')).toHaveLength(2);
}, 120_000);

test('a taken port is named with who has it, and another is given to Docker and shown', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const taken = String((server.address() as AddressInfo).port);
    const launcher = say('start', { DB1_PORT: taken });
    await untilItSays(launcher, 'Everything is ready');
    expect(launcher.output()).toMatch(
      new RegExp(
        `Port ${taken} for Postgres db1 is taken by \\S+ \\(process ${process.pid}\\): (\\d+) is used instead`,
      ),
    );
    const [given = ''] = (await readFile(join(folder, 'up'), 'utf8')).split(' ');
    expect(given).not.toBe(taken);
    expect(launcher.output()).toContain(`127.0.0.1:${given}/db_postgres_1`);
  } finally {
    server.close();
  }
}, 120_000);

test('an unhealthy container ends the start: it is named with its last lines, and nothing is left running', async () => {
  const launcher = say('start', { FAKE_DOCKER_TROUBLE: 'unhealthy' });
  expect(await launcher.exited).toBe(FAILURE);
  expect(launcher.output()).toContain('db1 is unhealthy');
  expect(launcher.output()).toContain('the last words of db1');
  expect(existsSync(join(folder, 'up'))).toBe(false);
  expect(existsSync(join(folder, 'volumes'))).toBe(true);
}, 120_000);

test('a build that fails is shown, and nothing is started', async () => {
  const launcher = say('start', { FAKE_DOCKER_TROUBLE: 'failing build' });
  expect(await launcher.exited).toBe(FAILURE);
  expect(launcher.output()).toContain('no such host');
  expect(launcher.output()).toContain('the network is away');
  expect(launcher.output()).not.toContain('Everything has stopped');
  expect(await calls('compose up')).toEqual([]);
}, 120_000);

test('Ctrl-C in the middle of a build ends it', async () => {
  const launcher = say('start', { FAKE_DOCKER_TROUBLE: 'slow build' });
  await eventually(async () => expect(await calls('compose build')).toHaveLength(1), 60_000);
  launcher.signal('SIGINT');
  expect(await launcher.exited).toBe(SUCCESS);
  expect(launcher.output()).not.toContain('ready');
  expect(await calls('compose up')).toEqual([]);
}, 120_000);

test('while it runs in Docker, no second one is started in either form', async () => {
  const launcher = say('start');
  await untilItSays(launcher, 'Everything is ready');
  for (const RUN_WITH of ['auto', 'local']) {
    const second = say('start', { RUN_WITH });
    expect(await second.exited).toBe(FAILURE);
    expect(second.output()).toMatch(/running already, in Docker .*make stop/);
  }
  // The launcher is gone and only the containers are left.
  launcher.signal('SIGKILL');
  await launcher.exited;
  const stop = say('stop');
  expect(await stop.exited).toBe(SUCCESS);
  expect(stop.output()).toContain('Everything has stopped. Data stay.');
  expect(existsSync(join(folder, 'up'))).toBe(false);
  expect(existsSync(join(folder, 'volumes'))).toBe(true);

  const kept = say('clean', { RUN_WITH: 'local' });
  expect(await kept.exited).toBe(SUCCESS);
  expect(existsSync(join(folder, 'volumes'))).toBe(true);
  const clean = say('clean');
  expect(await clean.exited).toBe(SUCCESS);
  expect(existsSync(join(folder, 'volumes'))).toBe(false);
  expect(existsSync(join(folder, 'data'))).toBe(false);
}, 180_000);

test('make stop stops a launcher, which removes its containers', async () => {
  const launcher = say('start');
  await untilItSays(launcher, 'Everything is ready');
  const stop = say('stop');
  expect(await stop.exited).toBe(SUCCESS);
  expect(await launcher.exited).toBe(SUCCESS);
  expect(await calls('compose down')).toHaveLength(1);
}, 120_000);

test('containers of another checkout are left alone', async () => {
  await writeFile(join(folder, 'up'), '1 2');
  await writeFile(join(folder, 'volumes'), '');
  for (const [command, code] of [
    ['start', FAILURE],
    ['stop', SUCCESS],
    ['clean', SUCCESS],
  ] as const) {
    const launcher = say(command, { FAKE_DOCKER_TROUBLE: 'elsewhere' });
    expect(await launcher.exited).toBe(code);
    expect(launcher.output()).toMatch(/was started from another folder, \/elsewhere/);
  }
  expect(await calls('compose down')).toEqual([]);
  expect(existsSync(join(folder, 'volumes'))).toBe(true);
}, 120_000);

test('volumes that another folder has made are used, which is said, and make clean leaves them alone', async () => {
  await writeFile(join(folder, 'volumes'), '');
  const unused = say('clean');
  expect(await unused.exited).toBe(SUCCESS);
  expect(unused.output()).toMatch(/volumes of the Docker project fake are left alone/);
  const launcher = say('start');
  await untilItSays(launcher, 'Everything is ready');
  expect(launcher.output()).toMatch(/The Docker project fake has volumes that were not made from here/);
  launcher.signal('SIGINT');
  expect(await launcher.exited).toBe(SUCCESS);
  const clean = say('clean');
  expect(await clean.exited).toBe(SUCCESS);
  expect(await calls('volume rm')).toEqual([]);
  expect((await calls('compose down')).filter((call) => call.includes('--volumes'))).toEqual([]);
  expect(existsSync(join(folder, 'volumes'))).toBe(true);
}, 120_000);

test('an engine that hangs holds nothing up: asked for, it is an error that says what to do', async () => {
  const launcher = say('start', { RUN_WITH: 'docker', FAKE_DOCKER_TROUBLE: 'hanging' });
  expect(await launcher.exited).toBe(FAILURE);
  expect(launcher.output()).toMatch(/RUN_WITH=docker is set, but its engine did not answer within \d+ s/);
  expect(launcher.output()).toContain('RUN_WITH=local');
}, 120_000);

test('RUN_WITH=local asks nothing of Docker, so an engine that hangs does not hold it up', async () => {
  const PATH = join(folder, 'bin');
  const launcher = say('start', { RUN_WITH: 'local', PATH, FAKE_DOCKER_TROUBLE: 'hanging' });
  expect(await launcher.exited).toBe(FAILURE);
  expect(launcher.output()).toContain('Not installed, but needed: redis-server');
  expect(existsSync(join(folder, 'calls'))).toBe(false);
}, 120_000);

test('where programs are missing, it is said what to install and not that anything has stopped', async () => {
  const launcher = say('start', { RUN_WITH: 'local', PATH: folder });
  expect(await launcher.exited).toBe(FAILURE);
  expect(launcher.output()).toContain('Not installed, but needed: redis-server');
  expect(launcher.output()).not.toContain('stopped');
}, 120_000);
