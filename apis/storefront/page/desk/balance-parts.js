/** @import { Balance } from './desk-api.js' */
/** @typedef {Balance['sources'][number]} SourceBalance */

/** What the rows of a source are made of, in the order of an order's way. */
export const PARTS = /** @type {const} */ (['unpublished', 'in_flight', 'stored', 'dead', 'discarded']);

/**
 * How the books of a source stand. `away`: its API does not answer. `counting`: older rows are still being counted.
 * `moving`: something is under way, so nothing can be said yet. `balanced`, or `unaccounted`: rows are missing, or there
 * are more settled than there are rows.
 * @param {Balance} balance
 * @param {SourceBalance} source
 * @returns {'away' | 'counting' | 'moving' | 'balanced' | 'unaccounted'}
 */
export function verdictOf(balance, source) {
  if (!source.reachable) return 'away';
  if (!balance.complete) return 'counting';
  if (source.difference === null) return 'moving';
  return source.difference === 0 ? 'balanced' : 'unaccounted';
}

/**
 * The parts of a source with their shares of a bar, 0 to 1. A part that is there is seen, however small it is. What is in
 * flight is what remains of the rows: where more is settled than there are, that is below 0, and nothing is in flight.
 * @param {SourceBalance} source
 */
export function partsOf(source) {
  const parts = PARTS.map((name) => {
    const count = source[name];
    return { name, count: count === null ? null : Math.max(0, count) };
  });
  const seen = parts.map(({ count }) => count ?? 0);
  const all = seen.reduce((sum, count) => sum + count, 0);
  const LEAST = 0.006;
  const shares = seen.map((count) => (count === 0 ? 0 : Math.max(LEAST, count / all)));
  const sum = shares.reduce((added, share) => added + share, 0);
  return parts.map((part, index) => ({ ...part, share: sum === 0 ? 0 : (shares[index] ?? 0) / sum }));
}
