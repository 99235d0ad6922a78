import { createHash, randomUUID } from 'node:crypto';
import type { AttemptEvent, Product, Totals } from '../../apis/storefront/shown.ts';
import type { MadeUpStorefront } from './made-up-storefront.ts';

const NAMES = [
  'White mug',
  'Oak desk',
  'Linen shirt',
  'Trail shoes',
  'Desk lamp',
  'Olive oil',
  'Wool blanket',
  'Kettle',
];

/** An attempt that just ended, as the feed shows it. */
export function madeUpAttempt(of: Partial<AttemptEvent> = {}): AttemptEvent {
  const outcome = of.outcome ?? 'succeeded';
  const at = of.at ?? new Date().toISOString();
  return {
    message_id: randomUUID(),
    cycle: 0,
    attempt: 1,
    outcome,
    source: 'system_1',
    source_id: 149,
    product: 'White mug',
    price: '12.50',
    at,
    duration_ms: 3.2,
    error: outcome === 'succeeded' ? null : { kind: 'transient', message: 'simulated failure: succeeds at attempt 3' },
    reason: outcome === 'dead' ? 'attempts_exhausted' : null,
    next_attempt_at: outcome === 'retrying' ? new Date(Date.parse(at) + 10_000).toISOString() : null,
    ...of,
  };
}

/** Totals of two sources, where nothing has happened unless told. */
export function madeUpTotals(of: { stored?: number; dead?: number; waiting?: number; revenue?: string } = {}): Totals {
  const { stored = 0, dead = 0, waiting = 0, revenue = '0.00' } = of;
  const none = { stored: 0, revenue: '0.00', waiting: 0, dead: 0, redriving: 0, discarded: 0 };
  return {
    as_of: new Date().toISOString(),
    complete: true,
    sources: [
      { ...none, source: 'system_1', stored, revenue, waiting, dead },
      { ...none, source: 'system_2' },
    ],
    waiting: { count: waiting, next_due_at: waiting > 0 ? new Date(Date.now() + 7_000).toISOString() : null },
    attempts_needed: stored > 0 ? [{ attempt: 1, orders: stored }] : [],
    held_back: null,
    dead_by_reason: dead > 0 ? [{ reason: 'attempts_exhausted', count: dead }] : [],
  };
}

/** The key of a name, a UUID as in endput. */
export const madeUpKey = (product: string): string =>
  createHash('sha256')
    .update(product)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

/** A product that was sold so many times. */
export const madeUpProduct = (product: string, orders: number, price = 12.5): Product => ({
  key: madeUpKey(product),
  product,
  last_price: price.toFixed(2),
  last_stored_at: new Date().toISOString(),
  orders,
  revenue: (price * orders).toFixed(2),
});

/**
 * Orders as they would come from two sources, so many attempts a second, until it is stopped: a tenth of them retries, a
 * hundredth dead letters; totals and products follow.
 */
export function startBusyShop({ feed }: MadeUpStorefront, attemptsPerSecond: number) {
  const products = Array.from({ length: 48 }, (_, index) =>
    madeUpProduct(`${NAMES[index % NAMES.length] ?? ''} ${index}`, 1 + Math.floor(index / 4), 5 + index * 3.25),
  );
  let stored = 0;
  let dead = 0;
  let attempts = 0;
  const TICK = 10;
  let owed = 0;
  feed.connection('endput', 'up', Date.now());
  feed.connection('broker', 'up', Date.now());
  const timer = setInterval(() => {
    owed += (attemptsPerSecond * TICK) / 1000;
    for (; owed >= 1; owed -= 1) {
      attempts += 1;
      const outcome = attempts % 100 === 0 ? 'dead' : attempts % 10 === 0 ? 'retrying' : 'succeeded';
      const source = attempts % 3 === 0 ? 'system_2' : 'system_1';
      const product = products[(attempts * 31) % products.length];
      if (product === undefined) throw new Error('no product');
      if (outcome === 'succeeded') {
        stored += 1;
        product.orders += 1;
        product.revenue = (Number(product.revenue) + Number(product.last_price)).toFixed(2);
      }
      if (outcome === 'dead') dead += 1;
      const position = { cycle: 0, attempt: outcome === 'dead' ? 5 : 1 + (attempts % 4) };
      const { product: name, last_price: price } = product;
      feed.attempt(
        source,
        outcome,
        () => madeUpAttempt({ outcome, source, source_id: attempts, product: name, price, ...position }),
        position,
      );
    }
    feed.totals(madeUpTotals({ stored, dead, waiting: Math.round(attemptsPerSecond / 2), revenue: `${stored}.00` }));
    const sorted = products.map((product) => ({ ...product })).sort((a, b) => b.orders - a.orders);
    feed.products({ products: sorted, count: sorted.length });
    feed.queues({ primary_ready: attempts % 500 });
  }, TICK);
  return { stop: () => clearInterval(timer), attempts: () => attempts };
}
