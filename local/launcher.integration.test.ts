import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryOnce } from '../test/harness/databases.ts';
import { eventually } from '../test/harness/eventually.ts';
import { sayToLauncher } from './launcher-under-test.ts';
import { readRunning, type RunningSystem } from './running-file.ts';
import { findLeftovers, stopLeftovers } from './services/leftovers.ts';
import type { ServiceProcess } from './services/service-process.ts';

const PORTS = [
  ...['DB1_PORT', 'DB2_PORT', 'ENDPUT_PORT', 'ATTEMPT_LOG_PORT', 'MONGO_PORT', 'REDIS_PORT', 'RABBITMQ_PORT'],
  ...['RABBITMQ_MANAGEMENT_PORT', 'API_SYSTEM_1_PORT', 'API_SYSTEM_2_PORT', 'CONSUMER_PORT', 'STOREFRONT_PORT'],
];
const STARTED = 120_000;

let folder: string;
const launchers: ServiceProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-ingestion-launcher-'));
  await chmod(folder, 0o755);
});
afterAll(async () => {
  await Promise.all(launchers.map((launcher) => launcher.kill()));
  await stopLeftovers(await findLeftovers(folder));
  await rm(folder, { recursive: true, force: true });
});

/** Says something to the launcher, as make does. */
function say(command: string, env: Record<string, string> = {}) {
  const launcher = sayToLauncher(command, {
    ...process.env,
    ...Object.fromEntries(PORTS.map((name) => [name, '0'])),
    NODE_ENV: '',
    LOCAL_DIR: folder,
    // Whoever runs the tests may have Docker, and the system running in it.
    RUN_WITH: 'local',
    DOCKER_HOST: `unix://${folder}/no-engine.sock`,
    ...env,
  });
  launchers.push(launcher);
  return launcher;
}

async function start(env: Record<string, string> = {}) {
  const launcher = say('start', env);
  await eventually(() => {
    if (launcher.hasExited()) return;
    expect(launcher.output()).toContain('Everything is ready');
  }, STARTED);
  expect(launcher.output()).toContain('Everything is ready');
  const running = readRunning(folder);
  if (!running) throw new Error('nothing says what runs');
  return { ...launcher, running };
}

const commandLines = async () => (await findLeftovers(folder)).map(({ args }) => args.join(' '));
const rowsOf = async ({ servers }: RunningSystem) => {
  const rows = await queryOnce<{ n: number }>(servers.db1 ?? '', 'select count(*)::int as n from orders');
  return rows[0]?.n;
};

test(
  'the whole system starts, refuses a second start, takes the sample, and stops without a trace',
  { timeout: 300_000 },
  async () => {
    const launcher = await start({ CONSUMERS: '2', RETRY_DELAYS: '200ms' });
    const { apis, consumers, servers } = launcher.running;
    expect(apis).toHaveLength(2);
    expect(consumers).toHaveLength(2);
    for (const { url } of apis) expect(launcher.output()).toContain(`${url}/docs`);
    for (const url of consumers) expect((await fetch(`${url}/health/ready`)).status).toBe(200);

    // The first password is told with the addresses, and by no log.
    const [, desk = '', password = ''] =
      /(http:\S+)\/desk +user operator, password (\S+) \(shown only now\)/.exec(launcher.output()) ?? [];
    const login = await fetch(`${desk}/v0/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'operator', password }),
    });
    expect(login.status).toBe(200);
    const logs = await Promise.all(
      (await readdir(join(folder, 'logs'))).map((name) => readFile(join(folder, 'logs', name), 'utf8')),
    );
    expect(logs.length).toBeGreaterThan(5);
    expect(logs.filter((text) => text.includes(password))).toEqual([]);
    expect(launcher.output().split(password)).toHaveLength(2);

    const second = say('start');
    expect(await second.exited).toBe('ended with exit code 1');
    expect(second.output()).toMatch(/running already, on this machine itself \(process \d+\).*make stop/);

    const sample = say('sample');
    expect(await sample.exited).toBe('ended with exit code 0');
    expect(sample.output().match(/"state": "finished"/g)).toHaveLength(4);
    expect(await rowsOf(launcher.running)).toBe(200);
    await eventually(async () => {
      const [books] = await queryOnce<object>(
        servers.endput ?? '',
        'select (select count(*)::int from orders) as stored, (select count(*)::int from dead_letters) as dead',
      );
      expect(books).toEqual({ stored: 280, dead: 120 });
    }, 60_000);

    const stop = say('stop');
    expect(await stop.exited).toBe('ended with exit code 0');
    expect(await launcher.exited).toBe('ended with exit code 0');
    expect(await commandLines()).toEqual([]);
    expect(existsSync(join(folder, 'launcher.json'))).toBe(false);
  },
);

test(
  'a launcher that was killed is cleaned up after by the next, which finds the data',
  { timeout: 300_000 },
  async () => {
    const killed = await start();
    expect(await rowsOf(killed.running)).toBe(200);
    process.kill(killed.running.pid, 'SIGKILL');
    await killed.exited;
    expect(await commandLines()).not.toEqual([]);

    const next = await start();
    const file = join(folder, 'desk', 'operator-password');
    expect(next.output()).toContain(`user operator, password: in ${file}`);
    expect(next.output()).not.toContain((await readFile(file, 'utf8')).trim());
    expect(next.output()).toContain('that an earlier start left behind');
    expect(await rowsOf(next.running)).toBe(200);
    next.signal('SIGINT');
    expect(await next.exited).toBe('ended with exit code 0');
    expect(await commandLines()).toEqual([]);
  },
);

test('a wrong setting is told and ends the start', { timeout: 120_000 }, async () => {
  const launcher = say('start', { RETRY_DELAYS: '10', MAX_ATTEMPTS: 'many' });
  expect(await launcher.exited).toBe('ended with exit code 1');
  expect(launcher.output()).toMatch(/RETRY_DELAYS is "10" but/);
  expect(launcher.output()).toMatch(/MAX_ATTEMPTS is "many" but/);
  expect(await commandLines()).toEqual([]);
});

test(
  'without a running system sample and logs say so, and clean deletes everything',
  { timeout: 120_000 },
  async () => {
    const sample = say('sample');
    expect(await sample.exited).toBe('ended with exit code 1');
    expect(sample.output()).toContain('make start_with_logs');
    const clean = say('clean');
    expect(await clean.exited).toBe('ended with exit code 0');
    expect(await readdir(folder).catch(() => [])).toEqual([]);
  },
);
