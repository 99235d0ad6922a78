import { describe, expect, it } from 'vitest';
import { tenthsOf } from './tenths.ts';

const at = (count: number, done: (index: number) => number, megabytes?: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => ({
    at: index * 100,
    done: done(index),
    ...(megabytes && { megabytes: megabytes(index) }),
  }));

describe('the tenths of a run', () => {
  it('of a steady one have one rate, and the highest memory of their own', () => {
    const tenths = tenthsOf(
      at(
        101,
        (index) => index * 7,
        (index) => 100 + index,
      ),
      700,
    );
    expect(tenths).toHaveLength(10);
    for (const { ordersPerSecond } of tenths ?? []) expect(ordersPerSecond).toBeCloseTo(70);
    expect(tenths?.[0]?.megabytes).toBe(110);
    expect(tenths?.[9]?.megabytes).toBe(200);
  });

  it('show where one became slower', () => {
    // Half of the orders in a third of the time.
    const tenths = tenthsOf(
      at(151, (index) => (index <= 50 ? index * 10 : 500 + (index - 50) * 5)),
      1_000,
    );
    expect(tenths?.map(({ ordersPerSecond }) => Math.round(ordersPerSecond))).toEqual([
      ...[100, 100, 100, 100, 100],
      ...[50, 50, 50, 50, 50],
    ]);
    expect(tenths?.[0]).not.toHaveProperty('megabytes');
  });

  it('of a short run are not told', () => {
    expect(
      tenthsOf(
        at(20, (index) => index),
        19,
      ),
    ).toBeUndefined();
  });
});
