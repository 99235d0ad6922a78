/** @import { Bucket, Outcome } from '../feed/frames.js' */

/** Bars that the chart has room for, and its height in units: stored and retries stand on the axis, dead letters hang from it. */
export const BARS = 150;
export const HEIGHT = 100;

/**
 * The bars of the chart as paths, one an outcome, in a box of `BARS` by `HEIGHT`; the newest at the right. Dead letters
 * point downwards, so that they are told apart without their colour.
 * @param {readonly Bucket[]} buckets oldest first
 * @returns {{ paths: Record<Outcome, string>, axis: number, top: number, bottom: number }} `axis` is the height of the zero
 * line, `top` and `bottom` are the numbers at the edges
 */
export function outcomeBars(buckets) {
  const shown = buckets.slice(-BARS);
  const top = roundUp(Math.max(1, ...shown.map(({ succeeded, retrying }) => succeeded + retrying)));
  const died = Math.max(0, ...shown.map(({ dead }) => dead));
  const bottom = died === 0 ? 0 : Math.max(died, top * 0.12);
  const unit = HEIGHT / (top + bottom);
  const axis = top * unit;
  const paths = { succeeded: '', retrying: '', dead: '' };
  shown.forEach(({ succeeded, retrying, dead }, index) => {
    const x = BARS - shown.length + index;
    paths.succeeded += bar(x, axis - succeeded * unit, succeeded * unit);
    paths.retrying += bar(x, axis - (succeeded + retrying) * unit, retrying * unit);
    paths.dead += bar(x, axis, dead * unit);
  });
  return { paths, axis, top, bottom };
}

/** @param {number} x @param {number} y @param {number} height */
const bar = (x, y, height) => (height <= 0 ? '' : `M${x + 0.12} ${short(y)}h.76v${short(height)}h-.76z`);

/** @param {number} value */
const short = (value) => Number(value.toFixed(2));

/**
 * The next number that reads well: 1, 2 or 5 and zeros.
 * @param {number} value above 0
 */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return (Number([1, 2, 5, 10].find((step) => step * power >= value)) || 10) * power;
}

/**
 * The bars added up by the minute, for the table.
 * @param {readonly Bucket[]} buckets
 */
export function byMinute(buckets) {
  /** @type {Map<string, Bucket>} */
  const minutes = new Map();
  for (const bucket of buckets) {
    const at = `${bucket.at.slice(0, 16)}:00.000Z`;
    const sum = minutes.get(at) ?? { at, succeeded: 0, retrying: 0, dead: 0 };
    for (const outcome of /** @type {const} */ (['succeeded', 'retrying', 'dead'])) sum[outcome] += bucket[outcome];
    minutes.set(at, sum);
  }
  return [...minutes.values()].reverse();
}
