import { errorAnswers } from '../../../http/error-answers.ts';
import type { HttpServer } from '../../../http/http-server.ts';
import { onEndput } from '../../endput-reads.ts';
import { LoginOrder, Session } from '../login-answers.ts';
import type { LoginLimits } from '../login-limits.ts';
import type { Refusals } from '../refusals.ts';
import type { SessionGuard } from '../session-guard.ts';
import type { Sessions } from '../sessions.ts';
import type { Tokens } from '../tokens.ts';
import { shownSession } from './session.ts';

/** `POST /v0/login`: a token for a name and a password. */
export function registerLoginRoute(
  app: HttpServer,
  services: { limits: LoginLimits; guard: SessionGuard; sessions: Sessions; tokens: Tokens; refusals: Refusals },
): void {
  const { limits, guard, sessions, tokens, refusals } = services;
  app.post(
    '/v0/login',
    {
      schema: {
        tags: ['login'],
        summary: 'Log in',
        description:
          'Answers with a token that is taken for a while, and sets it as a cookie that no script can read. Clients that ' +
          'are no browser send it as `Authorization: Bearer <token>`.',
        security: [],
        body: LoginOrder,
        response: {
          200: Session,
          ...errorAnswers({
            400: 'The body is wrong.',
            401: 'Name or password is wrong, or the user is disabled.',
            403: 'The page that asks is of another origin.',
            429: 'Too many attempts from this address or with this name; `retry-after` says how many seconds to wait.',
            503: 'Endput is away, or too many logins are under way.',
          }),
        },
      },
    },
    async (request, reply) => {
      const { name, password } = request.body;
      void reply.header('cache-control', 'no-store');
      guard.refuseOtherOrigins(request, 'login_refused');
      const wait = await limits(request);
      if (wait > 0) {
        void reply.header('retry-after', String(wait));
        const message = `Too many attempts. Try again in ${wait} s.`;
        throw refusals.refuse(request, { status: 429, code: 'TOO_MANY_LOGINS', message, action: 'login_refused' });
      }
      const result = await onEndput(() => sessions.login(name, password, request.ip));
      if (result.session === undefined) {
        throw refusals.refuse(request, {
          status: 401,
          code: 'LOGIN_REFUSED',
          message: 'Name or password is wrong.',
          action: 'login_refused',
          ...(result.known && { who: name }),
        });
      }
      const token = tokens.sign(result.session);
      tokens.keepInBrowser(request, reply, token, result.session.expiresAt);
      request.log.info({ user: name, address: request.ip }, 'logged in at the desk');
      return { ...shownSession(result.session), token };
    },
  );
}
