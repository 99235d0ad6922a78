import { randomUUID } from 'node:crypto';
import { writeAudit } from '../../../db/endput/audit.ts';
import { forgetSessions, openSession, renewSession, type SessionOfUser } from '../../../db/endput/sessions.ts';
import { readUser, USER_NAME } from '../../../db/endput/users.ts';
import { inTransaction, type Pool } from '../../../db/pool.ts';
import type { Passwords } from './passwords.ts';

/** Milliseconds for which a login can be given further tokens, and for which it is remembered after its last one. */
const RENEWABLE_FOR = 12 * 3_600_000;
const REMEMBERED = 24 * 3_600_000;
const FORGET_AT_ONCE = 100;

/** A name that can belong to somebody; endput need not be asked for any other. */
const isName = (name: string): boolean => new RegExp(USER_NAME).test(name);

/** Somebody who has logged in, or who could not; `known` tells whether there is such a user. */
export type LoginResult = { session: SessionOfUser } | { session: undefined; known: boolean };

/** Opens sessions and prolongs them. `ttl` is how long a token is taken, in milliseconds. */
export function createSessions({ pool, passwords, ttl }: { pool: Pool; passwords: Passwords; ttl: number }) {
  const endOfToken = (renewableUntil: Date): Date => new Date(Math.min(Date.now() + ttl, renewableUntil.getTime()));

  return {
    /** Takes as long for a name that does not exist as for a wrong password. Rejects with the error of endput, or of `Passwords`. */
    async login(name: string, password: string, address: string): Promise<LoginResult> {
      const user = isName(name) ? await readUser(pool, name) : undefined;
      const isRight = await passwords.matches(password, user?.passwordHash);
      if (user === undefined || !isRight) return { session: undefined, known: user !== undefined };
      const issuedAt = new Date();
      const renewableUntil = new Date(issuedAt.getTime() + RENEWABLE_FOR);
      const session = { id: randomUUID(), name, expiresAt: endOfToken(renewableUntil), renewableUntil };
      const isOpen = await inTransaction(pool, async (client) => {
        if (!(await openSession(client, { ...session, issuedAt, passwordHash: user.passwordHash }))) return false;
        await writeAudit(client, { actor: name, action: 'login', detail: { role: user.role, address } });
        await forgetSessions(client, new Date(Date.now() - REMEMBERED), FORGET_AT_ONCE);
        return true;
      });
      return isOpen ? { session: { ...session, role: user.role, isOpen } } : { session: undefined, known: true };
    },

    /** The session with a later end; undefined where it is over, or as old as it may get. */
    async renew(session: SessionOfUser): Promise<SessionOfUser | undefined> {
      const expiresAt = endOfToken(session.renewableUntil);
      if (expiresAt.getTime() <= Date.now()) return undefined;
      return (await renewSession(pool, session.id, expiresAt)) ? { ...session, expiresAt } : undefined;
    },
  };
}
export type Sessions = ReturnType<typeof createSessions>;
