import { createHmac, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endSessions } from '../../../db/endput/sessions.ts';
import { changeUser } from '../../../db/endput/users.ts';
import { eventually } from '../../../test/harness/eventually.ts';
import { SIGNING_SECRET, tellsSecret } from '../../../test/harness/secret.ts';
import { createDesk, USERS, type Desk } from './desk-under-test.ts';

const HOST = 'localhost:8000';
const OWN = { origin: `http://${HOST}` };
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** A token as somebody would make it who knows this secret. */
function tokenOf(
  claims: object,
  secret: string,
  header: object = { alg: 'HS256', typ: 'JWT' },
  hash = 'sha256',
): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`;
}
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
const refusals = (desk: Desk) =>
  desk.endput<{ actor: string; action: string; detail: { why: string; name?: string; again?: number } }>(
    `select actor, action, detail from audit where action in ('refused', 'login_refused') order by id`,
  );
/** Waits until the refusal is in the audit table, and expects it in the log. */
async function expectRefusal(desk: Desk, why: string, expected: object = {}): Promise<void> {
  await eventually(async () => {
    const found = (await refusals(desk)).filter(({ detail }) => detail.why === why);
    expect(found[0]).toMatchObject(expected);
  });
  expect(desk.lines).toContainEqual(expect.objectContaining({ msg: 'refused at the desk', why }));
  expect(desk.lines.filter((line) => tellsSecret(JSON.stringify(line)))).toEqual([]);
}

describe('a login', () => {
  test('gives a token for the header and the same as a cookie that no script can read', async () => {
    const { app, get, endput } = await createDesk();
    const answer = await app.inject({
      method: 'POST',
      url: '/v0/login',
      body: USERS.operator,
      headers: { host: HOST, ...OWN },
    });
    const { token, ...session } = answer.json<{ token: string; expires_at: string }>();
    expect(answer.statusCode).toBe(200);
    expect(session).toMatchObject({ name: 'olga', role: 'operator' });
    expect(answer.headers['cache-control']).toBe('no-store');
    const [cookie] = answer.cookies;
    expect(cookie).toMatchObject({ name: 'desk_session', value: token, httpOnly: true, sameSite: 'Strict', path: '/' });
    expect(cookie).not.toHaveProperty('secure');
    const ofHeader = await get('/v0/session', token);
    expect(ofHeader.json()).toEqual(session);
    const ofCookie = await app.inject({ url: '/v0/session', cookies: { desk_session: token } });
    expect(ofCookie.json()).toEqual(session);
    expect(await endput('select actor, action from audit')).toEqual([{ actor: 'olga', action: 'login' }]);
  });

  test('by a page that came by https has a cookie that goes by https alone', async () => {
    const { app } = await createDesk();
    const headers = { host: HOST, origin: `https://${HOST}` };
    const answer = await app.inject({ method: 'POST', url: '/v0/login', body: USERS.viewer, headers });
    expect(answer.cookies[0]).toMatchObject({ secure: true });
  });

  test.each([
    ['a wrong password', { name: 'olga', password: 'correct horse batterY' }, 'olga'],
    ['a name that nobody has', { name: 'nobody', password: 'correct horse battery' }, ''],
    ['a name that cannot be one', { name: "x'; --\0", password: 'correct horse battery' }, ''],
  ])('with %s is refused in the same words', async (_what, body, name) => {
    const desk = await createDesk();
    const answer = await desk.app.inject({ method: 'POST', url: '/v0/login', body });
    expect([answer.statusCode, answer.json()]).toEqual([
      401,
      expect.objectContaining({ code: 'LOGIN_REFUSED', message: 'Name or password is wrong.' }),
    ]);
    expect(answer.cookies).toEqual([]);
    await expectRefusal(desk, 'LOGIN_REFUSED', { actor: '', action: 'login_refused', detail: { name } });
  });

  test('of a disabled user is refused, and what the user had does not count any more', async () => {
    const desk = await createDesk();
    const { token } = await desk.logIn('operator');
    await changeUser(desk.pool, 'olga', { disabled: true });
    expect((await desk.get('/v0/audit', token)).statusCode).toBe(401);
    await expectRefusal(desk, 'SESSION_ENDED', { actor: 'olga' });
    const again = await desk.app.inject({ method: 'POST', url: '/v0/login', body: USERS.operator });
    expect(again.json()).toMatchObject({ statusCode: 401, message: 'Name or password is wrong.' });
  });

  test('is tried only so often a minute with one name, and from one address', async () => {
    const desk = await createDesk({ loginsPerMinute: 3 });
    const attempt = (name: string, remoteAddress: string, password = 'wrong, wrong') =>
      desk.app.inject({ method: 'POST', url: '/v0/login', body: { name, password }, remoteAddress });
    for (let n = 1; n <= 3; n += 1) expect((await attempt('olga', `10.0.0.${n}`)).statusCode).toBe(401);
    const refused = await attempt('olga', '10.0.0.4', USERS.operator.password);
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await expectRefusal(desk, 'TOO_MANY_LOGINS', { action: 'login_refused' });
    for (let n = 1; n <= 3; n += 1) expect((await attempt(`other${n}`, '10.0.1.1')).statusCode).toBe(401);
    expect((await attempt('victor', '10.0.1.1', USERS.viewer.password)).statusCode).toBe(429);
    expect((await attempt('victor', '10.0.1.2', USERS.viewer.password)).statusCode).toBe(200);
  });

  test('of many at once does not wait without end', async () => {
    const desk = await createDesk();
    const answers = await Promise.all(
      Array.from({ length: 26 }, () => desk.app.inject({ method: 'POST', url: '/v0/login', body: USERS.viewer })),
    );
    const codes = answers.map(({ statusCode }) => statusCode);
    expect(new Set(codes)).toEqual(new Set([200, 503]));
    expect(codes.filter((code) => code === 200).length).toBeGreaterThanOrEqual(20);
  });
});

