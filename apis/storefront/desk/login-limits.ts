import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { Value } from 'typebox/value';
import type { HttpServer } from '../../http/http-server.ts';
import { LoginOrder } from './login-answers.ts';

/** Addresses and names that are counted; the one that was seen longest ago makes room. */
const COUNTED = 20_000;

/**
 * How often somebody may try to log in, by @fastify/rate-limit: so many times a minute from one address, whatever the name,
 * and as often with one name, from wherever. Each copy counts for itself.
 */
export async function registerLoginLimits(app: HttpServer, perMinute: number) {
  await app.register(rateLimit, { global: false, cache: COUNTED });
  const window = { max: perMinute, timeWindow: '1 minute' };
  const ofAddress = app.createRateLimit(window);
  const ofName = app.createRateLimit({
    ...window,
    keyGenerator: ({ body }) => (Value.Check(LoginOrder, body) ? body.name : ''),
  });

  /** Counts this attempt. Seconds until the next one may be made; 0 where this one may. */
  return async (request: FastifyRequest): Promise<number> => {
    for (const limit of [ofAddress, ofName]) {
      const state = await limit(request);
      if (!state.isAllowed && state.isExceeded) return Math.max(1, state.ttlInSeconds);
    }
    return 0;
  };
}
export type LoginLimits = Awaited<ReturnType<typeof registerLoginLimits>>;
