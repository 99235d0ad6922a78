import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startSourceUnderTest } from './source-under-test.ts';

interface AnyRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  type: string;
  body: Buffer;
}

const count = fc.oneof(fc.nat(20), fc.integer({ min: -2, max: 50 }), fc.jsonValue({ maxDepth: 1 }));
const counts = fc.record({ positive_inserts: count, negative_inserts: count });
const insert = fc
  .oneof(counts, counts, fc.record({ positive_inserts: count, more: count }), fc.jsonValue({ maxDepth: 3 }))
  .map((value) => Buffer.from(JSON.stringify(value)));
const row = fc
  .tuple(fc.string({ unit: 'binary', maxLength: 20 }), fc.oneof(fc.constant('1.50'), fc.string({ maxLength: 8 })))
  .map(([product, price]) => `${product},${price}`);
const csv = fc.array(row, { maxLength: 8 }).map((rows) => Buffer.from(['product,price', ...rows].join('\n')));
const ndjson = fc
  .array(
    fc.record({ product: fc.oneof(fc.string(), fc.jsonValue()), price: fc.oneof(fc.constant('2'), fc.jsonValue()) }),
  )
  .map((rows) => Buffer.from(rows.map((one) => JSON.stringify(one)).join('\n')));
const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text.slice(0, -1))),
);

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.constantFrom('1', '-1', '1e99', '', '\0', 'true'),
);
const noQuery = fc.constant({});
const importQuery = fc.oneof(
  { weight: 3, arbitrary: noQuery },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom('product', 'price', 'delimiter', 'created_at', 'limit'), anything, {
      maxKeys: 2,
    }),
  },
);
const post = fc.constant('POST');
const is = <const Text extends string>(text: Text) => fc.constant(text);

/** Near to what the API takes, so that it gets past the first check. */
const nearRequest: fc.Arbitrary<AnyRequest> = fc.oneof(
  fc.record({ method: post, path: is('/v0/insert-data'), query: noQuery, type: is('application/json'), body: insert }),
  fc.record({ method: post, path: is('/v0/orders/import'), query: importQuery, type: is('text/csv'), body: csv }),
  fc.record({
    method: post,
    path: is('/v0/orders/import'),
    query: importQuery,
    type: is('application/x-ndjson'),
    body: ndjson,
  }),
  fc.record({
    method: post,
    path: fc.constantFrom('/v0/process/run', '/v0/process/run', '/v0/process/clear', '/v0/process/unblock'),
    query: fc.oneof(noQuery, fc.record({ wait: anything })),
    type: is('application/json'),
    body: fc.constant(Buffer.alloc(0)),
  }),
  fc.record({
    method: is('GET'),
    path: is('/v0/orders'),
    query: fc.dictionary(fc.constantFrom('after', 'limit', 'page'), anything, { maxKeys: 2 }),
    type: is(''),
    body: fc.constant(Buffer.alloc(0)),
  }),
);
const wildRequest: fc.Arbitrary<AnyRequest> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'),
  path: fc.oneof(
    fc.constantFrom('/v0/insert-data', '/v0/orders/import', '/v0/orders', '/v0/process', '/docs', '/metrics'),
    fc.constantFrom('/%00', '/%', '/v0/%2e%2e/orders', '/docs/static/../../package.json', '//', '/v0/orders/'),
    fc.webPath(),
  ),
  query: fc.dictionary(fc.string({ maxLength: 5 }), anything, { maxKeys: 3 }),
  type: fc.constantFrom(
    'application/json',
    'application/json; charset=latin1',
    'text/csv; charset=utf-16',
    'application/octet-stream',
    'multipart/form-data',
    'x',
  ),
  body: fc.oneof(garbage, csv, insert),
});

test('whatever is asked, the answer is no error of the server, a refusal says why, and the API stays alive', async () => {
  const { api, sql } = await startSourceUnderTest();
  const statuses = new Map<number, number>();
  let inserted = 0;
  const run = await fc.check(
    fc.asyncProperty(fc.oneof(nearRequest, nearRequest, wildRequest), async ({ method, path, query, type, body }) => {
      const search = new URLSearchParams(query).toString();
      const sends = method !== 'GET' && { headers: { 'content-type': type }, body: new Uint8Array(body) };
      const response = await fetch(`${api.url}${path}${search === '' ? '' : `?${search}`}`, {
        method,
        redirect: 'manual',
        ...sends,
      });
      const text = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      expect(response.status, text).toBeLessThan(500);
      if (response.status >= 400) {
        const answer = JSON.parse(text) as { statusCode: number; code: string; message: string };
        expect(answer.statusCode).toBe(response.status);
        expect(answer.code).toMatch(/^[A-Z_]+$/);
        expect(answer.message).not.toBe('');
      }
      if (response.status === 201) inserted += (JSON.parse(text) as { rows: number }).rows;
    }),
    { numRuns: 600, endOnFailure: true },
  );
  if (run.failed) {
    const [request] = run.counterexample ?? [];
    const shown = request && JSON.stringify({ ...request, body: request.body.toString() });
    throw new Error(`${shown} fails, with { seed: ${run.seed} }`, { cause: run.errorInstance });
  }
  // Requests of every kind were among them, so that the property said something.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 202, 400, 404, 415]));
  expect(await sql('select count(*)::int as rows from orders')).toEqual([{ rows: inserted }]);
  expect((await fetch(`${api.url}/health/ready`)).status).toBe(200);
});
