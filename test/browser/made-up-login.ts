import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { LoginOrder, Session } from '../../apis/storefront/desk/login-answers.ts';
import { ApiError } from '../../apis/http/errors.ts';
import type { HttpServer } from '../../apis/http/http-server.ts';

/** Those who can log in at a made-up desk, each with the password `right`. */
const USERS = new Map<string, 'viewer' | 'operator'>([
  ['ana', 'operator'],
  ['vito', 'viewer'],
]);

/** The login of a made-up desk: a cookie that no script can read, for sessions that a test can end. */
export function registerMadeUpLogin(
  app: HttpServer,
  audit: (actor: string, action: string, detail?: Record<string, unknown>) => void,
) {
  const sessions = new Map<string, Static<typeof Session>>();
  /** Seconds that a session lives. */
  const options = { lifetime: 900 };
  const counts = { renewals: 0 };

  const sessionOf = (request: FastifyRequest) => {
    const token = /(?:^|; )desk=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    const session = sessions.get(token);
    if (session === undefined || Date.parse(session.expires_at) <= Date.now())
      throw token === ''
        ? new ApiError(401, 'NOT_LOGGED_IN', 'This needs a login: POST /v0/login.')
        : new ApiError(401, 'SESSION_ENDED', 'This login has ended. Log in again.');
    return { token, session };
  };
  // A token ends at a whole second.
  const end = () => new Date((Math.floor(Date.now() / 1000) + options.lifetime) * 1000).toISOString();

  app.post(
    '/v0/login',
    { schema: { body: LoginOrder, response: { 200: Session } } },
    ({ body: { name, password } }, reply) => {
      const role = USERS.get(name);
      if (role === undefined || password !== 'right')
        throw new ApiError(401, 'LOGIN_REFUSED', 'Name or password is wrong.');
      const token = randomUUID();
      const session = { name, role, expires_at: end() };
      sessions.set(token, session);
      audit(name, 'login', { role });
      void reply.header('set-cookie', `desk=${token}; HttpOnly; SameSite=Strict; Path=/`);
      return { ...session, token };
    },
  );
  app.get('/v0/session', { schema: { response: { 200: Session } } }, (request) => sessionOf(request).session);
  app.post('/v0/session/renew', { schema: { response: { 200: Session } } }, (request) => {
    const { session, token } = sessionOf(request);
    session.expires_at = end();
    counts.renewals += 1;
    return { ...session, token };
  });
  app.post('/v0/logout', (request, reply) => {
    const { token, session } = sessionOf(request);
    sessions.delete(token);
    audit(session.name, 'logout');
    return reply.code(204).send();
  });
  const actorOf = (request: FastifyRequest) => sessionOf(request).session;
  return {
    options,
    counts,
    actorOf,
    operatorOf(request: FastifyRequest): string {
      const { name, role } = actorOf(request);
      if (role !== 'operator')
        throw new ApiError(403, 'ROLE_REFUSED', `This needs role operator; ${name} has role ${role}.`);
      return name;
    },
    endAllSessions: () => sessions.clear(),
  };
}
export type MadeUpLogin = ReturnType<typeof registerMadeUpLogin>;
