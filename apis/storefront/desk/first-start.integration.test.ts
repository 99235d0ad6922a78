import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, onTestFinished, test } from 'vitest';
import { readUser } from '../../../db/endput/users.ts';
import { migrate } from '../../../db/migrate.ts';
import { createPool } from '../../../db/pool.ts';
import { nodeProgram } from '../../../local/services/node-program.ts';
import { createDatabase, queryOnce } from '../../../test/harness/databases.ts';
import { logIn } from '../../../test/harness/desk-login.ts';
import { startStorefront, type OurProcess } from '../../../test/harness/processes.ts';
import { recordingLogger } from '../../../test/harness/recording-logger.ts';
import { call } from '../../../test/harness/system.ts';
import { createVhost, installedBroker } from '../../../test/harness/vhosts.ts';
import { ensureFirstOperator } from './first-operator.ts';
import { createPasswords } from './passwords.ts';
import { readOrMakeSecret, readSecret } from './secret-files.ts';
import type {} from '../../../test/harness/context.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const GENERATED = { DESK_OPERATOR_PASSWORD: '', DESK_SIGNING_SECRET: '', DESK_OPERATOR_NAME: '' };
const newFolder = async () => join(await mkdtemp(join(inject('services').folder, 'desk-')), 'secrets');
const held = async (folder: string, name: string) => (await readFile(join(folder, name), 'utf8')).trim();

/** Starts storefronts of one endput, which nobody has started before. */
async function surroundings() {
  const folder = await newFolder();
  const vhost = await createVhost(installedBroker());
  const database = await createDatabase();
  const processes: OurProcess[] = [];
  onTestFinished(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await vhost.delete().catch(() => undefined);
    await database.drop();
  });
  const env = {
    ENDPUT_DATABASE_URL: database.url,
    RABBITMQ_URL: vhost.url,
    // Nothing listens there.
    ATTEMPT_LOG_URL: 'postgres://postgres@127.0.0.1:1/none',
    DESK_SECRETS_FOLDER: folder,
    ...GENERATED,
  };
  const run = async (main: string, args: string[], more: Record<string, string> = {}, input = '') => {
    const running = promisify(execFile)(process.execPath, [...(await nodeProgram(main)), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env, ...more },
    });
    running.child.stdin?.end(input);
    return running.then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    );
  };
  return {
    folder,
    endput: <Row extends object>(text: string) => queryOnce<Row>(database.url, text),
    async start(more: Record<string, string> = {}) {
      const started = await startStorefront({ ...env, ...more });
      processes.push(started);
      return started;
    },
    firstLogin: async (more: Record<string, string> = {}) =>
      JSON.parse((await run('apis/storefront/desk/first-login.ts', [], more)).stdout) as object,
    deskUser: (args: string[], input?: string) => run('apis/storefront/desk/desk-user.ts', args, {}, input),
  };
}

const sessionAt = async (api: { url: string }, token: string) =>
  (await call(api, 'GET', '/v0/session', undefined, token)).status;

test('two copies that start first at once have one operator, one secret, and files that nobody else can read', async () => {
  const desk = await surroundings();
  const [one, other] = await Promise.all([desk.start(), desk.start()]);
  expect(await desk.endput('select name, role from users')).toEqual([{ name: 'operator', role: 'operator' }]);
  expect((await readdir(desk.folder)).sort()).toEqual(['operator-password', 'signing-secret']);
  expect((await stat(desk.folder)).mode & 0o777).toBe(0o700);
  for (const name of await readdir(desk.folder)) expect((await stat(join(desk.folder, name))).mode & 0o777).toBe(0o600);

  const password = await held(desk.folder, 'operator-password');
  const secret = await held(desk.folder, 'signing-secret');
  const { status, token } = await logIn(one, { name: 'operator', password });
  expect(status).toBe(200);
  expect(await sessionAt(other, token)).toBe(200);

  // It is told once, and then where it is.
  const first = await Promise.all([desk.firstLogin(), desk.firstLogin()]);
  const file = join(desk.folder, 'operator-password');
  expect(first).toContainEqual({ user: 'operator', password });
  expect(first).toContainEqual({ user: 'operator', file });

  // After a restart all is as it was.
  await one.stop();
  const again = await desk.start();
  expect(await sessionAt(again, token)).toBe(200);
  expect(await held(desk.folder, 'operator-password')).toBe(password);
  for (const { logLines } of [one, other, again]) {
    expect(logLines().length).toBeGreaterThan(0);
    expect(logLines().filter((line) => line.includes(password) || line.includes(secret))).toEqual([]);
  }
}, 240_000);

