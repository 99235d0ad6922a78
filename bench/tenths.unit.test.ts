import { describe, expect, it } from 'vitest';
import { tenthsOf, whyNotSteady } from './tenths.ts';

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

describe('a steady load was borne steadily', () => {
  const tenths = (rate: (index: number) => number, megabytes: (index: number) => number) =>
    Array.from({ length: 10 }, (_, index) => ({ ordersPerSecond: rate(index), megabytes: megabytes(index) }));
  const steady = () => 500;

  it('where neither rate nor memory changed but while it warmed up', () => {
    expect(whyNotSteady(tenths(steady, (index) => (index === 0 ? 100 : 160)))).toBeUndefined();
    expect(
      whyNotSteady([...tenths(steady, steady).map(({ ordersPerSecond }) => ({ ordersPerSecond }))]),
    ).toBeUndefined();
  });

  it('not where it became slower', () => {
    expect(whyNotSteady(tenths((index) => 500 - index * 6, steady))).toBe(
      '446 orders/s in its last tenth, 500 in its first',
    );
  });

  it('not where memory grew', () => {
    expect(whyNotSteady(tenths(steady, (index) => 180 + index * 26))).toBe(
      '414 MB in its last tenth, 232 MB in its third: does it leak?',
    );
  });

  it('not where it was too short to tell', () => {
    expect(whyNotSteady([])).toBe('it was too short to tell');
  });
});
