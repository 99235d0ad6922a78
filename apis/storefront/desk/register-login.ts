import type { Pool } from '../../../db/pool.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { HttpServer } from '../../http/http-server.ts';
import type { Guard } from './guard.ts';
import { registerLoginLimits } from './login-limits.ts';
import type { Passwords } from './passwords.ts';
import { createRefusals } from './refusals.ts';
import { registerAudit } from './routes/audit.ts';
import { registerLoginRoute } from './routes/login.ts';
import { registerSessionRoutes } from './routes/session.ts';
import { createSessionGuard } from './session-guard.ts';
import { createSessions } from './sessions.ts';
import { registerTokens } from './tokens.ts';

/** How the login is set. */
export interface LoginOptions {
  signingSecret: string;
  /** Milliseconds for which a token is taken. */
  sessionTtl: number;
  reading: 'anyone' | 'login';
  loginsPerMinute: number;
}

/** Registers the routes of the login, and resolves with the guard for all other routes of the desk. */
export async function registerLogin(
  app: HttpServer,
  services: { pool: Pool; logger: Logger; origins: readonly string[]; passwords: Passwords; login: LoginOptions },
): Promise<Guard> {
  const { pool, passwords, login } = services;
  const tokens = await registerTokens(app, login);
  const limits = await registerLoginLimits(app, login.loginsPerMinute);
  const refusals = createRefusals(services);
  app.addHook('onClose', () => refusals.close());
  const sessions = createSessions({ pool, passwords, ttl: login.sessionTtl });
  const guard = createSessionGuard({ ...services, tokens, refusals, reading: login.reading });
  registerLoginRoute(app, { limits, guard, sessions, tokens, refusals });
  registerSessionRoutes(app, { pool, guard, sessions, tokens, refusals });
  registerAudit(app, { pool, guard });
  return guard;
}
