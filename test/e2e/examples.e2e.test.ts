import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { blocksOf, documentAt } from '../docs/documents.ts';
import { createDatabase, queryOnce } from '../harness/databases.ts';
import { eventually } from '../harness/eventually.ts';
import { publishByExample } from '../harness/publish-example.ts';
import { call, createSharedSystem } from '../harness/system.ts';
import { callManagement } from '../harness/management.ts';
import { installedBroker, messagesIn } from '../harness/vhosts.ts';

let system: Awaited<ReturnType<typeof createSharedSystem>>;
beforeEach(async () => {
  system = await createSharedSystem(installedBroker());
});
afterEach(() => system.stop());

const order = (id: number, product: string, more: object = {}) => ({
  id,
  product,
  price: '2.55',
  created_at: '2026-01-16T17:51:41Z',
  ...more,
});
const publish = async (...orders: object[]) =>
  expect(await publishByExample(system.urls.rabbitmq, orders)).toEqual({ code: 0, errors: '' });
const stored = () =>
  system.endput('select product, attempt, security_check from orders where system = $1 order by source_id', ['shop']);
const deadLetters = () =>
  system.endput(
    `select convert_from(body, 'UTF8')::json -> 'order' ->> 'product' as product, reason, error_message, attempt
       from dead_letters where source = 'shop' order by 1`,
  );

describe('examples/own-source', () => {
  test('its orders are stored, published again they change nothing, and a wrong one says why', async () => {
    await system.startConsumer();
    await publish(order(1, 'Tea'), order(2, 'Free tea', { price: '0' }), order(3, 'Coffee'));
    const both = [
      { product: 'Tea', attempt: 1, security_check: true },
      { product: 'Coffee', attempt: 1, security_check: true },
    ];
    const wrong = [
      {
        product: 'Free tea',
        reason: 'invalid_message',
        error_message: 'invalid order: price "0" is not a positive number with at most 2 decimals',
        attempt: 1,
      },
    ];
    await eventually(async () => {
      expect(await stored()).toEqual(both);
      expect(await deadLetters()).toEqual(wrong);
    });
    await publish(order(1, 'Tea'), order(2, 'Free tea', { price: '0' }), order(4, 'Milk'));
    await eventually(async () =>
      expect(await stored()).toEqual([...both, { product: 'Milk', attempt: 1, security_check: true }]),
    );
    expect(await deadLetters()).toEqual(wrong);
    await eventually(async () => expect(await system.recordedAttempts()).toBe(4));
  });

  test('it says that nobody takes its orders where no consumer has made the queues', async () => {
    const { code, errors } = await publishByExample(system.urls.rabbitmq, [order(1, 'Tea')]);
    expect(code).not.toBe(0);
    expect(errors).toContain("no exchange 'orders'");
  });
});

