import ms, { type StringValue } from 'ms';

/** What a duration setting looks like: a whole number and a unit, such as `250ms`, `10s`, `2m` or `1h`. */
export const DURATION_PATTERN = '^[0-9]{1,9}(ms|s|m|h)$';

const MATCHES = new RegExp(DURATION_PATTERN);

/** Milliseconds of a duration such as `10s`. Throws a `RangeError` on any other text. */
export function parseDuration(text: string): number {
  if (!MATCHES.test(text))
    throw new RangeError(`"${text}" is no duration: write a number and a unit, such as 250ms, 10s, 2m or 1h`);
  return ms(text as StringValue);
}

/** Milliseconds of each entry of a comma-separated list of durations. Throws a `RangeError` naming the entry at fault. */
export function parseDurations(list: string): number[] {
  return list.split(',').map((entry) => parseDuration(entry.trim()));
}
