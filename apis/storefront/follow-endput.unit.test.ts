import { expect, test } from 'vitest';
import { restAfter } from './follow-endput.ts';

test('while orders are left to be counted, more are counted than consumers store; else endput has two thirds of its time', () => {
  // What counting 50,000 orders of other products takes endput, in milliseconds.
  const took = 50_000 * 0.045;
  expect(50_000 / ((took + restAfter(took, true)) / 1_000)).toBeGreaterThan(12_000);
  expect(restAfter(took, false)).toBe(2 * took);
  expect(restAfter(1, false)).toBe(250);
});
