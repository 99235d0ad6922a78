/** @import { Totals } from '../feed/frames.js' */

/**
 * All sources together; money is added up in whole hundredths, exactly.
 * @param {Totals} totals
 */
export function sumOf(totals) {
  const sum = { stored: 0, dead: 0, discarded: 0, redriving: 0, waiting: 0 };
  let hundredths = 0n;
  for (const source of totals.sources) {
    sum.stored += source.stored;
    sum.dead += source.dead;
    sum.discarded += source.discarded;
    sum.redriving += source.redriving;
    sum.waiting += source.waiting;
    hundredths += hundredthsOf(source.revenue);
  }
  const digits = String(hundredths).padStart(3, '0');
  return { ...sum, revenue: `${digits.slice(0, -2)}.${digits.slice(-2)}` };
}

/** @param {string} amount decimal text, not negative */
function hundredthsOf(amount) {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(2, '0').slice(0, 2));
}
