import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { listUsers } from '../../../db/endput/users.ts';
import { createPool } from '../../../db/pool.ts';
import { readOrExit } from '../../../runtime/configuration.ts';
import { createLogger } from '../../../runtime/logger.ts';
import { readStorefrontConfiguration } from '../storefront-configuration.ts';
import { ROLES, type Role } from './guard.ts';
import { createPasswords } from './passwords.ts';
import { forgetOperatorPassword } from './secret-files.ts';
import { changeUsers, UserOrderRefused, type UserOrder } from './user-changes.ts';

/** `npm run desk-user`: who may log in at the desk. It talks to endput (`ENDPUT_DATABASE_URL`), not to the storefront. */
const USAGE = `npm run desk-user -- COMMAND
  list                       everybody who has a login
  add NAME --role ROLE       ROLE is viewer or operator
  password NAME              another password; whoever is logged in as NAME is logged out
  role NAME --role ROLE      another role
  disable NAME               NAME can no longer log in, and is logged out
  enable NAME                NAME can log in again
With --password-stdin, add and password read the password from standard input; without, one is made and printed.
`;

if (existsSync('.env')) process.loadEnvFile('.env');
process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof UserOrderRefused)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 1;
});

async function main(): Promise<number> {
  const asked = readArguments();
  if (asked === undefined) {
    process.stderr.write(USAGE);
    return 1;
  }
  const configuration = readOrExit(() => readStorefrontConfiguration(process.env));
  const logger = createLogger('desk-user', { LOG_LEVEL: 'error', LOG_FORMAT: configuration.LOG_FORMAT });
  const pool = createPool(configuration.endputUrl, { name: 'desk-user', logger, max: 1 });
  try {
    if (asked.order === 'list') {
      for (const { name, role, createdAt, disabledAt } of await listUsers(pool)) {
        const state = disabledAt ? `disabled since ${disabledAt.toISOString()}` : `since ${createdAt.toISOString()}`;
        process.stdout.write(`${name.padEnd(24)} ${role.padEnd(8)} ${state}\n`);
      }
      return 0;
    }
    const { order } = asked;
    const password = asked.fromStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined;
    const actor = `desk-user (${userInfo().username})`;
    const { generated } = await changeUsers({ pool, passwords: createPasswords() }, order, { actor, password });
    // The file would name a password that no longer counts.
    if (order.command === 'password' && order.name === configuration.operator.name)
      await forgetOperatorPassword(configuration.secretsFolder);
    process.stdout.write(generated === undefined ? 'Done.\n' : `Done. Password of ${order.name}: ${generated}\n`);
    return 0;
  } finally {
    await pool.end();
  }
}

function readArguments(): { order: UserOrder | 'list'; fromStdin: boolean } | undefined {
  try {
    const { values, positionals } = parseArgs({
      options: { role: { type: 'string' }, 'password-stdin': { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [command, name, ...more] = positionals;
    const fromStdin = values['password-stdin'];
    if (more.length > 0) return undefined;
    if (command === 'list') return name === undefined ? { order: 'list', fromStdin } : undefined;
    if (name === undefined) return undefined;
    const role = ROLES.find((one): one is Role => one === values.role);
    if (command === 'add' || command === 'role') return role && { order: { command, name, role }, fromStdin };
    if (command === 'password' || command === 'disable' || command === 'enable')
      return { order: { command, name }, fromStdin };
    return undefined;
  } catch {
    return undefined;
  }
}
