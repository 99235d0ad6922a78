import { expect, test } from 'vitest';
import { createRamp } from './ramp.ts';

function ramp(largest: number) {
  const told: number[] = [];
  return { ...createRamp(largest, (limit) => told.push(limit)), told };
}

test('batches begin at 10 and double up to the largest', () => {
  const { limit, settled, told } = ramp(200);
  for (let batch = 0; batch < 6; batch += 1) settled();
  expect(told).toEqual([10, 20, 40, 80, 160, 200, 200]);
  expect(limit()).toBe(200);
});

test('after an outage they begin at 10 again, and the batch that was held does not count', () => {
  const { limit, settled, outage } = ramp(200);
  for (let batch = 0; batch < 6; batch += 1) settled();
  outage();
  outage();
  expect(limit()).toBe(10);
  settled();
  expect(limit()).toBe(10);
  settled();
  expect(limit()).toBe(20);
});

test('a largest batch below 10 is never passed', () => {
  const { limit, settled, outage } = ramp(3);
  settled();
  outage();
  expect(limit()).toBe(3);
});
