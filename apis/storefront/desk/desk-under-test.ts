import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { createStorefrontPool } from '../../../db/endput/pool.ts';
import { addUser, type UserRole } from '../../../db/endput/users.ts';
import type { Pool } from '../../../db/pool.ts';
import { migrate } from '../../../db/migrate.ts';
import { createDatabase, queryOnce } from '../../../test/harness/databases.ts';
import { recordingLogger } from '../../../test/harness/recording-logger.ts';
import { SIGNING_SECRET } from '../../../test/harness/secret.ts';
import { createHttpServer, type HttpServer } from '../../http/http-server.ts';
import { createMetricsRegistry } from '../../http/metrics.ts';
import type { Guard } from './guard.ts';
import { createPasswords } from './passwords.ts';
import { registerLogin, type LoginOptions } from './register-login.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../db/endput/migrations', import.meta.url));

/** What a user of tests is called and its password. */
export const USERS: Record<UserRole, { name: string; password: string }> = {
  operator: { name: 'olga', password: 'correct horse battery' },
  viewer: { name: 'victor', password: 'staple of a viewer' },
};

/** Hashes are dear, so they are made once for a file. */
const hashes = Promise.all(
  (['operator', 'viewer'] as const).map(async (role): Promise<[UserRole, string]> => [
    role,
    await createPasswords().hash(USERS[role].password),
  ]),
);

/** A server with the login of the desk, an endput of its own and a user of each role; requests are injected. */
export async function createDesk(
  login: Partial<LoginOptions> = {},
  origins: string[] = [],
  registerMore: (app: HttpServer, services: { pool: Pool; deskPool: Pool; guard: Guard }) => void = () => undefined,
) {
  const database = await createDatabase();
  const { logger, lines } = recordingLogger();
  await migrate(database.url, MIGRATIONS, logger);
  const pool = createStorefrontPool(database.url, { name: 'desk', logger, queryTimeout: 8_000 });
  const passwords = createPasswords();
  for (const [role, passwordHash] of await hashes) await addUser(pool, { name: USERS[role].name, role, passwordHash });
  const app = await createHttpServer({
    logger,
    registry: createMetricsRegistry({}),
    api: { title: 'The desk', description: '', version: '0', tags: [] },
    notReady: () => Promise.resolve(undefined),
    translateError: () => undefined,
  });
  const guard = await registerLogin(app, {
    pool,
    logger,
    origins,
    passwords: createPasswords(),
    login: { signingSecret: SIGNING_SECRET, sessionTtl: 900_000, reading: 'anyone', loginsPerMinute: 1_000, ...login },
  });
  // The routes behind the guard are others' business; here are two in their place.
  app.post('/change', { onRequest: guard.requireRole('operator') }, (request) => guard.actorOf(request));
  app.get('/read', { onRequest: guard.reading }, () => ({ read: true }));
  app.get('/unguarded', (request) => guard.actorOf(request));
  registerMore(app, { pool, deskPool: pool, guard });
  onTestFinished(async () => {
    await app.close();
    await pool.end().catch(() => undefined);
    await database.drop();
  });

  const logIn = async (role: UserRole) => {
    const answer = await app.inject({ method: 'POST', url: '/v0/login', body: USERS[role] });
    if (answer.statusCode !== 200) throw new Error(`login: ${answer.body}`);
    return answer.json<{ token: string; expires_at: string; name: string; role: string }>();
  };
  return {
    app,
    pool,
    passwords,
    logIn,
    lines,
    endput: <Row extends object>(text: string, values: unknown[] = []) => queryOnce<Row>(database.url, text, values),
    /** Reads an answer with this token. */
    get: (url: string, token: string) =>
      app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${token}` } }),
    /** Changes something with this token. */
    post: (url: string, token: string) =>
      app.inject({ method: 'POST', url, headers: { authorization: `Bearer ${token}` } }),
  };
}
export type Desk = Awaited<ReturnType<typeof createDesk>>;
