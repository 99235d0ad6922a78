import { expect, test } from 'vitest';
import { delayAfter, retryPolicyOf } from './retry-policy.ts';

test('a single delay repeats before every retry', () => {
  const policy = retryPolicyOf(5, '10s');
  expect([1, 2, 3, 4].map((attempt) => delayAfter(policy, attempt))).toEqual([10_000, 10_000, 10_000, 10_000]);
});

test('a list gives each retry its own delay, and the last one repeats', () => {
  const policy = retryPolicyOf(6, '1s, 5s,30s,2m');
  expect([1, 2, 3, 4, 5].map((attempt) => delayAfter(policy, attempt))).toEqual([
    1_000, 5_000, 30_000, 120_000, 120_000,
  ]);
});

test('a delay without a unit is refused with the cure', () => {
  expect(() => retryPolicyOf(5, '1s,10')).toThrow('"10" is no duration: write a number and a unit');
});
