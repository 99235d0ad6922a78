import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { expectAnswers, wildRequest, type AnyRequest } from '../../test/harness/any-request.ts';
import { createDatabase, queryOnce } from '../../test/harness/databases.ts';
import { logIn } from '../../test/harness/desk-login.ts';
import { documentedRequests, KNOWN, type ApiDocument } from '../../test/harness/documented-requests.ts';
import { startStorefront } from '../../test/harness/processes.ts';
import { createVhost, installedBroker } from '../../test/harness/vhosts.ts';
import { bodyOf, insertLetters } from './desk/letters-under-test.ts';

const PATIENCE = 240_000;
const LETTERS = 60;
const STORED = 20;

/** A storefront with stored orders and dead letters, and nobody who works at what it publishes. */
async function startWithLetters() {
  const [vhost, database] = await Promise.all([createVhost(installedBroker()), createDatabase()]);
  const storefront = await startStorefront({
    ENDPUT_DATABASE_URL: database.url,
    RABBITMQ_URL: vhost.url,
    RABBITMQ_HEARTBEAT: '3',
    // Nothing listens there: what is asked of the log is answered without it.
    ATTEMPT_LOG_URL: 'postgres://postgres@127.0.0.1:1/none',
  });
  onTestFinished(async () => {
    await storefront.stop();
    await vhost.delete();
    await database.drop();
  });
  const sql = <Row extends object>(text: string, values: unknown[] = []) => queryOnce<Row>(database.url, text, values);
  const letters: string[] = Array.from({ length: LETTERS }, () => randomUUID());
  await insertLetters(sql, letters, {
    body: (id) =>
      Buffer.from(JSON.stringify({ ...bodyOf(id), order: { ...bodyOf(id).order, id: letters.indexOf(id) } })),
  });
  const discarded = letters.filter((_, n) => n % 3 === 0);
  await sql(`update dead_letters set state = 'discarded' where message_id = any ($1::uuid[])`, [discarded]);
  await sql(
    `insert into orders (message_id, cycle, attempt, stored_at, system, database_resource, schema_resource, table_resource,
                         source_id, product, price, security_check, created_at)
     select gen_random_uuid(), 0, 1, now(), 'system_1', 'db', 'public', 'orders', 1000 + n, 'a thing', 2.50, true, now()
       from generate_series(1, $1) n`,
    [STORED],
  );
  const document = (await (await fetch(`${storefront.url}/docs/json`)).json()) as ApiDocument;
  return { storefront, sql, letters, document };
}

/** An edit of a letter; the document says of its body only that it is an object. */
const edit: fc.Arbitrary<AnyRequest> = fc
  .record({
    price: fc.oneof(
      { weight: 3, arbitrary: fc.constant('1.25') },
      fc.constantFrom('-1', 'NaN', '1e9', ''),
      fc.jsonValue({ maxDepth: 1 }),
    ),
    product: fc.oneof(fc.constant('another thing'), fc.string({ unit: 'binary' })),
    cycle: fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, fc.integer()),
    more: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, fc.object({ maxDepth: 1 })),
  })
  .map(({ price, product, cycle, more }) => {
    const message = bodyOf(KNOWN);
    // Each letter is of a row of its own, whose number stays.
    const body = { ...message, order: { ...message.order, id: KNOWN, price, product }, ...more };
    return {
      method: 'POST',
      path: `/v0/dead-letters/${KNOWN}/edit`,
      query: {},
      type: 'application/json',
      body: Buffer.from(JSON.stringify({ body, cycle })),
    };
  });

test(
  'whatever is asked of storefront and desk, the answer is no error of the server, and no letter is lost',
  { timeout: PATIENCE },
  async () => {
    const { storefront, sql, letters, document } = await startWithLetters();
    const operations: string[] = [];
    let { token } = await logIn(storefront);
    let turn = 0;
    const wild = wildRequest([
      '/',
      '/desk',
      '/ws',
      '/docs',
      '/v0/orders',
      '/v0/dead-letters',
      '/v0/login',
      '/health/ready',
    ]);

    const requests = fc.oneof({ weight: 4, arbitrary: documentedRequests(document) }, edit, wild);
    const statuses = await expectAnswers(storefront.url, requests, {
      numRuns: 1_200,
      headers: () => ({ authorization: `Bearer ${token}` }),
      filledIn: (request) => {
        turn += 1;
        const known = request.path.startsWith('/v0/operations') ? operations : letters;
        const id = known[turn % known.length] ?? randomUUID();
        const fill = (text: string) =>
          text.replaceAll(`"id":"${KNOWN}"`, `"id":${letters.indexOf(id)}`).replaceAll(KNOWN, id);
        return {
          ...request,
          path: fill(request.path),
          query: Object.fromEntries(Object.entries(request.query).map(([name, value]) => [name, fill(value)])),
          body: request.body.includes(KNOWN) ? Buffer.from(fill(request.body.toString())) : request.body,
        };
      },
      answered: async (status, text, { path }) => {
        if (status === 202 && text.includes('"kind"')) {
          operations.push((JSON.parse(text) as { id: string }).id);
          // As a consumer would that fails with all of them, so that there is always something to order.
          await sql(`update dead_letters set state = 'dead' where state = 'redriving'`);
        }
        if (status === 204 && path === '/v0/logout') ({ token } = await logIn(storefront));
      },
    });

    // Requests of every kind were among them, so that the property said something.
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 202, 400, 401, 404, 409]));
    const kinds = await sql<{ kind: string }>('select distinct kind from desk_operations order by kind');
    expect(kinds.map(({ kind }) => kind)).toEqual(['discard', 'edit', 'redrive', 'restore']);
    const left = await sql<{ message_id: string }>('select message_id from dead_letters');
    expect(left.map((row) => row.message_id).sort()).toEqual([...letters].sort());
    expect(await sql('select count(*)::int as stored from orders')).toEqual([{ stored: STORED }]);
    expect((await fetch(`${storefront.url}/health/ready`)).status).toBe(200);
  },
);
