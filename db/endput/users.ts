import type { Pool, PoolClient } from '../pool.ts';

export type UserRole = 'viewer' | 'operator';

/** Somebody who has a login. */
export interface User {
  name: string;
  role: UserRole;
  createdAt: Date;
  /** Since when the login is refused; undefined for one that is taken. */
  disabledAt: Date | undefined;
}

/** What the name of a user looks like; the table holds it too. */
export const USER_NAME = '^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$';

interface UserRow {
  name: string;
  role: UserRole;
  password_hash: string;
  created_at: Date;
  disabled_at: Date | null;
}

const COLUMNS = 'name, role, password_hash, created_at, disabled_at';

const userOf = ({ name, role, created_at, disabled_at }: UserRow): User => ({
  name,
  role,
  createdAt: created_at,
  disabledAt: disabled_at ?? undefined,
});

/** A user with the hash of the password; undefined where there is none of this name. */
export async function readUser(
  client: Pool | PoolClient,
  name: string,
): Promise<(User & { passwordHash: string }) | undefined> {
  const { rows } = await client.query<UserRow>({
    name: 'read_user',
    text: `select ${COLUMNS} from users where name = $1`,
    values: [name],
  });
  const [row] = rows;
  return row && { ...userOf(row), passwordHash: row.password_hash };
}

/** All users by name. */
export async function listUsers(client: Pool | PoolClient): Promise<User[]> {
  const { rows } = await client.query<UserRow>(`select ${COLUMNS} from users order by name`);
  return rows.map(userOf);
}

export async function hasUsers(client: Pool | PoolClient): Promise<boolean> {
  const { rowCount } = await client.query('select from users limit 1');
  return rowCount === 1;
}

/** False where there is a user of this name already, who is left alone. */
export async function addUser(
  client: Pool | PoolClient,
  user: { name: string; role: UserRole; passwordHash: string },
): Promise<boolean> {
  const { rowCount } = await client.query(
    'insert into users (name, role, password_hash) values ($1, $2, $3) on conflict (name) do nothing',
    [user.name, user.role, user.passwordHash],
  );
  return rowCount === 1;
}

/** What of a user can change. Who knew the old password, or was let in before, is not logged in any more: see `endSessions`. */
export type UserChange = { passwordHash: string } | { role: UserRole } | { disabled: boolean };

/** False where there is no user of this name. */
export async function changeUser(client: Pool | PoolClient, name: string, change: UserChange): Promise<boolean> {
  const [set, values]: [string, unknown[]] =
    'passwordHash' in change
      ? ['password_hash = $2', [change.passwordHash]]
      : 'role' in change
        ? ['role = $2', [change.role]]
        : [`disabled_at = ${change.disabled ? 'coalesce(disabled_at, clock_timestamp())' : 'null'}`, []];
  const { rowCount } = await client.query(`update users set ${set} where name = $1`, [name, ...values]);
  return rowCount === 1;
}

/**
 * Until the transaction of `client` ends, nobody else who asks for it changes who is there: several copies that find no
 * user must not each make one.
 */
export async function lockUsers(client: PoolClient): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(hashtext('order-ingestion users'))`);
}
