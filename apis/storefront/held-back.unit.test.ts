import { expect, test } from 'vitest';
import { createHeldBack } from './held-back.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const at = (milliseconds: number) => [milliseconds, new Date(START + milliseconds)] as const;

test('rows that wait behind one horizon for long are held back, since they were first seen', () => {
  const heldBack = createHeldBack(5_000);
  heldBack.note({ horizon: '7', isAnyBeyond: true }, ...at(0));
  heldBack.note({ horizon: '7', isAnyBeyond: true }, ...at(4_999));
  expect(heldBack.since()).toBeUndefined();
  heldBack.note({ horizon: '7', isAnyBeyond: true }, ...at(5_000));
  expect(heldBack.since()).toEqual(new Date(START));
  heldBack.note({ horizon: '9', isAnyBeyond: true }, ...at(5_100));
  expect(heldBack.since()).toBeUndefined();
});

test('a horizon that moves on, or behind which nothing waits, holds nothing back', () => {
  const heldBack = createHeldBack(5_000);
  for (let second = 0; second < 60; second += 1)
    heldBack.note({ horizon: String(second), isAnyBeyond: true }, ...at(second * 1_000));
  expect(heldBack.since()).toBeUndefined();
  for (const second of [61, 70]) heldBack.note({ horizon: '7', isAnyBeyond: false }, ...at(second * 1_000));
  expect(heldBack.since()).toBeUndefined();
});
