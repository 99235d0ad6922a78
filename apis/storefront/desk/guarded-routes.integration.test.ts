import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createDesk } from './desk-under-test.ts';
import { registerOperations } from './routes/operations.ts';
import { registerDeskOrders } from './routes/orders.ts';
import { registerSweep } from './routes/sweep.ts';

const HOST = 'localhost:8000';
const OWN_SESSION = new Set(['/v0/session/renew', '/v0/logout']);
const PATIENCE = 60_000;

/** Every route of the desk that changes something but the login itself, by the API's own document. */
async function createGuarded() {
  const desk = await createDesk({}, [], (app, services) => {
    registerDeskOrders(app, services);
    registerOperations(app, services);
    registerSweep(app, services);
  });
  await desk.app.ready();
  const { paths = {} } = desk.app.swagger() as { paths?: Record<string, object> };
  const urls = Object.entries(paths)
    .filter(([path, methods]) => 'post' in methods && path.startsWith('/v0/') && path !== '/v0/login')
    .map(([path]) => path.replace(/\{\w+\}/, randomUUID()));
  const count = async () => {
    const [row] = await desk.endput<{ n: number }>('select count(*)::int as n from desk_operations');
    return row?.n;
  };
  return { ...desk, urls, count };
}

test(
  'nothing is changed by who is not logged in, whatever is sent, by a viewer, or from a page of another origin',
  async () => {
    const { app, urls, logIn, count } = await createGuarded();
    expect(urls).toHaveLength(10);
    const viewer = await logIn('viewer');
    const operator = await logIn('operator');
    const json = { host: HOST, 'content-type': 'application/json' };
    const ask = async (url: string, headers: Record<string, string>, payload: string) => {
      const answer = await app.inject({ method: 'POST', url, headers: { ...json, ...headers }, payload });
      return [answer.statusCode, answer.json<{ code: string }>().code];
    };
    const cookie = `desk_session=${operator.token}`;
    const outcomes: Record<string, unknown> = {};
    for (const url of urls) {
      outcomes[url] = {
        // What strangers send is not even parsed.
        nobody: await ask(url, {}, '{"not": JSON'),
        large: await ask(url, {}, `{"text": "${'x'.repeat(2_000_000)}"}`),
        forged: await ask(url, { authorization: 'Bearer a.b.c' }, '{}'),
        otherOrigin: await ask(url, { cookie, origin: 'https://elsewhere.example' }, '{}'),
        noOrigin: await ask(url, { cookie }, '{}'),
        ...(!OWN_SESSION.has(url) && { viewer: await ask(url, { authorization: `Bearer ${viewer.token}` }, '{"a') }),
      };
    }
    for (const url of urls) {
      expect(outcomes[url], url).toEqual({
        nobody: [401, 'NOT_LOGGED_IN'],
        large: [401, 'NOT_LOGGED_IN'],
        forged: [401, 'TOKEN_INVALID'],
        otherOrigin: [403, 'ORIGIN_REFUSED'],
        noOrigin: [403, 'ORIGIN_MISSING'],
        ...(!OWN_SESSION.has(url) && { viewer: [403, 'ROLE_REFUSED'] }),
      });
    }
    expect(await count()).toBe(0);
    // The same reaches its route with an operator's token: what is wrong then is the request.
    const orders = urls.filter((url) => url.startsWith('/v0/dead-letters/') && !url.endsWith('/sweep'));
    for (const url of orders)
      expect((await ask(url, { authorization: `Bearer ${operator.token}` }, '{"not": JSON'))[0], url).toBe(400);
  },
  PATIENCE,
);
