import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/harness/eventually.ts';
import { send, startSourceUnderTest } from './source-under-test.ts';

/** Sends a body without saying how long it will be. */
async function sendChunked(api: { url: string }, path: string, bytes: number): Promise<{ status: number }> {
  const piece = new Uint8Array(100_000);
  const body = ReadableStream.from(
    (function* () {
      for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
    })(),
  );
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' as const };
  const response = await fetch(`${api.url}${path}`, init);
  return { status: response.status };
}

describe('a source API', () => {
  it('answers every bad request with an error that says what is wrong, and stays alive', async () => {
    const { api } = await startSourceUnderTest();
    const post = (body: unknown, type?: string) => send(api, 'POST', '/v0/insert-data', body, type);
    const refused = (status: number, code: string, message: RegExp) => ({
      status,
      body: {
        statusCode: status,
        code,
        error: expect.any(String) as string,
        message: expect.stringMatching(message) as string,
      },
    });
    expect(await post('{"positive_inserts": 1')).toEqual(
      refused(400, 'FST_ERR_CTP_INVALID_JSON_BODY', /not valid JSON/),
    );
    expect(await post('')).toEqual(refused(400, 'INVALID_REQUEST', /must be object/));
    expect(await post({ positive_inserts: '5', negative_inserts: 0 })).toEqual(
      refused(400, 'INVALID_REQUEST', /^body "positive_inserts" must be integer\.$/),
    );
    expect(await post({ positive_inserts: -1, negative_inserts: 1.5 })).toEqual(
      refused(400, 'INVALID_REQUEST', /must be >= 0.*must be integer/),
    );
    expect(await post({ positive_inserts: 1 })).toEqual(refused(400, 'INVALID_REQUEST', /negative_inserts/));
    expect(await post({ positive_inserts: 1, negative_inserts: 1, more: 1 })).toEqual(
      refused(400, 'INVALID_REQUEST', /^body: more is not known here\.$/),
    );
    expect(await post({ positive_inserts: 600_000, negative_inserts: 600_000 })).toEqual(
      refused(400, 'INVALID_REQUEST', /At most 1000000/),
    );
    expect(await post('{"__proto__": {}}')).toMatchObject({ status: 400 });
    expect(await post('a=1', 'application/x-www-form-urlencoded')).toEqual(
      refused(415, 'FST_ERR_CTP_INVALID_MEDIA_TYPE', /content type/),
    );
    expect(await post(Buffer.alloc(100_000_000, '1'))).toEqual(
      refused(413, 'FST_ERR_CTP_BODY_TOO_LARGE', /too large|larger/),
    );
    const endless = await sendChunked(api, '/v0/insert-data', 100_000_000);
    expect(endless).toMatchObject({ status: 413 });
    expect(await send(api, 'GET', '/v1/orders')).toEqual(refused(404, 'NOT_FOUND', /GET \/docs/));
    expect(await send(api, 'DELETE', '/v0/orders')).toEqual(refused(404, 'NOT_FOUND', /no DELETE \/v0\/orders/));
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'limit=', 'after=1.5', 'after=1e99', 'page=2']) {
      expect(await send(api, 'GET', `/v0/orders?${query}`), query).toMatchObject({ status: 400 });
    }
    expect(await send(api, 'POST', '/v0/process/run?wait=perhaps')).toMatchObject({ status: 400 });
    expect(await send(api, 'GET', '/%zz')).toMatchObject({ status: 400 });
    expect(await send(api, 'GET', '/health/live')).toEqual({ status: 200, body: { status: 'live' } });
    expect((await send(api, 'GET', '/v0/orders')).body).toEqual({ orders: [], next: null });
  });

  it('answers what is no HTTP with an error, and stays alive', async () => {
    const { api } = await startSourceUnderTest();
    const socket = connect(api.port, '127.0.0.1');
    socket.write('\x16\x03\x01 hello\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    socket.destroy();
    expect((await send(api, 'GET', '/health/live')).status).toBe(200);
  });

  it('takes a POST without a body whatever content type it names', async () => {
    const { api } = await startSourceUnderTest();
    expect(await send(api, 'POST', '/v0/process/clear', '')).toMatchObject({ status: 200 });
  });

  it('describes every endpoint, with its errors, and what an import takes', async () => {
    const { api } = await startSourceUnderTest();
    interface Operation {
      summary?: string;
      responses: Record<string, { description: string }>;
      requestBody?: { content: Record<string, unknown> };
    }
    const document = (await send(api, 'GET', '/docs/json')).body as unknown as {
      paths: Record<string, Record<string, Operation>>;
    };
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
    );
    expect(operations.map(({ name }) => name).sort()).toEqual([
      'GET /health/live',
      'GET /health/ready',
      'GET /metrics',
      'GET /v0/orders',
      'GET /v0/process',
      'POST /v0/insert-data',
      'POST /v0/orders/import',
      'POST /v0/process/clear',
      'POST /v0/process/run',
      'POST /v0/process/unblock',
    ]);
    for (const { name, operation } of operations) expect(operation.summary, name).toBeTruthy();
    const body = document.paths['/v0/orders/import']?.post?.requestBody?.content ?? {};
    expect(Object.keys(body)).toEqual(['text/csv', 'application/x-ndjson']);
    const page = await fetch(`${api.url}/docs`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch("default-src 'self'");
    expect(await (await fetch(`${api.url}/metrics`)).text()).toMatch('source_rows_inserted_total');
  });

  it('comes up without its servers, says what it waits for, and stays', async () => {
    const nowhere = 'postgres://postgres:secret@127.0.0.1:1/none';
    const source = await startSourceUnderTest();
    const alone = await source.startAnother({ SOURCE_DATABASE_URL: nowhere, REDIS_URL: 'redis://127.0.0.1:1' }, false);
    await eventually(async () => {
      const { status, body } = await send(alone, 'GET', '/health/ready');
      expect(status).toBe(503);
      expect(body.reason).toMatch(/source database is not ready: .*ECONNREFUSED/);
      expect(body.reason).not.toMatch('secret');
    });
    expect(await send(alone, 'POST', '/v0/process/run')).toMatchObject({
      status: 503,
      body: { code: 'DATABASE_UNAVAILABLE' },
    });
    const noRedis = await source.startAnother({ REDIS_URL: 'redis://127.0.0.1:1' }, false);
    await eventually(async () => {
      const answer = await send(noRedis, 'POST', '/v0/process/run');
      expect(answer).toMatchObject({ status: 503, body: { code: 'REDIS_UNAVAILABLE' } });
    });
    expect((await send(noRedis, 'GET', '/v0/process')).body.message).toMatch(/^Redis is away/);
    expect((await send(noRedis, 'GET', '/health/ready')).body.reason).toMatch('Redis does not answer');
  });
});