describe('a token', () => {
  test('is taken until its login is logged out, in every copy', async () => {
    const desk = await createDesk();
    const { token } = await desk.logIn('operator');
    const other = await desk.logIn('operator');
    expect((await desk.post('/v0/logout', token)).statusCode).toBe(204);
    const answer = await desk.get('/v0/session', token);
    expect(answer.json()).toMatchObject({ statusCode: 401, code: 'SESSION_ENDED' });
    expect((await desk.post('/v0/session/renew', token)).statusCode).toBe(401);
    await expectRefusal(desk, 'SESSION_ENDED', { actor: 'olga' });
    expect((await desk.get('/v0/session', other.token)).statusCode).toBe(200);
    expect(await desk.endput(`select actor from audit where action = 'logout'`)).toEqual([{ actor: 'olga' }]);
  });

  test('is refused once it has expired', async () => {
    const desk = await createDesk({ sessionTtl: 1_000 });
    const { token } = await desk.logIn('viewer');
    await eventually(async () => {
      const answer = await desk.get('/v0/session', token);
      expect(answer.json()).toMatchObject({ statusCode: 401, code: 'TOKEN_EXPIRED' });
    });
    await expectRefusal(desk, 'TOKEN_EXPIRED');
  });

  test('is refused where it was not signed here, or not as it is', async () => {
    const desk = await createDesk();
    const { token } = await desk.logIn('viewer');
    const operator = await desk.logIn('operator');
    const claims = claimsOf(token);
    const [header = '', payload = '', signature = ''] = token.split('.');
    const sound = tokenOf(claims, SIGNING_SECRET);
    expect((await desk.get('/v0/session', sound)).statusCode).toBe(200);
    const forged = {
      'another secret': tokenOf(claims, `${SIGNING_SECRET}x`),
      'no signature': `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`,
      'no signature, in other letters': `${encode({ alg: 'NoNe', typ: 'JWT' })}.${payload}.`,
      'no signature, but one is there': `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.${signature}`,
      'another algorithm': tokenOf(claims, SIGNING_SECRET, { alg: 'HS512', typ: 'JWT' }, 'sha512'),
      'a changed payload': `${header}.${encode({ ...claims, sub: 'olga' })}.${signature}`,
      'another issuer': tokenOf({ ...claims, iss: 'somebody' }, SIGNING_SECRET),
      'another audience': tokenOf({ ...claims, aud: 'something' }, SIGNING_SECRET),
      'no end': tokenOf({ ...claims, exp: undefined }, SIGNING_SECRET),
      'no login': tokenOf({ ...claims, jti: undefined }, SIGNING_SECRET),
      'a login that is no id': tokenOf({ ...claims, jti: "' or true" }, SIGNING_SECRET),
    };
    for (const [what, text] of Object.entries(forged)) {
      const answer = await desk.get('/v0/audit', text);
      expect(answer.json(), what).toMatchObject({ statusCode: 401, code: 'TOKEN_INVALID' });
    }
    // Signed as it should be, but of a login that never was, or that is somebody else's.
    for (const changed of [{ jti: randomUUID() }, { jti: claimsOf(operator.token).jti }]) {
      const answer = await desk.get('/v0/audit', tokenOf({ ...claims, ...changed }, SIGNING_SECRET));
      expect(answer.json()).toMatchObject({ statusCode: 401, code: 'SESSION_ENDED' });
    }
    await expectRefusal(desk, 'TOKEN_INVALID', { actor: '', action: 'refused' });
  });

  test('can be renewed, but not beyond what its login allows', async () => {
    const desk = await createDesk({ sessionTtl: 60_000 });
    const { token } = await desk.logIn('operator');
    const renew = () => desk.post('/v0/session/renew', token);
    const renewed = await renew();
    expect(renewed.statusCode).toBe(200);
    const { token: next, expires_at } = renewed.json<{ token: string; expires_at: string }>();
    expect(claimsOf(next)).toMatchObject({ jti: claimsOf(token).jti, sub: 'olga' });
    expect(claimsOf(next).exp).toBe(Date.parse(expires_at) / 1000);
    expect((await desk.get('/v0/session', next)).statusCode).toBe(200);
    const [session] = await desk.endput<{ hours: number }>(
      'select extract(epoch from renewable_until - issued_at) / 3600 as hours from sessions',
    );
    expect(Number(session?.hours)).toBe(12);

    const [limit] = await desk.endput<{ renewable_until: Date }>(
      `update sessions set renewable_until = date_trunc('second', now()) + interval '20 s' returning renewable_until`,
    );
    expect(Date.parse((await renew()).json<{ expires_at: string }>().expires_at)).toBe(
      limit?.renewable_until.getTime(),
    );
    await desk.endput(`update sessions set renewable_until = now() - interval '1 s'`);
    expect((await renew()).json()).toMatchObject({ statusCode: 401, code: 'SESSION_ENDED' });
  });

  test('ends with the password', async () => {
    const desk = await createDesk();
    const { token } = await desk.logIn('operator');
    const passwordHash = await desk.passwords.hash('another password');
    await changeUser(desk.pool, 'olga', { passwordHash });
    expect(await endSessions(desk.pool, 'olga')).toBe(1);
    expect((await desk.get('/v0/session', token)).statusCode).toBe(401);
  });
});

