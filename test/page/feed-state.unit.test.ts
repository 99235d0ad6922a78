import { expect, test } from 'vitest';
import { createFeed } from '../../apis/storefront/feed.ts';
import { createFeedState } from '../../apis/storefront/page/feed/feed-state.js';
import { readFrame } from '../../apis/storefront/page/feed/frames.js';
import { attemptKey, chooseAttempts, createAttemptList } from '../../apis/storefront/page/feed/attempt-list.js';
import { createShownShare } from '../../apis/storefront/page/orders/shown-share.js';
import { sumOf } from '../../apis/storefront/page/view/sum-of-sources.js';
import { madeUpAttempt, madeUpProduct, madeUpTotals } from '../browser/made-up-shop.ts';

/** A page that is fed by the real feed, and what a page that came just now would be shown. */
function follow() {
  let now = 0;
  const feed = createFeed({ copyId: 'copy', maxAttempts: 5, now });
  const page = createFeedState();
  const take = (text: string) => {
    const frame = readFrame(text);
    if (frame.type === 'snapshot') return page.applySnapshot(frame);
    if (frame.type === 'delta') return page.applyDelta(frame);
    throw new Error('nothing was asked to be resumed');
  };
  for (const bytes of feed.answer({ type: 'hello' }).frames) take(bytes.toString());
  return {
    feed,
    page,
    flush: () => {
      now += 1_000;
      const frame = feed.flush(now);
      return frame && take(frame.bytes.toString());
    },
    anew: () => {
      const other = createFeedState();
      const frame = readFrame(String(feed.answer({ type: 'hello' }).frames[0]));
      if (frame.type !== 'snapshot') throw new Error('no snapshot');
      other.applySnapshot(frame);
      return other.state;
    },
  };
}

test('a page that followed every delta knows what one knows that came just now', () => {
  const { feed, page, flush, anew } = follow();
  for (let round = 1; round <= 200; round += 1) {
    feed.connection('endput', round % 7 === 0 ? 'away' : 'up', round * 1_000);
    feed.totals(madeUpTotals({ stored: round, dead: round % 5, revenue: `${round}.10` }));
    const names = ['mug', 'desk', 'lamp', 'oil'].filter((_, index) => (round + index) % 3 > 0);
    feed.products({ products: names.map((name) => madeUpProduct(name, round)), count: round });
    feed.queues({ primary_ready: round % 11 });
    feed.attempt('system_1', 'succeeded', () => madeUpAttempt());
    flush();
    expect(page.state).toEqual(anew());
  }
  expect(page.state.buckets.length).toBeLessThanOrEqual(150);
  expect([...page.state.products.byKey.keys()].sort()).toEqual([...page.state.products.keys].sort());
});

test('a delta names the parts that it changed, and no others', () => {
  const { feed, flush } = follow();
  flush();
  feed.totals(madeUpTotals({ stored: 1 }));
  const changed = flush();
  expect(changed?.has('totals')).toBe(true);
  expect(changed?.has('products')).toBe(false);
  expect(changed?.has('connections')).toBe(false);
});

test('what all sources have is added up without losing a cent', () => {
  const totals = madeUpTotals({ stored: 3, revenue: '90071992547409.93' });
  const [first] = totals.sources;
  if (!first) throw new Error('no source');
  totals.sources.push({ ...first, source: 'system_3', revenue: '0.1' });
  expect(sumOf(totals)).toMatchObject({ stored: 6, revenue: '90071992547410.03' });
  expect(sumOf(madeUpTotals()).revenue).toBe('0.00');
});

test('the list shows an attempt once, newest first, and no more than it may', () => {
  const list = createAttemptList(3);
  const [a, b, c, d] = [1, 2, 3, 4].map(() => madeUpAttempt());
  if (!a || !b || !c || !d) throw new Error('no attempts');
  list.reset([b, a]);
  list.note([d, c, b], 3);
  expect(list.waiting()).toBe(3);
  expect(list.take(5)).toEqual({ taken: 3, leftOut: 0 });
  expect(list.shown().map(attemptKey)).toEqual([d, c, b].map(attemptKey));
  expect(list.waiting()).toBe(0);
});

test('a burst is shown a few at a time, oldest first, and nothing of it is lost', () => {
  const list = createAttemptList(40);
  const burst = Array.from({ length: 12 }, () => madeUpAttempt());
  list.note(burst, 12);
  expect(list.take(5)).toEqual({ taken: 5, leftOut: 0 });
  expect(list.shown()).toEqual(burst.slice(-5));
  expect(list.waiting()).toBe(7);
  const later = madeUpAttempt();
  list.note([later], 1);
  expect([list.take(5).taken, list.take(5).taken, list.hasMore()]).toEqual([5, 3, false]);
  expect(list.shown()).toEqual([later, ...burst]);
});

test('what waits is bounded, and all of it is counted', () => {
  const list = createAttemptList(10);
  for (let frame = 0; frame < 1_000; frame += 1) list.note([madeUpAttempt(), madeUpAttempt()], 1_000);
  expect(list.waiting()).toBe(1_000_000);
  expect(list.take(4)).toEqual({ taken: 4, leftOut: 1_000_000 - 10 });
  expect(list.take(4)).toEqual({ taken: 4, leftOut: 0 });
  expect(list.shown()).toHaveLength(8);
  expect(list.waiting()).toBe(2);
});

test('a dead letter that waits is not pushed out by what is stored after it', () => {
  const list = createAttemptList(10);
  const dead = madeUpAttempt({ outcome: 'dead' });
  list.note([dead], 1);
  for (let frame = 0; frame < 100; frame += 1) list.note([madeUpAttempt(), madeUpAttempt()], 2);
  list.take(1);
  expect(list.shown()).toEqual([dead]);
});

test('the list is a sample only where something was left out, and says of how much by what it showed', () => {
  const share = createShownShare();
  share.note({ taken: 5, leftOut: 0 }, 0);
  expect(share.at(100)).toBeUndefined();
  share.note({ taken: 5, leftOut: 90 }, 300);
  // Less than a second is taken for one.
  expect(share.at(300)).toEqual({ shown: 10, of: 100 });
  share.note({ taken: 5, leftOut: 95 }, 2_000);
  expect(share.at(2_000)).toEqual({ shown: 7.5, of: 100 });
  expect(share.at(3_100)).toEqual({ shown: 10 / 2.8, of: 195 / 2.8 });
  expect(share.at(5_000)).toBeUndefined();
});

test('of many attempts the rare dead letters are shown first, but not only they', () => {
  const dead = Array.from({ length: 10 }, () => madeUpAttempt({ outcome: 'dead' }));
  const stored = Array.from({ length: 10 }, () => madeUpAttempt());
  const chosen = chooseAttempts([...stored, ...dead], 5);
  expect(chosen.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'dead', 'dead', 'dead']);
  expect(chooseAttempts(stored.slice(0, 2), 5)).toHaveLength(2);
});
