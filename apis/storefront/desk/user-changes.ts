import { writeAudit } from '../../../db/endput/audit.ts';
import { endSessions } from '../../../db/endput/sessions.ts';
import { addUser, changeUser, USER_NAME, type UserRole } from '../../../db/endput/users.ts';
import { inTransaction, type Pool } from '../../../db/pool.ts';
import { generatePassword, SHORTEST_PASSWORD, type Passwords } from './passwords.ts';

/** What can be done to users. Whoever loses a password, a role or the login is logged out at once. */
export type UserOrder =
  | { command: 'add'; name: string; role: UserRole }
  | { command: 'password' | 'disable' | 'enable'; name: string }
  | { command: 'role'; name: string; role: UserRole };

/** Something that cannot be done as it was asked for, in words. */
export class UserOrderRefused extends Error {
  override readonly name = 'UserOrderRefused';
}

/**
 * Does it, and writes into the audit table who did. Resolves with the password where one was generated, because none was
 * given. Rejects with `UserOrderRefused`, or the error of endput; then nothing has changed.
 */
export async function changeUsers(
  { pool, passwords }: { pool: Pool; passwords: Passwords },
  order: UserOrder,
  options: { actor: string; password: string | undefined },
): Promise<{ generated: string | undefined }> {
  const { command, name } = order;
  if (!new RegExp(USER_NAME).test(name))
    throw new UserOrderRefused(
      `"${name}" is no name: 1 to 63 of A-Z, a-z, 0-9 and . _ @ -, the first a letter or digit.`,
    );
  const needsPassword = command === 'add' || command === 'password';
  const password = options.password ?? generatePassword();
  if (needsPassword && password.length < SHORTEST_PASSWORD)
    throw new UserOrderRefused(`A password has ${SHORTEST_PASSWORD} characters at least.`);
  const passwordHash = needsPassword ? await passwords.hash(password) : '';
  await inTransaction(pool, async (client) => {
    switch (order.command) {
      case 'add':
        if (!(await addUser(client, { name, role: order.role, passwordHash })))
          throw new UserOrderRefused(`There is a user ${name} already.`);
        break;
      case 'password':
        refuseUnknown(await changeUser(client, name, { passwordHash }), name);
        break;
      case 'role':
        refuseUnknown(await changeUser(client, name, { role: order.role }), name);
        break;
      case 'disable':
      case 'enable':
        refuseUnknown(await changeUser(client, name, { disabled: command === 'disable' }), name);
        break;
    }
    await endSessions(client, name);
    await writeAudit(client, {
      actor: options.actor,
      action: ACTIONS[command],
      detail: { name, ...('role' in order && { role: order.role }) },
    });
  });
  return { generated: needsPassword && options.password === undefined ? password : undefined };
}

const ACTIONS: Record<UserOrder['command'], string> = {
  add: 'user_added',
  password: 'password_changed',
  role: 'role_changed',
  disable: 'user_disabled',
  enable: 'user_enabled',
};

function refuseUnknown(isKnown: boolean, name: string): void {
  if (!isKnown) throw new UserOrderRefused(`There is no user ${name}.`);
}
