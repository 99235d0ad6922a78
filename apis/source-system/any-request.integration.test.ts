import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText, expectAnswers, wildRequest, type AnyRequest } from '../../test/harness/any-request.ts';
import { startSourceUnderTest } from './source-under-test.ts';

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
const noQuery = fc.constant({});
const importQuery = fc.oneof(
  { weight: 3, arbitrary: noQuery },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom('product', 'price', 'delimiter', 'created_at', 'limit'), anyText, {
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
    query: fc.oneof(noQuery, fc.record({ wait: anyText })),
    type: is('application/json'),
    body: fc.constant(Buffer.alloc(0)),
  }),
  fc.record({
    method: is('GET'),
    path: is('/v0/orders'),
    query: fc.dictionary(fc.constantFrom('after', 'limit', 'page'), anyText, { maxKeys: 2 }),
    type: is(''),
    body: fc.constant(Buffer.alloc(0)),
  }),
);
const wild = wildRequest(
  ['/v0/insert-data', '/v0/orders/import', '/v0/orders', '/v0/process', '/docs', '/metrics'],
  csv,
  insert,
);

test('whatever is asked, the answer is no error of the server, a refusal says why, and the API stays alive', async () => {
  const { api, sql } = await startSourceUnderTest();
  let inserted = 0;
  const statuses = await expectAnswers(api.url, fc.oneof(nearRequest, nearRequest, wild), {
    numRuns: 600,
    answered: (status, text) => {
      if (status === 201) inserted += (JSON.parse(text) as { rows: number }).rows;
    },
  });
  // Requests of every kind were among them, so that the property said something.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 202, 400, 404, 415]));
  expect(await sql('select count(*)::int as rows from orders')).toEqual([{ rows: inserted }]);
  expect((await fetch(`${api.url}/health/ready`)).status).toBe(200);
});
