import { join } from 'node:path';
import { writeAudit } from '../../../db/endput/audit.ts';
import { endSessions } from '../../../db/endput/sessions.ts';
import { addUser, changeUser, hasUsers, lockUsers, readUser } from '../../../db/endput/users.ts';
import { inTransaction, type Pool, type PoolClient } from '../../../db/pool.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { generatePassword, type Passwords } from './passwords.ts';
import { forgetOperatorPassword, readOrMakeSecret, SECRET_FILES } from './secret-files.ts';

/** The first operator, as the settings have it. */
export interface FirstOperator {
  name: string;
  /** Undefined: one is generated where there is no user yet. */
  password: string | undefined;
}

/**
 * Sees to it that somebody can log in. Where there is no user, the first operator is made, with the password that is given
 * or else with a generated one, which is kept in a file of the folder of secrets. A password that is given is the one
 * that this user has from now on, so a lost one can be replaced; who was logged in with the old one is logged out.
 * Several copies may do this at once. Rejects with the error of database or file system; then nothing has changed in endput.
 */
export async function ensureFirstOperator(options: {
  pool: Pool;
  passwords: Passwords;
  operator: FirstOperator;
  folder: string;
  logger: Logger;
}): Promise<void> {
  const { pool, operator, logger } = options;
  const done = await inTransaction(pool, async (client) => {
    await lockUsers(client);
    return operator.password === undefined
      ? makeWithGenerated(client, options)
      : makeOrChange(client, options, operator.password);
  });
  if (done !== undefined) logger.info({ user: operator.name }, done);
}

interface Services {
  passwords: Passwords;
  operator: FirstOperator;
  folder: string;
}

async function makeWithGenerated(
  client: PoolClient,
  { passwords, operator: { name }, folder }: Services,
): Promise<string | undefined> {
  if (await hasUsers(client)) return undefined;
  // The file comes first: a password that only its hash knows would let nobody in.
  const password = await readOrMakeSecret(folder, SECRET_FILES.operatorPassword, generatePassword);
  await addUser(client, { name, role: 'operator', passwordHash: await passwords.hash(password) });
  await writeAudit(client, { actor: '', action: 'user_added', detail: { name, role: 'operator', first: true } });
  return `the first operator was made; the password lies in ${join(folder, SECRET_FILES.operatorPassword)}`;
}

async function makeOrChange(
  client: PoolClient,
  { passwords, operator: { name }, folder }: Services,
  password: string,
): Promise<string | undefined> {
  const user = await readUser(client, name);
  if (user !== undefined && (await passwords.matches(password, user.passwordHash))) return undefined;
  const passwordHash = await passwords.hash(password);
  await forgetOperatorPassword(folder);
  if (user === undefined) {
    await addUser(client, { name, role: 'operator', passwordHash });
    await writeAudit(client, { actor: '', action: 'user_added', detail: { name, role: 'operator', by: 'setting' } });
    return 'the first operator was made, with the password that is set';
  }
  await changeUser(client, name, { passwordHash });
  await endSessions(client, name);
  await writeAudit(client, { actor: '', action: 'password_changed', detail: { name, by: 'setting' } });
  return 'the first operator has the password that is set';
}
