import Type, { type Static } from 'typebox';
import { writeAudit } from '../../../../db/endput/audit.ts';
import { endSession, type SessionOfUser } from '../../../../db/endput/sessions.ts';
import { inTransaction, type Pool } from '../../../../db/pool.ts';
import { errorAnswers } from '../../../http/error-answers.ts';
import { ApiError } from '../../../http/errors.ts';
import type { HttpServer } from '../../../http/http-server.ts';
import { onEndput } from '../../endput-reads.ts';
import { Session } from '../login-answers.ts';
import type { Refusals } from '../refusals.ts';
import type { SessionGuard } from '../session-guard.ts';
import type { Sessions } from '../sessions.ts';
import type { Tokens } from '../tokens.ts';

const REFUSED = { 401: 'Nobody is logged in, or the login has ended.', 503: 'Endput is away.' };
const REFUSED_CHANGE = { ...REFUSED, 403: 'The page that asks is of another origin.' };

export const shownSession = ({ name, role, expiresAt }: SessionOfUser): Static<typeof Session> => ({
  name,
  role,
  // A token ends at a whole second.
  expires_at: new Date(Math.floor(expiresAt.getTime() / 1000) * 1000).toISOString(),
});

/** `GET /v0/session`, `POST /v0/session/renew` and `POST /v0/logout`: who is logged in, longer, or no more. */
export function registerSessionRoutes(
  app: HttpServer,
  services: { pool: Pool; guard: SessionGuard; sessions: Sessions; tokens: Tokens; refusals: Refusals },
): void {
  const { pool, guard, sessions, tokens, refusals } = services;
  const someone = guard.requireRole('viewer');
  app.get(
    '/v0/session',
    {
      // A page asks this to find out whether it has to show a login: to have no token is no offence here.
      onRequest: async function mustHaveSession(request, reply) {
        void reply.header('cache-control', 'no-store');
        if (tokens.presentedBy(request) === undefined)
          throw new ApiError(401, 'NOT_LOGGED_IN', 'Nobody is logged in: POST /v0/login.');
        await someone.call(app, request, reply);
      },
      schema: {
        tags: ['login'],
        summary: 'Who is logged in',
        response: { 200: Session, ...errorAnswers(REFUSED) },
      },
    },
    (request) => shownSession(guard.sessionOf(request)),
  );
  app.post(
    '/v0/session/renew',
    {
      onRequest: someone,
      schema: {
        tags: ['login'],
        summary: 'A further token of the same login',
        description: 'Up to 12 hours after the login; the token before stays as it is until it expires.',
        response: { 200: Session, ...errorAnswers(REFUSED_CHANGE) },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      const session = guard.sessionOf(request);
      const renewed = await onEndput(() => sessions.renew(session));
      if (renewed === undefined) {
        throw refusals.refuse(request, {
          status: 401,
          code: 'SESSION_ENDED',
          message: 'This login has ended, or is as old as it may get. Log in again.',
          action: 'refused',
          who: session.name,
        });
      }
      const token = tokens.sign(renewed);
      tokens.keepInBrowser(request, reply, token, renewed.expiresAt);
      return { ...shownSession(renewed), token };
    },
  );
  app.post(
    '/v0/logout',
    {
      onRequest: someone,
      schema: {
        tags: ['login'],
        summary: 'Log out',
        description: 'No token of this login is taken from now on, in no copy.',
        response: { 204: Type.Null({ description: 'Logged out.' }), ...errorAnswers(REFUSED_CHANGE) },
      },
    },
    async (request, reply) => {
      const { id, name } = guard.sessionOf(request);
      await onEndput(() =>
        inTransaction(pool, async (client) => {
          await endSession(client, id);
          await writeAudit(client, { actor: name, action: 'logout', detail: { address: request.ip } });
        }),
      );
      tokens.forgetInBrowser(request, reply);
      return reply.code(204).send(null);
    },
  );
}
