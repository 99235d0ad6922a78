import { Redis } from 'ioredis';
import pg from 'pg';
import { callManagement } from './management.ts';

/** User of our processes on the servers of tests. */
const USER = 'tester';
/** Its password. It is like nothing else, so that it is found wherever it is said; and it has to be encoded in a URL. */
const PASSWORD = 'Hush-hush@1/2';
/** The first operator of a storefront under test, and what its tokens are signed with. */
export const OPERATOR = { name: 'operator', password: 'Hush-hush@desk/3' };
export const SIGNING_SECRET = 'Hush-hush: signs the tokens of tests @4/5';
const SPELLINGS = [
  ...[PASSWORD, OPERATOR.password, SIGNING_SECRET].flatMap((secret) => [secret, encodeURIComponent(secret)]),
  Buffer.from(`${USER}:${PASSWORD}`).toString('base64'),
];
/** What a signed token begins with, whatever it says. */
const TOKEN = /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./;
/** Hashes of passwords, in endput alone. */
const HASH = '$scrypt$';

/** Whether a text gives a password, a signing secret or a token away. */
export function tellsSecret(text: string): boolean {
  return TOKEN.test(text) || text.includes(HASH) || SPELLINGS.some((spelling) => text.includes(spelling));
}

/** The URL of a server with this user and password. */
export function withSecret(url: string): string {
  const changed = new URL(url);
  // Redis knows users by password alone.
  changed.username = changed.protocol === 'redis:' ? '' : USER;
  changed.password = encodeURIComponent(PASSWORD);
  return changed.toString();
}

/** Makes the user on a PostgreSQL server, if it is not there yet. */
export async function makePostgresUser(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [USER]);
    if (rowCount === 0) {
      await client.query(`create role ${USER} superuser login password ${pg.escapeLiteral(PASSWORD)}`);
    }
  } finally {
    await client.end();
  }
}

/** Makes the user on a RabbitMQ node, or says its password again. */
export async function makeRabbitmqUser(adminManagementUrl: string): Promise<void> {
  await callManagement(adminManagementUrl, `/users/${USER}`, 'PUT', { password: PASSWORD, tags: 'administrator' });
  await allowVhost(adminManagementUrl, '%2F');
}

/** Lets the user into a virtual host. */
export async function allowVhost(managementUrl: string, vhost: string): Promise<void> {
  const all = { configure: '.*', write: '.*', read: '.*' };
  await callManagement(managementUrl, `/permissions/${vhost}/${USER}`, 'PUT', all);
}

/** From now on a Redis server asks for the password, until it is started again. */
export async function requireRedisPassword(url: string): Promise<void> {
  const redis = new Redis(url);
  try {
    await redis.config('SET', 'requirepass', PASSWORD);
  } finally {
    redis.disconnect();
  }
}
