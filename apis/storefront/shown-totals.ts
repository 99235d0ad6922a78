import type { CountedTotals, WaitingTotal } from '../../db/endput/totals.ts';
import type { ProductSales } from '../../db/endput/products.ts';
import { shortened } from './product-list.ts';
import type { Product, SourceTotals, Totals } from './shown.ts';

/** What is read of endput, each part as of about the same moment. */
export interface ReadTotals {
  counted: CountedTotals;
  waiting: readonly WaitingTotal[];
  nextDue: Date | undefined;
  heldBackSince: Date | undefined;
}

/** Totals in the form in which they are shown. */
export function shownTotals({ counted, waiting, nextDue, heldBackSince }: ReadTotals, now: Date): Totals {
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
    held_back: heldBackSince === undefined ? null : { since: heldBackSince.toISOString() },
    sources: [...sources.values()].sort((a, b) => (a.source < b.source ? -1 : 1)),
    waiting: {
      count: waiting.reduce((sum, { retries }) => sum + retries, 0),
      next_due_at: nextDue?.toISOString() ?? null,
    },
    attempts_needed: [...needed].sort(([a], [b]) => a - b).map(([attempt, orders]) => ({ attempt, orders })),
    dead_by_reason: [...reasons].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, count]) => ({ reason, count })),
  };
}

/** Sources that the feed names, the largest ones, and what all others together are called there. */
const FEED_SOURCES = 20;
const OTHERS = 'others';

/**
 * Totals as the feed carries them. The names of sources come from messages, so there may be any number of any length: all
 * but the largest are one sum. The totals of all sources together stay exact.
 */
export function feedTotals(totals: Totals): Totals {
  const messages = ({ stored, waiting, dead, redriving, discarded }: SourceTotals) =>
    stored + waiting + dead + redriving + discarded;
  const largest = [...totals.sources].sort((a, b) => messages(b) - messages(a)).slice(0, FEED_SOURCES);
  const named = new Set(largest.map(({ source }) => source));
  const sources = new Map<string, SourceTotals>();
  for (const totalsOf of totals.sources) {
    const source = named.has(totalsOf.source) ? shortened(totalsOf.source) : OTHERS;
    const known = sources.get(source);
    sources.set(source, known === undefined ? { ...totalsOf, source } : sumOf(known, totalsOf));
  }
  const others = sources.get(OTHERS);
  sources.delete(OTHERS);
  return { ...totals, sources: [...sources.values(), ...(others ? [others] : [])] };
}

const sumOf = (a: SourceTotals, b: SourceTotals): SourceTotals => ({
  source: a.source,
  stored: a.stored + b.stored,
  revenue: addMoney(a.revenue, b.revenue),
  waiting: a.waiting + b.waiting,
  dead: a.dead + b.dead,
  redriving: a.redriving + b.redriving,
  discarded: a.discarded + b.discarded,
});

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
