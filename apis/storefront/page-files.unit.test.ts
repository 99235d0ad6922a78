import { pino } from 'pino';
import { Registry } from 'prom-client';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpServer, type HttpServer } from '../http/http-server.ts';
import { PAGE_POLICY, registerPageFiles } from './page-files.ts';

let app: HttpServer;
beforeAll(async () => {
  app = await createHttpServer({
    logger: pino({ level: 'silent' }),
    registry: new Registry(),
    api: { title: 'Page', description: 'For tests.', version: '0', tags: [] },
    notReady: () => Promise.resolve(undefined),
    translateError: () => undefined,
    contentSecurityPolicy: PAGE_POLICY,
  });
  await registerPageFiles(app);
});
afterAll(() => app.close());
const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });

describe.each([
  ['/', 'index.html', '/styles/storefront.css'],
  ['/desk', 'desk.html', '/styles/desk.css'],
])('%s', (path, file, stylesheet) => {
  test('is the same by its file’s name', async () => {
    const page = await get(path);
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toBe((await get(`/${file}`)).body);
  });

  test('has one stylesheet, which imports none', async () => {
    const { body } = await get(path);
    expect([...body.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, href]) => href)).toEqual([stylesheet]);
    const styles = await get(stylesheet);
    expect(styles.headers['content-type']).toBe('text/css; charset=utf-8');
    expect(styles.body).toContain('--');
    expect(styles.body).not.toContain('@import');
  });
});

test.each([
  ['br', 'br', brotliDecompressSync],
  ['gzip, deflate, br', 'br', brotliDecompressSync],
  ['gzip', 'gzip', gunzipSync],
  ['br;q=0, gzip', 'gzip', gunzipSync],
])('a client that takes %s gets %s', async (accepted, coding, read) => {
  const plain = await get('/main.js');
  const coded = await get('/main.js', { 'accept-encoding': accepted });
  expect(coded.headers).toMatchObject({ 'content-encoding': coding, vary: 'accept-encoding' });
  expect(coded.headers['content-length']).toBe(String(coded.rawPayload.length));
  expect(coded.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2);
  expect(read(coded.rawPayload).toString()).toBe(plain.body);
});

test.each([undefined, 'identity', 'deflate', 'compress;q=1, *;q=0', ''])(
  'one that takes %j gets it as it is',
  async (accepted) => {
    const { headers, body, statusCode } = await get(
      '/main.js',
      accepted === undefined ? {} : { 'accept-encoding': accepted },
    );
    expect([statusCode, headers['content-encoding']]).toEqual([200, undefined]);
    expect(body).toContain('import ');
  },
);

test('a browser that has a file already is told so, without the file', async () => {
  const { headers } = await get('/main.js', { 'accept-encoding': 'br' });
  const etag = String(headers.etag);
  for (const known of [etag, `"other", ${etag}`, '*']) {
    const answer = await get('/main.js', { 'accept-encoding': 'br', 'if-none-match': known });
    expect([known, answer.statusCode, answer.body, answer.headers.etag]).toEqual([known, 304, '', etag]);
  }
  expect((await get('/main.js', { 'if-none-match': '"other"' })).statusCode).toBe(200);
});

test('HEAD tells of a file what GET does', async () => {
  const head = await app.inject({ method: 'HEAD', url: '/icons.svg', headers: { 'accept-encoding': 'br' } });
  const { headers } = await get('/icons.svg', { 'accept-encoding': 'br' });
  expect([head.statusCode, head.body]).toEqual([200, '']);
  for (const name of ['content-type', 'content-encoding', 'content-length', 'etag'])
    expect([name, head.headers[name]]).toEqual([name, headers[name]]);
});

test.each([
  '/none.js',
  '/styles',
  '/../page-files.ts',
  '/%2e%2e/page-files.ts',
  '/styles%2f..%2f..%2fpage-files.ts',
  '/%00',
])('%s is not found, and the answer says what there is', async (path) => {
  const answer = await get(path);
  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toMatchObject({ code: 'NOT_FOUND' });
});

test('whatever is asked for, nothing but the page is told and nothing breaks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.webPath(), fc.string(), fc.string(), async (path, accepted, known) => {
      const header = (text: string) => text.replace(/[^\x20-\x7e]/g, '');
      const { statusCode } = await get(path === '' ? '/' : path, {
        'accept-encoding': header(accepted),
        'if-none-match': header(known),
      });
      expect([200, 304, 400, 404]).toContain(statusCode);
    }),
  );
});
