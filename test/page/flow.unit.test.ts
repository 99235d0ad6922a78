import { expect, test } from 'vitest';
import { attemptRows } from '../../apis/storefront/page/flow/attempt-rows.js';
import { createFeed } from '../../apis/storefront/feed.ts';
import { createFeedState } from '../../apis/storefront/page/feed/feed-state.js';
import { readFrame } from '../../apis/storefront/page/feed/frames.js';
import { flowNumbers } from '../../apis/storefront/page/flow/flow-numbers.js';
import { byMinute, outcomeBars, roundUp } from '../../apis/storefront/page/flow/outcome-bars.js';
import { madeUpAttempt, madeUpTotals } from '../browser/made-up-shop.ts';

const bucket = (succeeded: number, retrying = 0, dead = 0, at = '2026-01-01T00:00:00.000Z') => ({
  at,
  succeeded,
  retrying,
  dead,
});

test('of many sources the two with the most orders are drawn, the others are counted', () => {
  const { state } = createFeedState();
  const totals = madeUpTotals({ stored: 5 });
  const [first] = totals.sources;
  if (!first) throw new Error('no source');
  totals.sources.push({ ...first, source: 'a_big_one', stored: 900 });
  state.totals = totals;
  state.rates = {
    over_seconds: 5,
    outcomes: { succeeded: 8, retrying: 2, dead: 1 },
    from_retry: 7,
    sources: [{ source: 'a_big_one', succeeded: 8, retrying: 2, dead: 1, first_attempts: 4 }],
  };
  const { parts, fromRetry, others } = flowNumbers(state);
  expect([parts.source_1, parts.source_2]).toEqual([
    { name: 'a_big_one', number: 900, rate: 4 },
    { name: 'system_1', number: 5, rate: 0 },
  ]);
  expect(others).toBe(1);
  expect([parts.attempts.rate, parts.retry.rate, fromRetry]).toEqual([11, 2, 7]);
  expect(parts.endput).toMatchObject({ number: 905, rate: 8 });
});

test('while the broker is away no rate is shown, and what was never read is not a zero', () => {
  const { state } = createFeedState();
  const away = { state: 'away', since: '' } as const;
  state.connections = { broker: away, endput: away };
  const { parts } = flowNumbers(state);
  expect(parts.attempts.rate).toBeUndefined();
  expect(parts.endput.number).toBeUndefined();
  expect(parts.source_1.name).toBeUndefined();
});

test('nothing comes from the sources while only retries run, and what is redriven comes from neither', () => {
  const now = 1_000_000;
  const feed = createFeed({ copyId: 'copy', maxAttempts: 5, now });
  const page = createFeedState();
  const attempt = (outcome: 'succeeded' | 'retrying', cycle: number, number: number) =>
    feed.attempt('system_1', outcome, () => madeUpAttempt({ outcome, cycle, attempt: number }), {
      cycle,
      attempt: number,
    });
  const flowAt = (seconds: number) => {
    const frame = readFrame(feed.flush(now + seconds * 1_000)?.bytes.toString() ?? '');
    if (frame.type !== 'delta') throw new Error('no delta');
    page.applyDelta(frame);
    return flowNumbers(page.state);
  };
  for (let n = 0; n < 3; n += 1) attempt('retrying', 0, 1);
  const first = flowAt(1);
  expect([first.parts.source_1.rate, first.fromRetry, first.parts.retry.rate]).toEqual([3, 0, 3]);
  for (let second = 2; second <= 6; second += 1) {
    attempt('retrying', 0, 2);
    attempt('succeeded', 0, 3);
    attempt('succeeded', 1, 1);
    flowAt(second);
  }
  const { parts, fromRetry } = flowNumbers(page.state);
  expect([parts.source_1.rate, fromRetry, parts.retry.rate, parts.attempts.rate]).toEqual([0, 2, 1, 3]);
});

test('bars stand and hang in proportion, the newest at the right', () => {
  const { paths, axis, top, bottom } = outcomeBars([bucket(50, 0, 0), bucket(80, 20, 25)]);
  expect([top, bottom, axis]).toEqual([100, 25, 80]);
  expect(paths.succeeded).toBe('M148.12 40h.76v40h-.76zM149.12 16h.76v64h-.76z');
  expect(paths.retrying).toBe('M149.12 0h.76v16h-.76z');
  expect(paths.dead).toBe('M149.12 80h.76v20h-.76z');
  expect(outcomeBars([]).paths).toEqual({ succeeded: '', retrying: '', dead: '' });
  expect([1, 3, 7, 11, 20_001].map(roundUp)).toEqual([1, 5, 10, 20, 50_000]);
});

test('the table has the bars by the minute, the newest first', () => {
  const minutes = byMinute([bucket(1), bucket(2, 1), bucket(4, 0, 1, '2026-01-01T00:01:02.000Z')]);
  expect(minutes.map(({ succeeded, retrying, dead }) => [succeeded, retrying, dead])).toEqual([
    [4, 0, 1],
    [3, 1, 0],
  ]);
});

test('the histogram has a row for each attempt that there may be, and for more where some needed more', () => {
  expect(attemptRows([{ attempt: 2, orders: 9 }], 3)).toEqual([
    { attempt: 1, orders: 0 },
    { attempt: 2, orders: 9 },
    { attempt: 3, orders: 0 },
  ]);
  expect(attemptRows([{ attempt: 7, orders: 1 }], 2).map(({ attempt }) => attempt)).toEqual([1, 2, 7]);
  expect(attemptRows([], 1_000)).toHaveLength(12);
});
