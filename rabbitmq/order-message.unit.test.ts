import { expect, test } from 'vitest';
import { bodyMessageId, orderMessageId, traceparentOf } from './order-message.ts';

const NAMESPACE = 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6';
const ROW = { system: 'system_1', table: 'orders', id: '1', createdAt: '2024-01-16T17:51:41.887123Z' };

test('the same row always gets the same id, and any difference another one', () => {
  const id = orderMessageId(NAMESPACE, ROW);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(orderMessageId(NAMESPACE, { ...ROW })).toBe(id);
  const others = [
    orderMessageId('f81d4fae-7dec-41d0-a765-00a0c91e6bf7', ROW),
    orderMessageId(NAMESPACE, { ...ROW, system: 'system_2' }),
    orderMessageId(NAMESPACE, { ...ROW, id: '2' }),
    orderMessageId(NAMESPACE, { ...ROW, createdAt: '2024-01-16T17:51:41.887124Z' }),
  ];
  expect(new Set([id, ...others]).size).toBe(5);
});

test('a body without a usable id has one of its own', () => {
  expect(bodyMessageId(Buffer.from('a'))).toBe(bodyMessageId(Buffer.from('a')));
  expect(bodyMessageId(Buffer.from('a'))).not.toBe(bodyMessageId(Buffer.from('b')));
});

test('the trace of a message is its id', () => {
  expect(traceparentOf('0190a5b4-6a0e-5c3e-9d1f-2b7c3f1e4a55')).toBe(
    '00-0190a5b46a0e5c3e9d1f2b7c3f1e4a55-9d1f2b7c3f1e4a55-01',
  );
});
