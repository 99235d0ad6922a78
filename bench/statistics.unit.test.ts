import { describe, expect, it } from 'vitest';
import { medianBy, perSecond, quantile } from './statistics.ts';

describe('quantile', () => {
  it('interpolates between neighbours as percentile_cont does', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20], 0.99)).toBeCloseTo(19.9);
  });

  it('sorts by value, not by text', () => {
    expect(quantile([100, 9, 80], 0.5)).toBe(80);
  });

  it('gives the ends at 0 and 1, and the only value always', () => {
    expect(quantile([3, 1, 2], 0)).toBe(1);
    expect(quantile([3, 1, 2], 1)).toBe(3);
    expect(quantile([7], 0.99)).toBe(7);
  });

  it('refuses to speak about nothing', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});

describe('medianBy', () => {
  it('picks the item in the middle and leaves the list as it is', () => {
    const items = [{ n: 3 }, { n: 1 }, { n: 2 }];
    expect(medianBy(items, ({ n }) => n)).toEqual({ n: 2 });
    expect(items[0]).toEqual({ n: 3 });
  });

  it('takes the lower of the two in the middle, and nothing of nothing', () => {
    expect(medianBy([4, 1, 3, 2], (n) => n)).toBe(2);
    expect(medianBy<number>([], (n) => n)).toBeUndefined();
  });
});

it('perSecond relates a count to milliseconds', () => {
  expect(perSecond(500, 250)).toBe(2_000);
});
