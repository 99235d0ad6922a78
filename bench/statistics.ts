/**
 * The `share`-quantile (0 to 1) of values in any order, interpolated linearly between neighbours as PostgreSQL's
 * `percentile_cont` does. Throws a `RangeError` where there are no values.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new RangeError('no values, no quantile');
  return below + (above - below) * (place - Math.floor(place));
}

/** The item in the middle when they are put in the order of `key`; of an even number, the lower of the two. */
export function medianBy<T>(items: readonly T[], key: (item: T) => number): T | undefined {
  const sorted = items.toSorted((a, b) => key(a) - key(b));
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** Something a second, from a number and milliseconds. */
export const perSecond = (count: number, milliseconds: number): number => (count / Math.max(milliseconds, 1)) * 1_000;