test('a password that is set becomes that of the operator, who is logged out where it was another one', async () => {
  const desk = await surroundings();
  const one = await desk.start();
  const generated = await held(desk.folder, 'operator-password');
  const { token } = await logIn(one, { name: 'operator', password: generated });
  await one.stop();
  const set = { DESK_OPERATOR_PASSWORD: 'set by somebody' };
  const other = await desk.start(set);
  expect(await sessionAt(other, token)).toBe(401);
  expect((await logIn(other, { name: 'operator', password: generated })).status).toBe(401);
  const login = await logIn(other, { name: 'operator', password: 'set by somebody' });
  expect(login.status).toBe(200);
  expect(await readdir(desk.folder)).toEqual(['signing-secret']);
  expect(await desk.firstLogin(set)).toEqual({ user: 'operator', isSet: true });
  expect(await desk.firstLogin()).toEqual({ user: 'operator' });
  // The same again is no change.
  await other.stop();
  expect(await sessionAt(await desk.start(set), login.token)).toBe(200);
}, 240_000);

test('desk-user adds, changes and disables users, who are logged out by that', async () => {
  const desk = await surroundings();
  const storefront = await desk.start();
  expect(await desk.deskUser(['add', 'vera'])).toMatchObject({ code: 1 });
  expect(await desk.deskUser(['add', 'no name', '--role', 'viewer'])).toMatchObject({ code: 1 });
  const added = await desk.deskUser(['add', 'vera', '--role', 'viewer']);
  const [, password = ''] = /Password of vera: (\S+)/.exec(added.stdout) ?? [];
  const { status, token } = await logIn(storefront, { name: 'vera', password });
  expect(status).toBe(200);
  const again = await desk.deskUser(['add', 'vera', '--role', 'viewer']);
  expect([again.code, again.stderr]).toEqual([1, 'There is a user vera already.\n']);

  expect(await desk.deskUser(['password', 'vera', '--password-stdin'], 'short\n')).toMatchObject({ code: 1 });
  const changed = await desk.deskUser(['password', 'vera', '--password-stdin'], 'typed by hand\n');
  expect(changed.stdout).toBe('Done.\n');
  expect(await sessionAt(storefront, token)).toBe(401);
  const login = await logIn(storefront, { name: 'vera', password: 'typed by hand' });
  expect(login.status).toBe(200);

  expect((await desk.deskUser(['disable', 'vera'])).code).toBe(0);
  expect(await sessionAt(storefront, login.token)).toBe(401);
  expect((await logIn(storefront, { name: 'vera', password: 'typed by hand' })).status).toBe(401);
  expect((await desk.deskUser(['list'])).stdout).toMatch(
    /^operator +operator since .*\nvera +viewer +disabled since .*\n$/,
  );
  const entries = await desk.endput<{ action: string }>(
    `select action from audit where actor like 'desk-user (%' order by id`,
  );
  expect(entries.map(({ action }) => action)).toEqual(['user_added', 'password_changed', 'user_disabled']);

  // The file with the generated password goes with it.
  expect((await desk.deskUser(['password', 'operator'])).code).toBe(0);
  expect(await readdir(desk.folder)).toEqual(['signing-secret']);
}, 240_000);

test('copies without a common folder make one operator, whose password only the first of them has', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const { logger, lines } = recordingLogger();
  await migrate(database.url, join(ROOT, 'db/endput/migrations'), logger);
  const pool = createPool(database.url, { name: 'test', logger });
  onTestFinished(() => pool.end());
  const folders = await Promise.all([newFolder(), newFolder(), newFolder()]);
  // One was killed when it had written the file and not the user.
  await readOrMakeSecret(folders[0], 'operator-password', () => 'left by one that was killed');
  const passwords = createPasswords();
  const operator = { name: 'operator', password: undefined };
  const ensure = (folder: string) => ensureFirstOperator({ pool, passwords, operator, folder, logger });
  await ensure(folders[0]);
  await Promise.all(folders.map(ensure));
  const user = await readUser(pool, 'operator');
  expect(user?.role).toBe('operator');
  expect(await passwords.matches('left by one that was killed', user?.passwordHash)).toBe(true);
  for (const folder of folders.slice(1)) expect(await readSecret(folder, 'operator-password')).toBeUndefined();
  expect(JSON.stringify(lines)).not.toContain('left by one that was killed');

  // With users there, nobody is made, not even for another name.
  await ensureFirstOperator({ pool, passwords, operator: { ...operator, name: 'other' }, folder: folders[1], logger });
  expect(await readUser(pool, 'other')).toBeUndefined();
});

test('of many that make a secret at once all get the same, and a file that others could read is closed', async () => {
  const folder = await newFolder();
  let made = 0;
  const secrets = await Promise.all(
    Array.from({ length: 50 }, () => readOrMakeSecret(folder, 'a-secret', () => `secret ${(made += 1)}`)),
  );
  expect(new Set(secrets).size).toBe(1);
  expect(await readdir(folder)).toEqual(['a-secret']);
  await writeFile(join(folder, 'open'), 'x');
  await chmod(join(folder, 'open'), 0o644);
  expect(await readOrMakeSecret(folder, 'open', () => 'never')).toBe('x');
  expect((await stat(join(folder, 'open'))).mode & 0o777).toBe(0o600);
});
