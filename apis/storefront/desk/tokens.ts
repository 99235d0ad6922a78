import cookie from '@fastify/cookie';
import jwt from '@fastify/jwt';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { USER_NAME } from '../../../db/endput/users.ts';
import type { HttpServer } from '../../http/http-server.ts';

/** Name of the cookie that holds the token in a browser. */
export const SESSION_COOKIE = 'desk_session';
/** Who gives the tokens, and for what: a token that another system signed with the same secret is none of ours. */
const ISSUER = 'order-ingestion';
const AUDIENCE = 'order-ingestion/desk';

/** What a token says: whose it is, and of which login. The role is looked up, so that it can change. */
const Claims = Type.Object({
  sub: Type.String({ pattern: USER_NAME }),
  jti: Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' }),
  iat: Type.Integer(),
  exp: Type.Integer(),
});
export type Claims = Static<typeof Claims>;
const claims = Compile(Claims);

/** A token of a request, and where it stood. */
export interface PresentedToken {
  text: string;
  by: 'header' | 'cookie';
}

/** Signs tokens and reads them, by @fastify/jwt: HS256 and nothing else. */
export async function registerTokens(app: HttpServer, { signingSecret }: { signingSecret: string }) {
  await app.register(cookie);
  await app.register(jwt, {
    secret: signingSecret,
    sign: { algorithm: 'HS256', iss: ISSUER, aud: AUDIENCE },
    verify: {
      algorithms: ['HS256'],
      allowedIss: ISSUER,
      allowedAud: AUDIENCE,
      requiredClaims: ['iss', 'aud', 'sub', 'jti', 'iat', 'exp'],
    },
  });

  const cookieOptions = (request: FastifyRequest) => ({
    path: '/',
    httpOnly: true,
    sameSite: 'strict' as const,
    // This server speaks plain HTTP. Where something before it speaks TLS, the browser says so in the origin of its page.
    secure: request.protocol === 'https' || request.headers.origin?.startsWith('https://') === true,
  });

  return {
    /** A token of this session, which ends at `expiresAt` (to the second). */
    sign: ({ id, name, expiresAt }: { id: string; name: string; expiresAt: Date }): string =>
      app.jwt.sign({ sub: name, jti: id, exp: Math.floor(expiresAt.getTime() / 1000) }),

    /** The claims of a token, or why it is none. */
    read(text: string): Claims | 'expired' | 'forged' {
      try {
        const read: unknown = app.jwt.verify(text);
        return claims.Check(read) ? read : 'forged';
      } catch (error) {
        return error instanceof Error && 'code' in error && error.code === 'FAST_JWT_EXPIRED' ? 'expired' : 'forged';
      }
    },

    /**
     * The token of a request. A header counts before the cookie, which a browser sends by itself; another scheme, such as
     * that of a proxy with a password, does not count.
     */
    presentedBy(request: FastifyRequest): PresentedToken | undefined {
      const [, bearer] = /^bearer\s+(.*)$/is.exec(request.headers.authorization ?? '') ?? [];
      if (bearer !== undefined) return { text: bearer.trim(), by: 'header' };
      const held = request.cookies[SESSION_COOKIE];
      return held === undefined || held === '' ? undefined : { text: held, by: 'cookie' };
    },

    keepInBrowser(request: FastifyRequest, reply: FastifyReply, token: string, expiresAt: Date): void {
      const maxAge = Math.max(0, Math.floor((expiresAt.getTime() - Date.now()) / 1000));
      void reply.setCookie(SESSION_COOKIE, token, { ...cookieOptions(request), maxAge });
    },

    forgetInBrowser(request: FastifyRequest, reply: FastifyReply): void {
      void reply.clearCookie(SESSION_COOKIE, cookieOptions(request));
    },
  };
}
export type Tokens = Awaited<ReturnType<typeof registerTokens>>;
