import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createHttpServer, type HttpServer } from '../http/http-server.ts';
import { PAGE_FOLDER, PAGE_POLICY, registerPageFiles } from './page-files.ts';

async function serve(folder?: string, prepare?: (app: HttpServer) => unknown): Promise<HttpServer> {
  const app = await createHttpServer({
    logger: pino({ level: 'silent' }),
    registry: new Registry(),
    api: { title: 'Page', description: 'For tests.', version: '0', tags: [] },
    notReady: () => Promise.resolve(undefined),
    translateError: () => undefined,
    contentSecurityPolicy: PAGE_POLICY,
  });
  prepare?.(app);
  await registerPageFiles(app, folder);
  return app;
}

let app: HttpServer;
beforeAll(async () => {
  app = await serve();
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
  ['BR', 'br', brotliDecompressSync],
  ['GZip, deflate', 'gzip', gunzipSync],
])('a client that takes %s gets %s', async (accepted, coding, read) => {
  const plain = await get('/main.js');
  const coded = await get('/main.js', { 'accept-encoding': accepted });
  expect(coded.headers).toMatchObject({ 'content-encoding': coding, vary: 'accept-encoding' });
  expect(coded.headers['content-length']).toBe(String(coded.rawPayload.length));
  expect(coded.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2);
  expect(read(coded.rawPayload).toString()).toBe(plain.body);
});

test.each([
  ...[undefined, '', 'identity', 'deflate', 'x-gzip', 'compress;q=1, *;q=0'],
  ...['identity, gzip;q=0.5', 'gzip;q=0.5, identity', 'identity;q=1, *;q=0.5', 'br;q=0, gzip;q=0'],
])('one that takes %j best gets it as it is', async (accepted) => {
  const { headers, rawPayload, statusCode } = await get(
    '/main.js',
    accepted === undefined ? {} : { 'accept-encoding': accepted },
  );
  expect([statusCode, headers['content-encoding']]).toEqual([200, undefined]);
  expect(rawPayload).toEqual(await readFile(join(PAGE_FOLDER, 'main.js')));
});

test('an answer that a hook holds up is whole', async () => {
  const own = await serve(undefined, (app) => app.addHook('onSend', async () => setTimeout(5)));
  onTestFinished(() => own.close());
  for (const headers of [{}, { 'accept-encoding': 'br' }]) {
    const answer = await own.inject({ url: '/main.js', headers });
    expect(answer.rawPayload).toEqual((await app.inject({ url: '/main.js', headers })).rawPayload);
    expect(answer.rawPayload.length).toBeGreaterThan(1_000);
  }
});

test('a browser that has a file already is told so, without the file', async () => {
  const { headers } = await get('/main.js', { 'accept-encoding': 'br' });
  const etag = String(headers.etag);
  for (const known of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
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
  '/../secret.js',
  '/%2e%2e/secret.js',
  '/styles%2f..%2f..%2fsecret.js',
  '/%00',
  '/.hidden.js',
])('%s is not found, and the answer says what there is', async (path) => {
  const outer = await mkdtemp(join(tmpdir(), 'page-files-'));
  onTestFinished(() => rm(outer, { recursive: true }));
  await mkdir(join(outer, 'page/styles'), { recursive: true });
  await writeFile(join(outer, 'secret.js'), 'outside');
  await writeFile(join(outer, 'page/.hidden.js'), 'hidden');
  await writeFile(join(outer, 'page/shown.js'), 'shown');
  const own = await serve(join(outer, 'page'));
  onTestFinished(() => own.close());
  expect((await own.inject('/shown.js')).body).toBe('shown');
  const answer = await own.inject(path);
  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toMatchObject({ code: 'NOT_FOUND' });
});

test('whatever codings a client takes, it gets the whole file in one of them', async () => {
  const plain = await readFile(join(PAGE_FOLDER, 'icons.svg'));
  const coding = fc.constantFrom('br', 'gzip', 'GZIP', 'x-gzip', 'deflate', 'zstd', 'identity', '*', '', ' ');
  const quality = fc.constantFrom('', ';q=0', ';q=0.5', ';q=1', ';q=1.0', ';q=', ';q=-1', '; q=0.001');
  const accepted = fc.array(
    fc.tuple(coding, quality).map((parts) => parts.join('')),
    { maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(accepted, fc.constantFrom(',', ', '), async (tokens, separator) => {
      const answer = await get('/icons.svg', { 'accept-encoding': tokens.join(separator) });
      expect(answer.statusCode).toBe(200);
      const as = answer.headers['content-encoding'];
      const { rawPayload } = answer;
      const body = as === 'br' ? brotliDecompressSync(rawPayload) : as === 'gzip' ? gunzipSync(rawPayload) : rawPayload;
      expect(body.equals(plain)).toBe(true);
      if (as !== undefined) expect(tokens.join().toLowerCase()).toMatch(new RegExp(`${as}|[*]`));
    }),
  );
});

test('whatever is asked for, it is a file of the page or not found', async () => {
  const path = fc.oneof(
    fc.webPath(),
    fc.string().map((text) => `/${encodeURIComponent(text)}`),
  );
  await fc.assert(
    fc.asyncProperty(path, async (asked) => {
      const { statusCode, json } = await get(asked === '' ? '/' : asked);
      if (statusCode !== 200) expect(json<{ code: string }>().code).toMatch(/^[A-Z_]+$/);
      expect([200, 400, 404]).toContain(statusCode);
    }),
  );
});
