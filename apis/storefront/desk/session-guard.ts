import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { readSession, type SessionOfUser } from '../../../db/endput/sessions.ts';
import type { Pool } from '../../../db/pool.ts';
import { onEndput } from '../endput-reads.ts';
import { isAllowedOrigin } from '../origin.ts';
import type { Guard, Role } from './guard.ts';
import type { Refusals } from './refusals.ts';
import type { PresentedToken, Tokens } from './tokens.ts';

/** Methods that change nothing. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The guard of the desk, by tokens of sessions in endput. Whether a session is still open is asked of endput with every
 * request, so a logout counts at once and in every copy; while endput is away nobody is let in (503).
 *
 * A browser sends its cookie with whatever a page makes it ask for. So a request that changes something must not come from
 * a page of another origin, and one that has its token from the cookie must say that it comes from ours: every browser
 * sends `Origin` with it, and `Sec-Fetch-Site`, and no page can forge these.
 */
export function createSessionGuard(options: {
  pool: Pool;
  tokens: Tokens;
  refusals: Refusals;
  /** Origins besides the storefront's own. */
  origins: readonly string[];
  reading: 'anyone' | 'login';
}) {
  const { pool, tokens, refusals } = options;
  const sessions = new WeakMap<FastifyRequest, SessionOfUser>();

  /** Refuses a page of another origin. Who is no browser names none. */
  const refuseOtherOrigins = (request: FastifyRequest, action: 'refused' | 'login_refused' = 'refused'): void => {
    const { origin, host } = request.headers;
    if (origin === undefined || isAllowedOrigin(origin, host, options.origins)) return;
    const message = 'A page of another origin may not do this.';
    throw refusals.refuse(request, { status: 403, code: 'ORIGIN_REFUSED', message, action });
  };

  const refuseUnknownPages = (request: FastifyRequest): void => {
    if (request.headers.origin !== undefined || request.headers['sec-fetch-site'] === 'same-origin') return;
    throw refusals.refuse(request, {
      status: 403,
      code: 'ORIGIN_MISSING',
      message:
        'With the token in a cookie, a change has to say where it comes from (Origin). Send the token as a header.',
      action: 'refused',
    });
  };

  const sessionOfToken = async (
    request: FastifyRequest,
    reply: FastifyReply,
    presented: PresentedToken,
  ): Promise<SessionOfUser> => {
    const refuse = (code: string, message: string, who?: string) => {
      void reply.header('www-authenticate', 'Bearer error="invalid_token"');
      if (presented.by === 'cookie') tokens.forgetInBrowser(request, reply);
      return refusals.refuse(request, {
        status: 401,
        code,
        message,
        action: 'refused',
        ...(who !== undefined && { who }),
      });
    };
    const claims = tokens.read(presented.text);
    if (claims === 'forged') throw refuse('TOKEN_INVALID', 'This token was not given here. Log in.');
    if (claims === 'expired') throw refuse('TOKEN_EXPIRED', 'The token has expired. Log in again.');
    const session = await onEndput(() => readSession(pool, claims.jti));
    if (session?.isOpen !== true || session.name !== claims.sub)
      throw refuse('SESSION_ENDED', 'This login has ended. Log in again.', session?.name);
    return session;
  };

  const requireLogin = async (request: FastifyRequest, reply: FastifyReply): Promise<SessionOfUser> => {
    const isChange = !SAFE.has(request.method);
    if (isChange) refuseOtherOrigins(request);
    const presented = tokens.presentedBy(request);
    if (presented === undefined) {
      void reply.header('www-authenticate', 'Bearer');
      const message = 'This needs a login: POST /v0/login.';
      throw refusals.refuse(request, { status: 401, code: 'NOT_LOGGED_IN', message, action: 'refused' });
    }
    if (isChange && presented.by === 'cookie') refuseUnknownPages(request);
    const session = await sessionOfToken(request, reply, presented);
    sessions.set(request, session);
    return session;
  };

  const requireRole = (role: Role): onRequestAsyncHookHandler =>
    async function mustHaveRole(request, reply) {
      const session = await requireLogin(request, reply);
      if (session.role === role || session.role === 'operator') return;
      throw refusals.refuse(request, {
        status: 403,
        code: 'ROLE_REFUSED',
        message: `This needs role ${role}; ${session.name} has role ${session.role}.`,
        action: 'refused',
        who: session.name,
      });
    };

  const sessionOf = (request: FastifyRequest): SessionOfUser => {
    const session = sessions.get(request);
    if (session === undefined) throw new Error(`${request.routeOptions.url ?? 'a route'} asks for nobody's role`);
    return session;
  };

  const guard: Guard = {
    requireRole,
    reading: options.reading === 'login' ? requireRole('viewer') : () => Promise.resolve(),
    actorOf: (request) => {
      const { name, role } = sessionOf(request);
      return { name, role };
    },
  };
  return { ...guard, sessionOf, refuseOtherOrigins };
}
export type SessionGuard = ReturnType<typeof createSessionGuard>;
