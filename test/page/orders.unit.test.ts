import { expect, test } from 'vitest';
import type { OrderDetails } from '../../apis/storefront/order-answers.ts';
import { mergeAttempt } from '../../apis/storefront/page/order-dialog/merge-attempt.js';
import { hashOfOrder, orderOfHash } from '../../apis/storefront/page/order-dialog/order-link.js';
import { isMessageId, orderQuery } from '../../apis/storefront/page/orders/order-query.js';
import { madeUpAttempt } from '../browser/made-up-shop.ts';

const waiting: OrderDetails = {
  message_id: 'm',
  state: 'waiting',
  source: 'system_1',
  order: null,
  position: { cycle: 0, attempt: 1 },
  settled_at: '2026-01-01T00:00:00.000Z',
  next_attempt_at: '2026-01-01T00:00:10.000Z',
  reason: null,
  error: { kind: 'transient', message: 'no' },
  max_attempts: 5,
  history: 'complete',
  timeline: [],
};

test('an attempt that the feed tells of moves the order on', () => {
  const told = mergeAttempt(waiting, madeUpAttempt({ attempt: 2, outcome: 'dead' }));
  expect(told).toMatchObject({
    state: 'dead',
    reason: 'attempts_exhausted',
    next_attempt_at: null,
    position: { cycle: 0, attempt: 2 },
    timeline: [{ attempt: 2, outcome: 'dead', record: 'not_yet' }],
  });
});

test('one below what is known only joins the timeline, in its place', () => {
  const at3 = mergeAttempt(waiting, madeUpAttempt({ attempt: 3, outcome: 'succeeded' }));
  const late = mergeAttempt(at3, madeUpAttempt({ attempt: 2, outcome: 'retrying' }));
  expect(late.state).toBe('stored');
  expect(late.timeline.map(({ attempt }) => attempt)).toEqual([2, 3]);
  const redriven = mergeAttempt(late, madeUpAttempt({ cycle: 1, attempt: 1, outcome: 'retrying' }));
  expect(redriven.position).toEqual({ cycle: 1, attempt: 1 });
});

test('what is on record is not replaced by what the feed tells', () => {
  const [first] = mergeAttempt(waiting, madeUpAttempt({ attempt: 1, outcome: 'retrying' })).timeline;
  if (!first) throw new Error('no attempt');
  const recorded: OrderDetails = { ...waiting, timeline: [{ ...first, record: 'recorded' }] };
  expect(mergeAttempt(recorded, madeUpAttempt({ attempt: 1, outcome: 'retrying' }))).toBe(recorded);
});

test('an address names an order, and only an order', () => {
  const id = '08d0382e-8681-58ff-a43e-12f9d167641c';
  expect(orderOfHash(hashOfOrder(id))).toBe(id);
  expect(orderOfHash(hashOfOrder('a/b#c d%'))).toBe('a/b#c d%');
  for (const other of ['', '#', '#products', '#order=', '#order=%', `#order=${'x'.repeat(201)}`])
    expect(orderOfHash(other)).toBeUndefined();
});

test('a source with a number is looked up there, all else is searched', () => {
  expect(orderQuery('system_1#149')).toEqual({ source: 'system_1', source_id: '149' });
  expect(orderQuery('Product 149')).toEqual({ search: 'Product 149' });
  expect(orderQuery('mug #1')).toEqual({ search: 'mug #1' });
  expect(isMessageId('08D0382E-8681-58ff-a43e-12f9d167641c')).toBe(true);
  expect(isMessageId('08d0382e')).toBe(false);
});
