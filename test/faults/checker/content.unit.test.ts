import { expect, test } from 'vitest';
import { condensed, decimal, difference, isoTime, readBody } from './content.ts';
import type { OrderContent } from './evidence.ts';

test.each([
  ['274.00', '274'],
  ['274.50', '274.5'],
  ['100', '100'],
  ['0.10', '0.1'],
  ['NaN', 'NaN'],
])('price %s is %s', (price, shortest) => {
  expect(decimal(price)).toBe(shortest);
});

test.each([
  [0n, '1970-01-01T00:00:00.000000Z'],
  [1_705_427_501_887_123n, '2024-01-16T17:51:41.887123Z'],
  [-1n, '1969-12-31T23:59:59.999999Z'],
  [-62_135_596_800_000_000n, '0001-01-01T00:00:00.000000Z'],
])('%s microseconds are %s', (microseconds, text) => {
  expect(isoTime(microseconds)).toBe(text);
});

test('a long text is kept short, and another one differs', () => {
  const one = condensed('x'.repeat(10_000));
  expect(one.length).toBeLessThan(150);
  expect(condensed(`${'x'.repeat(9_999)}y`)).not.toBe(one);
  expect(condensed('short')).toBe('short');
});

test('the first field that differs is named with both values', () => {
  const order: OrderContent = {
    system: 'system_1',
    database: 'db',
    schema: 'public',
    table: 'orders',
    id: '1',
    product: 'Lamp',
    price: '1',
    createdAt: '2026-01-01T00:00:00.000000Z',
    securityCheck: true,
  };
  expect(difference(order, order)).toBeUndefined();
  expect(difference({ ...order, price: '2' }, order)).toBe('price is "2", its row says "1"');
  expect(difference({ ...order, securityCheck: false }, order)).toBe('securityCheck is false, its row says true');
});

test.each([['no JSON'], ['null'], ['[]'], ['{"order": 1}'], ['{"message_id": {"a": 1}, "order": {"price": null}}']])(
  'a body that is %s is read without an error',
  (body) => {
    const read = readBody(Buffer.from(body));
    expect('unreadable' in read || Number.isNaN(read.processingTimes)).toBe(true);
  },
);
