import { expect, test } from 'vitest';
import { attemptEventOf } from './attempt-event.ts';
import { feedTotals, shownTotals } from './shown-totals.ts';

const totalsOf = (sources: readonly (readonly [source: string, orders: number])[]) =>
  shownTotals(
    {
      counted: {
        ...{ version: '1', complete: true, deadLetters: [], products: 1 },
        orders: sources.map(([source, orders]) => ({ source, attempt: 1, orders, revenue: `${orders}.01` })),
      },
      ...{ waiting: [{ source: 'waits', retries: 7 }], nextDue: undefined, heldBackSince: undefined },
    },
    new Date('2026-01-01T00:00:00.000Z'),
  );

test('however many sources messages name, the feed has the largest and one sum of the others', () => {
  const names = Array.from({ length: 1_000 }, (_, n) => [`${n} ${'x'.repeat(1_000)}`, n + 1] as const);
  const totals = totalsOf([...names, ['others', 5]]);
  expect(totals.sources).toHaveLength(1_002);
  const fed = feedTotals(totals);
  expect(fed.sources).toHaveLength(21);
  expect(JSON.stringify(fed).length).toBeLessThan(10_000);
  expect(fed.sources[0]).toMatchObject({ stored: 1_000 - 19, revenue: '981.01' });
  // The sums of 1 to 980, of the real source of that name, and of what waits.
  expect(fed.sources.at(-1)).toEqual({
    ...{ source: 'others', stored: (980 * 981) / 2 + 5, revenue: '480704.81', waiting: 7 },
    ...{ dead: 0, redriving: 0, discarded: 0 },
  });
});

test('a source with a name among few is in the feed as it is in the API', () => {
  const totals = totalsOf([
    ['system_1', 5],
    ['system_2', 3],
  ]);
  expect(feedTotals(totals)).toEqual(totals);
});

test('names that are alike up to where they are cut are one source', () => {
  const fed = feedTotals(totalsOf([1, 2].map((n) => [`${'x'.repeat(500)}${n}`, n] as const)));
  expect(fed.sources.map(({ stored }) => stored)).toEqual([0, 3]);
});

test('an attempt has the name of its source cut as totals and rates have it', () => {
  const event = attemptEventOf({
    ...{ message_id: '08d0382e-8681-58ff-a43e-12f9d167641c', cycle: 0, outcome: 'succeeded', consumer: 'host:1' },
    processing: { processing_attempts: 1, processing_info: 'info' },
    ...{ origin: { system: 'x'.repeat(1_000) }, processed_at: '2026-01-01T00:00:00.000Z' },
  });
  expect(event.source).toHaveLength(240);
});
