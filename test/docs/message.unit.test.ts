import { expect, test } from 'vitest';
import type { TSchema } from 'typebox';
import { decode } from '../../consumer/decode.ts';
import { DELAY_HEADER, HEADERS } from '../../rabbitmq/headers.ts';
import { asOrderMessage, MAX_BODY_BYTES, MAX_PRODUCT_LENGTH, OrderMessage } from '../../rabbitmq/order-message.ts';
import { consumerTopology, ORDER_ROUTING_KEY, ORDERS_EXCHANGE } from '../../rabbitmq/topology.ts';
import { blocksOf, documentAt, read, spansOf, tableOf } from './documents.ts';

const message = documentAt('docs/message.md');
const firstSpans = (rows: string[][]) => rows.map(([cell = '']) => spansOf(cell)[0]);

test('its headers are those of the code, all of them and no other', () => {
  expect(firstSpans(tableOf(message, 'header', 'on')).sort()).toEqual([...Object.values(HEADERS), DELAY_HEADER].sort());
});

test('its properties are those that the publisher sets on a message of ours', () => {
  const code = read('rabbitmq/publisher.ts');
  const set = [...code.slice(code.indexOf('function optionsOf')).matchAll(/(\w+)(?=: publication\.|: '|: Math)/g)];
  const ours = set
    .map(([, name = '']) => name)
    .filter((name) => !['mandatory', 'headers', 'expiration'].includes(name));
  const documented = firstSpans(tableOf(message, 'property', 'value'));
  expect(new Set(documented)).toEqual(new Set([...ours, 'deliveryMode']));
});

test('its fields are those of the schema', () => {
  const fieldsOf = (schema: TSchema, prefix = ''): string[] =>
    Object.entries((schema as { properties?: Record<string, TSchema> }).properties ?? {}).flatMap(([name, field]) => {
      const inner = fieldsOf(field, `${prefix}${name}.`);
      return inner.length > 0 ? inner : [`${prefix}${name}`];
    });
  expect(firstSpans(tableOf(message, 'field', 'type'))).toEqual(fieldsOf(OrderMessage));
});

test('its example is a message, and says what the limits are', () => {
  const [example] = blocksOf(message).filter(({ language }) => language === 'json');
  expect(asOrderMessage(JSON.parse(example?.code ?? ''))).toBeDefined();
  expect(message.text).toContain(`${MAX_BODY_BYTES.toLocaleString('en')} bytes`);
  expect(message.text).toContain(`at most ${MAX_PRODUCT_LENGTH.toLocaleString('en')} characters`);
  expect(message.text).toContain(`Exchange \`${ORDERS_EXCHANGE}\`, routing key \`${ORDER_ROUTING_KEY}\``);
});

test('its reasons are those that the ledger knows', () => {
  const [, inLedger = ''] = /reason in \(([^)]*)\)/.exec(read('db/endput/migrations/0003_dead_letters.sql')) ?? [];
  const known = [...inLedger.matchAll(/'(\w+)'/g)].map(([, reason]) => reason);
  const said = tableOf(message, 'what is wrong', 'reason').flatMap(([, reason = '']) => spansOf(reason));
  expect(new Set(said)).toEqual(new Set(known));
});

test('its exchanges and queues are in the topology', () => {
  const { exchanges, queues } = consumerTopology(4, { ttlDelays: [], delayedExchange: true });
  const there = [...exchanges, ...queues].map(({ name }) => name);
  const said = [...message.text.matchAll(/(?:[Ee]xchange|[Qq]ueue) `(\w+)`/g)].map(([, name = '']) => name);
  expect(said).toContain('dlq_queue');
  expect(said.filter((name) => !there.includes(name))).toEqual([]);
});

test('a message without any property or header is read as it says', () => {
  const [example] = blocksOf(message).filter(({ language }) => language === 'json');
  const bare = { content: Buffer.from(example?.code ?? ''), fields: { redelivered: false }, properties: {} };
  expect(decode(bare as Parameters<typeof decode>[0])).toMatchObject({
    type: 'order',
    source: 'system_1',
    headers: { attempt: 1, cycle: 0 },
    content: { kind: 'message' },
  });
});
