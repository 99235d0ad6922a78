import { pino } from 'pino';
import { expect, test } from 'vitest';
import { backoffDelay } from './backoff.ts';
import { createClosers } from './lifecycle.ts';

test('what was opened is closed last-in-first-out, all of it, and the first error is kept', async () => {
  const closed: string[] = [];
  const closers = createClosers(pino({ level: 'silent' }));
  closers.push('database', () => closed.push('database'));
  closers.push('broken', () => Promise.reject(new Error('first')));
  closers.push('broken too', () => {
    closed.push('broken too');
    throw new Error('before it, in time');
  });
  closers.push('server', async () => {
    await Promise.resolve();
    closed.push('server');
  });
  await expect(closers.closeAll()).rejects.toThrow('before it, in time');
  expect(closed).toEqual(['server', 'broken too', 'database']);
  await closers.closeAll();
  expect(closed).toHaveLength(3);
});

test('back-off doubles up to its longest pause, with up to a quarter of jitter taken off', () => {
  const range = { shortest: 100, longest: 1_000 };
  expect([1, 2, 3, 4, 5, 1000].map((failures) => backoffDelay(failures, range, () => 0))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ]);
  expect(backoffDelay(1, range, () => 1)).toBe(75);
});
