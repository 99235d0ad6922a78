import type { CountedTotals, WaitingTotal } from '../../db/endput/totals.ts';
import type { ProductSales } from '../../db/endput/products.ts';
import type { Product, SourceTotals, Totals } from './shown.ts';

/** What is read of endput, each part as of about the same moment. */
export interface ReadTotals {
  counted: CountedTotals;
  waiting: readonly WaitingTotal[];
  nextDue: Date | undefined;
}

/** Totals in the form in which they are shown. */
export function shownTotals({ counted, waiting, nextDue }: ReadTotals, now: Date): Totals {
  const sources = new Map<string, SourceTotals>();
  const of = (source: string): SourceTotals => {
    const known = sources.get(source) ?? {
      ...{ source, stored: 0, revenue: '0.00', waiting: 0, dead: 0, redriving: 0, discarded: 0 },
    };
    sources.set(source, known);
    return known;
  };
  const needed = new Map<number, number>();
  const reasons = new Map<string, number>();
  for (const { source, attempt, orders, revenue } of counted.orders) {
    const totals = of(source);
    totals.stored += orders;
    totals.revenue = addMoney(totals.revenue, revenue);
    needed.set(attempt, (needed.get(attempt) ?? 0) + orders);
  }
  for (const { source, reason, state, letters } of counted.deadLetters) {
    const totals = of(source);
    if (state !== 'dead' && state !== 'redriving' && state !== 'discarded') continue;
    totals[state] += letters;
    if (state === 'dead') reasons.set(reason, (reasons.get(reason) ?? 0) + letters);
  }
  for (const { source, retries } of waiting) of(source).waiting += retries;
  return {
    as_of: now.toISOString(),
    complete: counted.complete,
    sources: [...sources.values()].sort((a, b) => (a.source < b.source ? -1 : 1)),
    waiting: {
      count: waiting.reduce((sum, { retries }) => sum + retries, 0),
      next_due_at: nextDue?.toISOString() ?? null,
    },
    attempts_needed: [...needed].sort(([a], [b]) => a - b).map(([attempt, orders]) => ({ attempt, orders })),
    dead_by_reason: [...reasons].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, count]) => ({ reason, count })),
  };
}

/** The sum of two amounts with two decimals, exactly: a float would lose the cents of large sums. */
export function addMoney(a: string, b: string): string {
  const cents = (amount: string) => BigInt(amount.replace('.', ''));
  const sum = (cents(a) + cents(b)).toString().padStart(3, '0');
  return `${sum.slice(0, -2)}.${sum.slice(-2)}`;
}

/** A product in the form in which it is shown. */
export const shownProduct = (sales: ProductSales): Product => ({
  key: sales.key,
  product: sales.product,
  last_price: sales.lastPrice,
  last_stored_at: sales.lastStoredAt.toISOString(),
  orders: sales.orders,
  revenue: sales.revenue,
});
