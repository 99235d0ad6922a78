/** Milliseconds before the first try after a loss, and at most before a later one. */
const FIRST_DELAY = 500;
const LONGEST_DELAY = 20_000;

/**
 * How long to wait before the next try: doubles with each failure, and half of it is chance, so that a thousand pages
 * whose storefront was restarted do not come back in the same moment.
 * @param {number} failures tries that failed since the connection was last good; 0 right after a loss
 * @param {number} random from 0 up to 1
 * @returns {number} milliseconds
 */
export function reconnectDelay(failures, random) {
  const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(failures, 16));
  return Math.round(longest / 2 + (longest / 2) * random);
}

/**
 * What became of the totals while the connection was lost.
 * @typedef {{ stored: number, dead: number }} Settled
 */

/**
 * Orders stored and dead letters, of all sources.
 * @param {{ sources: readonly { stored: number, dead: number }[] } | null} totals
 * @returns {Settled}
 */
export function settledOf(totals) {
  const settled = { stored: 0, dead: 0 };
  for (const source of totals?.sources ?? []) {
    settled.stored += source.stored;
    settled.dead += source.dead;
  }
  return settled;
}

/**
 * What was settled between two totals. Dead letters that were redriven meanwhile may make them fewer; then none are told of.
 * @param {Settled} before
 * @param {Settled} after
 * @returns {Settled}
 */
export const missedBetween = (before, after) => ({
  stored: Math.max(0, after.stored - before.stored),
  dead: Math.max(0, after.dead - before.dead),
});