describe('a route of the desk', () => {
  test('refuses whoever is not logged in, and says how to', async () => {
    const desk = await createDesk();
    const answer = await desk.app.inject({ url: '/v0/audit' });
    expect(answer.json()).toMatchObject({ statusCode: 401, code: 'NOT_LOGGED_IN' });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    await expectRefusal(desk, 'NOT_LOGGED_IN', { actor: '', action: 'refused' });
  });

  test('a page may ask who is logged in without being refused', async () => {
    const desk = await createDesk();
    expect((await desk.app.inject({ url: '/v0/session' })).json()).toMatchObject({ code: 'NOT_LOGGED_IN' });
    await desk.app.inject({ url: '/v0/audit' });
    await expectRefusal(desk, 'NOT_LOGGED_IN');
    expect(await refusals(desk)).toHaveLength(1);
  });

  test('takes whoever has its role or a higher one, and says who that is', async () => {
    const desk = await createDesk();
    const [viewer, operator] = [await desk.logIn('viewer'), await desk.logIn('operator')];
    expect((await desk.post('/change', operator.token)).json()).toEqual({ name: 'olga', role: 'operator' });
    const refused = await desk.post('/change', viewer.token);
    expect(refused.json()).toMatchObject({ statusCode: 403, code: 'ROLE_REFUSED' });
    await expectRefusal(desk, 'ROLE_REFUSED', { actor: 'victor', action: 'refused' });
    expect((await desk.get('/unguarded', operator.token)).statusCode).toBe(500);
    // The role is that of now, not the one at the login.
    await changeUser(desk.pool, 'olga', { role: 'viewer' });
    expect((await desk.post('/change', operator.token)).statusCode).toBe(403);
  });

  test.each(['anyone', 'login'] as const)('that only reads is open to %s', async (reading) => {
    const desk = await createDesk({ reading });
    const { token } = await desk.logIn('viewer');
    expect((await desk.app.inject({ url: '/read' })).statusCode).toBe(reading === 'login' ? 401 : 200);
    expect((await desk.get('/read', token)).statusCode).toBe(200);
    expect((await desk.get('/read', `${token}x`)).statusCode).toBe(reading === 'login' ? 401 : 200);
  });

  const FOREIGN = { origin: 'http://evil.example' };
  test('that changes something is not for pages of other origins', async () => {
    const desk = await createDesk({}, ['https://shop.example']);
    const { token } = await desk.logIn('operator');
    const cases: [string, 'header' | 'cookie', Record<string, string>, number][] = [
      ['another origin', 'header', FOREIGN, 403],
      ['a page without origin', 'header', { origin: 'null' }, 403],
      ['the own origin', 'header', OWN, 200],
      ['a listed origin', 'header', { origin: 'https://shop.example' }, 200],
      ['no browser', 'header', {}, 200],
      ['another origin', 'cookie', FOREIGN, 403],
      ['another origin that says it is ours', 'cookie', { ...FOREIGN, 'sec-fetch-site': 'same-origin' }, 403],
      ['no origin', 'cookie', {}, 403],
      ['a page of the same site', 'cookie', { 'sec-fetch-site': 'same-site' }, 403],
      ['the own origin', 'cookie', OWN, 200],
      ['a page that the browser calls ours', 'cookie', { 'sec-fetch-site': 'same-origin' }, 200],
    ];
    for (const [from, by, headers, expected] of cases) {
      const answer = await desk.app.inject({
        method: 'POST',
        url: '/change',
        headers: { host: HOST, ...headers, ...(by === 'header' && { authorization: `Bearer ${token}` }) },
        ...(by === 'cookie' && { cookies: { desk_session: token } }),
      });
      expect(answer.statusCode, `${by}, ${from}`).toBe(expected);
    }
    await expectRefusal(desk, 'ORIGIN_REFUSED', { action: 'refused' });
    await expectRefusal(desk, 'ORIGIN_MISSING', { action: 'refused' });
  });

  test('a login from a page of another origin is refused', async () => {
    const desk = await createDesk();
    const answer = await desk.app.inject({ method: 'POST', url: '/v0/login', body: USERS.operator, headers: FOREIGN });
    expect(answer.json()).toMatchObject({ statusCode: 403, code: 'ORIGIN_REFUSED' });
    await expectRefusal(desk, 'ORIGIN_REFUSED', { action: 'login_refused' });
  });

  test('a proxy’s own password in the header does not hide the cookie', async () => {
    const desk = await createDesk();
    const { token } = await desk.logIn('viewer');
    const headers = { authorization: 'Basic dXNlcjpwYXNz' };
    const answer = await desk.app.inject({ url: '/v0/session', headers, cookies: { desk_session: token } });
    expect(answer.statusCode).toBe(200);
  });

  test('nobody is let in while endput does not answer', async () => {
    const desk = await createDesk();
    const { token } = await desk.logIn('operator');
    await desk.pool.end();
    for (const url of ['/v0/session', '/v0/audit']) expect((await desk.get(url, token)).statusCode).toBe(503);
    const login = await desk.app.inject({ method: 'POST', url: '/v0/login', body: USERS.operator });
    expect(login.statusCode).toBe(503);
  });

  test('no garbage in its headers passes or breaks it', async () => {
    const desk = await createDesk();
    const { token } = await desk.logIn('operator');
    const parts = fc.constantFrom(...token.split('.'), '', 'e30', 'null', encode({ alg: 'none' }), '.', '{}');
    // What HTTP allows in a header.
    const text = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
    const almost = fc.array(parts, { maxLength: 5 }).map((some) => some.join('.'));
    const value = fc
      .oneof(
        text,
        almost,
        fc.tuple(almost, text).map(([a, b]) => a + b),
      )
      .filter((one) => one !== token);
    const headers = fc.record(
      {
        authorization: fc.oneof(
          value,
          value.map((one) => `Bearer ${one}`),
          value.map((one) => `bearer\t${one}`),
        ),
        cookie: fc.oneof(
          value,
          value.map((one) => `desk_session=${one}`),
          value.map((one) => `desk_session="${one}";`),
        ),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(headers, async (given) => {
        if (JSON.stringify(given).includes(token)) return;
        const answer = await desk.app.inject({ url: '/v0/audit', headers: given });
        expect(answer.statusCode).toBe(401);
      }),
      { numRuns: 300 },
    );
    expect((await desk.get('/v0/audit', token)).statusCode).toBe(200);
  }, 120_000);
});

describe('the audit', () => {
  test('is read newest first, page by page', async () => {
    const desk = await createDesk();
    const { token } = await desk.logIn('viewer');
    await desk.endput(`insert into audit (actor, action) select 'olga', 'redrive ' || n from generate_series(1, 5) n`);
    const read = async (query: string) => {
      const answer = await desk.get(`/v0/audit${query}`, token);
      return answer.json<{ entries: { action: string }[]; next: string | null }>();
    };
    const first = await read('?limit=4');
    expect(first.entries.map(({ action }) => action)).toEqual([5, 4, 3, 2].map((n) => `redrive ${n}`));
    const second = await read(`?limit=4&after=${first.next ?? ''}`);
    expect(second.entries.map(({ action }) => action)).toEqual(['redrive 1', 'login']);
    expect(second.next).toBeNull();
    expect((await desk.get('/v0/audit?after=x', token)).statusCode).toBe(400);
  });

  test('cannot be filled by whoever is refused', async () => {
    const desk = await createDesk();
    for (let n = 0; n < 200; n += 1) {
      await desk.app.inject({ url: '/v0/audit', remoteAddress: `10.1.0.${n % 100}` });
    }
    await desk.app.close();
    const written = await refusals(desk);
    expect(written.length).toBeLessThanOrEqual(41);
    // No refusal is forgotten: each is an entry of its own, or counted in one.
    const counted = written.reduce((sum, { detail }) => sum + (detail.again ?? 1), 0);
    expect(counted).toBe(200);
  });
});
