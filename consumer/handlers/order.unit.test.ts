import { describe, expect, test } from 'vitest';
import type { Order, OrderMessage } from '../../rabbitmq/order-message.ts';
import { handleOrder } from './order.ts';

const { signal } = new AbortController();
const message = (order: Partial<Order> = {}, processing_times = 1): OrderMessage => ({
  schema_version: 1,
  message_id: '0190a5b4-6a0e-5c3e-9d1f-2b7c3f1e4a55',
  processing: { processing_times },
  origin: { system: 'system_1', database_resource: 'db', schema_resource: 'public', table_resource: 'orders' },
  order: {
    id: 1,
    product: 'PINK "HEART", LARGE',
    price: '2.55',
    created_at: '2024-01-16T17:51:41.887123Z',
    security_check: true,
    ...order,
  },
});

test('an order succeeds at the attempt that it asks for, and not before', () => {
  for (const attempt of [1, 2]) {
    expect(() => handleOrder(message({}, 3), { attempt, signal })).toThrow('simulated failure: succeeds at attempt 3');
  }
  expect(handleOrder(message({}, 3), { attempt: 3, signal })).toEqual({
    system: 'system_1',
    databaseResource: 'db',
    schemaResource: 'public',
    tableResource: 'orders',
    sourceId: 1,
    product: 'PINK "HEART", LARGE',
    price: '2.55',
    securityCheck: true,
    createdAt: '2024-01-16T17:51:41.887123Z',
  });
});

describe('is invalid at its first attempt, however often it asks to fail:', () => {
  test.each<[string, Partial<Order>, string]>([
    ['an empty product', { product: '' }, 'product is empty'],
    ['a product of spaces', { product: ' \t\n' }, 'product is empty'],
    ['a product that is too long', { product: 'x'.repeat(10_001) }, 'longer than 10000'],
    ['half a surrogate pair', { product: 'a\ud800b' }, 'well-formed'],
    ...['0', '0.00', '-1.00', '1.234', '9.990', 'NaN', 'Infinity', '', ' 1', '1e3', '+1', '1,5', '.5', '5.'].map(
      (price): [string, Partial<Order>, string] => [`price "${price}"`, { price }, 'is not a positive number'],
    ),
    ['an id that is not exact', { id: 2 ** 53 }, 'too large'],
    ['a time that is none', { created_at: 'yesterday' }, 'no ISO 8601 time'],
    ['a day that does not exist', { created_at: '2024-13-45T00:00:00Z' }, 'no ISO 8601 time'],
  ])('%s', (_, order, reason) => {
    expect(() => handleOrder(message(order, 6), { attempt: 1, signal })).toThrow(
      expect.objectContaining({ name: 'InvalidMessageError', message: expect.stringContaining(reason) as string }),
    );
  });
});

test.each(['0.01', '1', '1.5', '274.00', '999999999999.99'])('price %s is valid', (price) => {
  expect(handleOrder(message({ price }), { attempt: 1, signal })).toHaveProperty('price', price);
});

test('10,000 characters are counted as characters, not as UTF-16 units', () => {
  const product = '🎁'.repeat(10_000);
  expect(handleOrder(message({ product }), { attempt: 1, signal })).toHaveProperty('product', product);
});
