import type { ConsumeMessage } from 'amqplib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyMessageId, MAX_BODY_BYTES } from '../rabbitmq/order-message.ts';
import { paddedBody } from '../test/harness/padded-body.ts';
import { decode } from './decode.ts';

const ID = '0190a5b4-6a0e-5c3e-9d1f-2b7c3f1e4a55';
const BODY = {
  schema_version: 1,
  message_id: ID,
  processing: { processing_times: 3 },
  origin: {
    system: 'system_1',
    database_resource: 'db_postgres_1',
    schema_resource: 'public',
    table_resource: 'orders',
  },
  order: {
    id: 1,
    product: 'Product 14437',
    price: '274.00',
    created_at: '2024-01-16T17:51:41.887123Z',
    security_check: true,
  },
};

function delivery(body: unknown, properties: object = {}, redelivered = false): ConsumeMessage {
  const content = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { content, properties, fields: { redelivered } } as unknown as ConsumeMessage;
}

test('a message of a source is read with its position and source', () => {
  const headers = { attempt: 2, cycle: 1, 'x-delivery-count': 4 };
  expect(decode(delivery(BODY, { messageId: ID, type: 'order', headers }, true))).toMatchObject({
    messageId: ID,
    source: 'system_1',
    type: 'order',
    headers: { attempt: 2, cycle: 1 },
    position: { attempt: 2, cycle: 1 },
    redelivered: true,
    earlierDeliveries: 4,
    content: { kind: 'message', message: BODY },
  });
});

test('a valid body published by hand without headers, id and type is a first attempt', () => {
  expect(decode(delivery(BODY))).toMatchObject({ messageId: ID, type: 'order', headers: { attempt: 1, cycle: 0 } });
});

test('a body of 256 KiB is read, with a byte more it is not', () => {
  expect(decode(delivery(paddedBody(BODY, 262_144)))).toMatchObject({ messageId: ID, content: { kind: 'message' } });
  expect(decode(delivery(paddedBody(BODY, 262_145)))).toMatchObject({
    source: 'unknown',
    content: { kind: 'unreadable', reason: 'the body has 262145 bytes, 262144 are allowed' },
  });
});

describe('is filed under the id of its body, at the first attempt of cycle 0:', () => {
  test.each([
    ['a body that is not JSON', '{"message_id": ', {}, 'the body is not JSON'],
    ['an empty body', '', {}, 'the body is not JSON'],
    ['a body that is not UTF-8', Buffer.from([0x7b, 0xff, 0x00]), {}, 'the body is not JSON'],
    ['a body that is too large', Buffer.alloc(MAX_BODY_BYTES + 1, 0x20), {}, 'the body has 262145 bytes'],
    ['a body without an id', { ...BODY, message_id: undefined }, {}, 'message_id is missing'],
    ['a body whose id is no UUID', { ...BODY, message_id: 'x' }, {}, 'message_id is missing or no UUID'],
    ['a body that is a list', '[]', {}, 'message_id is missing'],
    ['a body that is null', 'null', {}, 'message_id is missing'],
    ['a message with two ids', BODY, { messageId: 'other' }, 'differ'],
    ['attempt "x"', BODY, { headers: { attempt: 'x' } }, 'header "attempt" must be a whole number from 1 to 100'],
    ['attempt 0', BODY, { headers: { attempt: 0 } }, 'header "attempt"'],
    ['attempt 1e9', BODY, { headers: { attempt: 1e9 } }, 'header "attempt"'],
    ['cycle -1', BODY, { headers: { cycle: -1 } }, 'header "cycle"'],
    ['cycle 1e12', BODY, { headers: { cycle: 1e12 } }, 'header "cycle"'],
  ])('%s', (_, body, properties, reason) => {
    const message = delivery(body, properties);
    const decoded = decode(message);
    expect(decoded).toMatchObject({
      messageId: bodyMessageId(message.content),
      source: 'unknown',
      headers: { attempt: 1, cycle: 0 },
      content: { kind: 'unreadable' },
    });
    expect(decoded.content).toHaveProperty('reason', expect.stringContaining(reason));
  });
});

describe('keeps its own id and source although it cannot be read:', () => {
  test.each([
    ['schema version 99', { ...BODY, schema_version: 99 }, 'schema_version 99 is unknown, 1 is known'],
    ['an order that is missing', { ...BODY, order: undefined }, 'order'],
    ['a price that is a number', { ...BODY, order: { ...BODY.order, price: 274 } }, 'order.price'],
    ['processing_times that is a text', { ...BODY, processing: { processing_times: '3' } }, 'processing_times'],
  ])('%s', (_, body, reason) => {
    const decoded = decode(delivery(body));
    expect(decoded).toMatchObject({ messageId: ID, source: 'system_1', content: { kind: 'unreadable' } });
    expect(decoded.content).toHaveProperty('reason', expect.stringContaining(reason));
  });
});

test('whatever the bytes and headers are, decoding never throws and finds an id', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        fc.json().map((text) => Buffer.from(text)),
      ),
      fc.dictionary(fc.constantFrom('attempt', 'cycle', 'traceparent', 'x-delivery-count'), fc.anything()),
      (body, headers) => {
        expect(decode(delivery(body, { headers, type: 1, messageId: {} })).messageId).toMatch(/^[0-9a-f-]{36}$/);
      },
    ),
  );
});
