import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import type { OurProcess } from '../harness/processes.ts';
import { call, createSharedSystem } from '../harness/system.ts';
import { drain, installedBroker, messagesIn, publishByHand, withChannel } from '../harness/vhosts.ts';

const BODY = {
  schema_version: 1,
  message_id: '0190a5b4-6a0e-5c3e-9d1f-000000000000',
  processing: { processing_times: 1 },
  origin: { system: 'by_hand', database_resource: 'none', schema_resource: 'public', table_resource: 'orders' },
  order: { id: 1, product: 'By hand', price: '1.00', created_at: '2026-01-01T00:00:00.000001Z', security_check: true },
};
let counter = 0;
/** A valid body with an id of its own. */
const body = (more: object = {}) => {
  counter += 1;
  return { ...BODY, message_id: `0190a5b4-6a0e-5c3e-9d1f-${String(counter).padStart(12, '0')}`, ...more };
};
const order = (more: object) => ({ order: { ...BODY.order, ...more } });

let system: Awaited<ReturnType<typeof createSharedSystem>>;
let consumer: OurProcess;
beforeAll(async () => {
  system = await createSharedSystem(installedBroker());
  consumer = await system.startConsumer();
});
afterAll(() => system.stop());

interface LedgerRow {
  message_id: string;
  reason: string;
  error_message: string;
  source: string;
  body: Buffer;
}

function ledgerRowsOf(content: Buffer): Promise<LedgerRow[]> {
  return system.endput<LedgerRow>('select * from dead_letters where body = $1', [content]);
}

test.each<[string, object | string | Buffer, object, string, string, string]>([
  ['a body that is not JSON', '{"schema_version": 1, ', {}, 'invalid_message', 'the body is not JSON', 'unknown'],
  ['an empty body', '', {}, 'invalid_message', 'the body is not JSON', 'unknown'],
  ['a binary body with a NUL', Buffer.from([0, 1, 2, 0, 255, 254]), {}, 'invalid_message', 'not JSON', 'unknown'],
  ['a body of 300 kB', `"${'x'.repeat(300_000)}"`, {}, 'invalid_message', 'the body has 300002 bytes', 'unknown'],
  ['a body without an id', body({ message_id: undefined }), {}, 'invalid_message', 'message_id is missing', 'unknown'],
  ['attempt "x"', body(), { headers: { attempt: 'x' } }, 'invalid_message', 'header "attempt" must be', 'unknown'],
  [
    'cycle 1e9',
    body(),
    { headers: { cycle: 1e9 } },
    'invalid_message',
    'cycle 1000000000 was never ordered',
    'unknown',
  ],
  ['schema version 99', body({ schema_version: 99 }), {}, 'invalid_message', 'schema_version 99 is unknown', 'by_hand'],
  ['a type without a handler', body(), { type: 'refund' }, 'invalid_message', 'no handler for messages of', 'by_hand'],
  ['an empty product', body(order({ product: ' ' })), {}, 'invalid_message', 'product is empty', 'by_hand'],
  ['a price with 3 decimals', body(order({ price: '1.234' })), {}, 'invalid_message', 'price "1.234"', 'by_hand'],
  [
    'a product with a NUL',
    body(order({ product: 'a\0b' })),
    {},
    'refused_by_endput',
    'endput refused the row',
    'by_hand',
  ],
  ['a price beyond endput', body(order({ price: '9999999999999' })), {}, 'refused_by_endput', 'overflow', 'by_hand'],
  [
    'a source with a NUL',
    body({ origin: { ...BODY.origin, system: 'a\0b' } }),
    {},
    'refused_by_endput',
    'endput',
    'ab',
  ],
])('%s becomes a dead letter that says why', async (_, content, properties, reason, error, source) => {
  const bytes = Buffer.isBuffer(content)
    ? content
    : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  await publishByHand(system.urls.rabbitmq, 'primary_queue', bytes, properties);
  await eventually(async () => {
    expect(await ledgerRowsOf(bytes)).toMatchObject([{ reason, source }]);
  });
  expect((await ledgerRowsOf(bytes))[0]?.error_message).toContain(error);
  const [letter] = await eventually(async () => {
    const letters = await drain(system.urls.rabbitmq, 'dlq_queue');
    expect(letters).toHaveLength(1);
    return letters;
  });
  expect(letter?.content.equals(bytes)).toBe(true);
  expect(letter?.properties.headers).toMatchObject({ 'dead-letter-reason': reason });
});

test('a valid order published by hand, without headers, is stored; a forged copy of it changes nothing', async () => {
  const content = body();
  await publishByHand(system.urls.rabbitmq, 'primary_queue', content);
  const stored = () =>
    system.endput('select message_id, product from orders where message_id = $1', [content.message_id]);
  await eventually(async () => expect(await stored()).toHaveLength(1));

  const forged = { ...content, order: { ...content.order, product: 'Forged' } };
  await publishByHand(system.urls.rabbitmq, 'primary_queue', forged, { headers: { cycle: 7, attempt: 1 } });
  await publishByHand(system.urls.rabbitmq, 'primary_queue', { ...forged, schema_version: 99 });
  await eventually(async () => expect(await ledgerRowsOf(Buffer.from(JSON.stringify(forged)))).toHaveLength(1));
  await eventually(async () =>
    expect(await ledgerRowsOf(Buffer.from(JSON.stringify({ ...forged, schema_version: 99 })))).toHaveLength(1),
  );
  expect(await stored()).toEqual([{ message_id: content.message_id, product: 'By hand' }]);
});

test('one body with two faults, twice in a batch, is one dead letter and holds nobody up', async () => {
  const content = JSON.stringify(body());
  const neighbour = body();
  await withChannel(system.urls.rabbitmq, async (channel) => {
    channel.sendToQueue('primary_queue', Buffer.from(content), { headers: { attempt: 'x' } });
    channel.sendToQueue('primary_queue', Buffer.from(content), { headers: { cycle: 1e9 } });
    channel.sendToQueue('primary_queue', Buffer.from(JSON.stringify(neighbour)));
    await channel.waitForConfirms();
  });
  await eventually(async () => {
    expect(await ledgerRowsOf(Buffer.from(content))).toHaveLength(1);
    const stored = await system.endput('select from orders where message_id = $1', [neighbour.message_id]);
    expect(stored).toHaveLength(1);
  }, 10_000);
});

test('garbage in the queue of the attempt log is dropped and said, and records go on', async () => {
  for (const garbage of ['nonsense', '[{}]', Buffer.from([0, 255])]) {
    await publishByHand(system.urls.rabbitmq, 'attempt_log', garbage);
  }
  const content = body();
  await publishByHand(system.urls.rabbitmq, 'primary_queue', content);
  await eventually(async () => {
    expect(await messagesIn(system.urls.rabbitmq, 'attempt_log')).toBe(0);
    expect(consumer.logLines().filter((line) => line.includes('dropped: no attempt records'))).toHaveLength(3);
  });
});

test('the consumer is alive and ready after all of it', async () => {
  expect(consumer.hasExited()).toBe(false);
  expect(await call(consumer, 'GET', '/health/ready')).toEqual({ status: 200, body: { status: 'ready' } });
});
