import type { Pool, PoolClient } from '../pool.ts';
import type { UserRole } from './users.ts';

/** A login and whose it is. */
export interface SessionOfUser {
  id: string;
  name: string;
  role: UserRole;
  expiresAt: Date;
  /** Until when it can be given further tokens. */
  renewableUntil: Date;
  /** Whether tokens of it are taken: not logged out, and the user not disabled. */
  isOpen: boolean;
}

/**
 * Opens a session of a user who has just shown the password of this hash. False where the user has another one by now, or
 * was disabled: whoever changes that ends the sessions, and must not miss one that is just being opened.
 */
export async function openSession(
  client: Pool | PoolClient,
  session: {
    id: string;
    name: string;
    passwordHash: string;
    issuedAt: Date;
    expiresAt: Date;
    renewableUntil: Date;
  },
): Promise<boolean> {
  const { id, name, passwordHash, issuedAt, expiresAt, renewableUntil } = session;
  const { rowCount } = await client.query({
    name: 'open_session',
    text: `
      insert into sessions (id, user_name, issued_at, expires_at, renewable_until)
      select $1, name, $4, $5, $6
        from users
       where name = $2 and password_hash = $3 and disabled_at is null
         for share`,
    values: [id, name, passwordHash, issuedAt, expiresAt, renewableUntil],
  });
  return rowCount === 1;
}

/** A session by its id (a UUID), with its user as that is now; one read by primary key of each table. */
export async function readSession(client: Pool | PoolClient, id: string): Promise<SessionOfUser | undefined> {
  const { rows } = await client.query<SessionOfUser>({
    name: 'read_session',
    text: `
      select s.id, s.user_name as name, u.role, s.expires_at as "expiresAt", s.renewable_until as "renewableUntil",
             s.revoked_at is null and u.disabled_at is null as "isOpen"
        from sessions s join users u on u.name = s.user_name
       where s.id = $1`,
    values: [id],
  });
  return rows[0];
}

/** Writes down that a further token was given, which ends at `expiresAt`. False where the session has ended. */
export async function renewSession(client: Pool | PoolClient, id: string, expiresAt: Date): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'renew_session',
    text: `update sessions set expires_at = greatest(expires_at, $2) where id = $1 and revoked_at is null`,
    values: [id, expiresAt],
  });
  return rowCount === 1;
}

/** From now on no token of the session is taken. */
export async function endSession(client: Pool | PoolClient, id: string): Promise<void> {
  await client.query({
    name: 'end_session',
    text: 'update sessions set revoked_at = clock_timestamp() where id = $1 and revoked_at is null',
    values: [id],
  });
}

/** The same for all sessions of a user; resolves with how many there were. */
export async function endSessions(client: Pool | PoolClient, name: string): Promise<number> {
  const { rowCount } = await client.query(
    'update sessions set revoked_at = clock_timestamp() where user_name = $1 and revoked_at is null and expires_at > now()',
    [name],
  );
  return rowCount ?? 0;
}

/** Deletes sessions of which the last token ended before this time, `limit` at most. A token of one without a row is refused. */
export async function forgetSessions(client: Pool | PoolClient, endedBefore: Date, limit: number): Promise<void> {
  await client.query({
    name: 'forget_sessions',
    text: `delete from sessions where id in (select id from sessions where expires_at < $1 order by expires_at limit $2)`,
    values: [endedBefore, limit],
  });
}