/** The service that `examples/own-handler` asks. It answers as a product asks for, and keeps what it was asked. */
async function startSecurityCheck() {
  const asked: { product: string; key: string | undefined }[] = [];
  let given = 0;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { product } = JSON.parse(body) as { product: string };
      asked.push({ product, key: request.headers['idempotency-key'] as string | undefined });
      const times = asked.filter((one) => one.product === product).length;
      if (product === 'Hang') response.on('close', () => (given += 1));
      else if (product === 'Stolen') response.writeHead(422).end('the card is stolen');
      else if (product === 'Found' && times < 2) response.writeHead(422).end('the card is stolen');
      else if (product === 'Busy' && times < 3) response.writeHead(503).end();
      else response.writeHead(200).end(JSON.stringify({ passed: product !== 'Doubtful' }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/checks`,
    asked,
    /** Requests that were given up by whoever asked. */
    givenUp: () => given,
  };
}

describe('examples/own-handler', () => {
  const start = (url: string, more: Record<string, string> = {}, waits = true) =>
    system.startConsumer({ SECURITY_CHECK_URL: url, ...more }, waits, 'examples/own-handler/main.ts');

  test('stores what the service finds, retries while it is busy or silent, and dead-letters what it refuses', async () => {
    const service = await startSecurityCheck();
    await start(service.url, { HANDLER_TIMEOUT: '1s', MAX_ATTEMPTS: '3' });
    await publish(
      ...['Tea', 'Doubtful', 'Stolen', 'Busy', 'Hang'].map((product, index) => order(index + 1, product)),
      order(6, 'Never asked', { price: '-1' }),
    );
    await eventually(async () => {
      expect(await stored()).toEqual([
        { product: 'Tea', attempt: 1, security_check: true },
        { product: 'Doubtful', attempt: 1, security_check: false },
        { product: 'Busy', attempt: 3, security_check: true },
      ]);
      expect(await deadLetters()).toMatchObject([
        { product: 'Hang', reason: 'attempts_exhausted', error_message: 'no result after 1000 ms', attempt: 3 },
        { product: 'Never asked', reason: 'invalid_message', attempt: 1 },
        {
          product: 'Stolen',
          reason: 'invalid_message',
          error_message: 'the security check refuses it: the card is stolen',
          attempt: 1,
        },
      ]);
    });
    // The signal ended each of the three requests; the keys tell the service that they are about one order.
    await eventually(() => expect(service.givenUp()).toBe(3));
    const keys = service.asked.filter(({ product }) => product === 'Hang').map(({ key }) => key);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(service.asked.map(({ product }) => product)).not.toContain('Never asked');
    expect(await messagesIn(system.urls.rabbitmq, 'dlq_queue')).toBe(3);
  });

  test('leaves orders of other systems to the handler of the house, and its service is not asked', async () => {
    const service = await startSecurityCheck();
    await start(service.url);
    const source = await system.startSource(0);
    await call(source, 'POST', '/v0/insert-data', { positive_inserts: 14, negative_inserts: 6 });
    await call(source, 'POST', '/v0/process/run?wait=true');
    await eventually(async () => expect(await system.books(0)).toEqual({ rows: 20, stored: 14, dead: 6, waiting: 0 }));
    expect(service.asked).toEqual([]);
  });

  test('stores a dead letter that is sent round again, as docs/operations.md says how', async () => {
    const service = await startSecurityCheck();
    await start(service.url);
    await publish(order(1, 'Found'));
    const ledger = () => system.endput<{ message_id: string; state: string }>('select * from dead_letters');
    await eventually(async () => expect(await ledger()).toMatchObject([{ state: 'dead', cycle: 0, attempt: 1 }]));

    const [statement] = blocksOf(documentAt('docs/operations.md')).filter(({ language }) => language === 'sql');
    const id = (await ledger())[0]?.message_id ?? '';
    const [raised] = await system.endput<{ cycle: number; convert_from: string }>(
      statement?.code.replace('...', id) ?? '',
    );
    await callManagement(installedBroker().managementUrl, `/exchanges/${system.vhost.name}/orders/publish`, 'POST', {
      routing_key: 'order',
      properties: { headers: { attempt: 1, cycle: raised?.cycle } },
      payload: raised?.convert_from,
      payload_encoding: 'string',
    });
    await eventually(async () => expect(await stored()).toMatchObject([{ product: 'Found', attempt: 1 }]));
    expect(await ledger()).toMatchObject([{ state: 'resolved', cycle: 1 }]);
  });

  test('ends at once when the address of its service is none', async () => {
    const consumer = await start('not an address', {}, false);
    expect(await consumer.exited).toBe('ended with exit code 1');
    expect(consumer.lastLines()).toContain('Invalid URL');
  });
});

test('the source API serves a third system under a name of its own, with a database of its own', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const name = system.systemName(0).replace('system_1', 'warehouse');
  await system.startConsumer();
  const source = await system.startSource(0, { SYSTEM: name, SOURCE_DATABASE_URL: database.url });
  await call(source, 'POST', '/v0/insert-data', { positive_inserts: 7, negative_inserts: 3 });
  await call(source, 'POST', '/v0/process/run?wait=true');
  await eventually(async () => {
    const [books] = await system.endput(
      `select (select count(*)::int from orders where system = $1) as stored,
              (select count(*)::int from dead_letters where source = $1) as dead`,
      [name],
    );
    expect(books).toEqual({ stored: 7, dead: 3 });
  });
  expect(await queryOnce(database.url, 'select count(*)::int as rows from orders')).toEqual([{ rows: 10 }]);
  expect((await call(source, 'GET', '/v0/process')).body).toMatchObject({ system: name, unpublished: 0 });
});
