import { expect, test } from 'vitest';
import { balanceOf, createStillness, type BalanceReads } from './balance.ts';
import { listSourceApis } from './source-apis.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const total = (source: string, orders: number) => ({ source, attempt: 1, orders, revenue: '1.00' });
const letters = (source: string, state: string, count: number) => ({
  ...{ source, reason: 'attempts_exhausted', state, letters: count },
});

/** 10 rows: 2 unpublished, 5 stored, 2 dead, 1 discarded. Nothing is under way. */
function quietBooks(more: Partial<BalanceReads> = {}): BalanceReads {
  return {
    totals: {
      version: '1',
      complete: true,
      isBehind: false,
      products: 0,
      orders: [total('system_1', 3), total('system_1', 2)],
      deadLetters: [
        letters('system_1', 'dead', 2),
        letters('system_1', 'discarded', 1),
        letters('system_1', 'resolved', 9),
        letters('unknown', 'dead', 4),
      ],
    },
    heldBackSince: undefined,
    retries: 0,
    queues: { primary: 0, deadLetters: 7, inHand: 0 },
    sources: new Map([['system_1', { rows: 10, unpublished: 2, running: false }]]),
    ...more,
  };
}
const rows = (count: number, running = false) => new Map([['system_1', { rows: count, unpublished: 2, running }]]);
const still = () => true;
const moving = () => false;

test('books that come out are balanced at once, and letters of no source are kept apart', () => {
  const balance = balanceOf(quietBooks(), moving, NOW);
  expect(balance).toMatchObject({
    ...{ complete: true, behind: false, held_back: null, quiet: true, balanced: true, unknown: { dead: 4 } },
  });
  expect(balance.sources).toEqual([
    {
      source: 'system_1',
      has_api: true,
      reachable: true,
      running: false,
      rows: 10,
      unpublished: 2,
      stored: 5,
      dead: 2,
      redriving: 0,
      discarded: 1,
      in_flight: 0,
      difference: 0,
    },
  ]);
  expect(balance.queues).toEqual({ primary_queue: 0, in_hand: 0, dlq_queue: 7, retries: 0 });
});

test.each([
  ['a row too many', 11, 1],
  ['a row too few', 9, -1],
])('%s is a difference once nothing has changed for a while', (_, count, difference) => {
  expect(balanceOf(quietBooks({ sources: rows(count) }), moving, NOW)).toMatchObject({
    ...{ quiet: false, balanced: null, sources: [{ in_flight: difference, difference: null }] },
  });
  expect(balanceOf(quietBooks({ sources: rows(count) }), still, NOW)).toMatchObject({
    ...{ quiet: true, balanced: false, sources: [{ difference }] },
  });
});

test.each<[string, Partial<BalanceReads>]>([
  ['a run', { sources: rows(11, true) }],
  ['messages in the queue', { sources: rows(11), queues: { primary: 1, deadLetters: 7, inHand: 0 } }],
  ['messages in hand', { sources: rows(11), queues: { primary: 0, deadLetters: 7, inHand: 1 } }],
  [
    'messages in hand that nobody tells of',
    { sources: rows(11), queues: { primary: 0, deadLetters: 7, inHand: undefined } },
  ],
  ['a broker that does not answer', { queues: { primary: undefined, deadLetters: undefined, inHand: undefined } }],
  ['retries', { sources: rows(11), retries: 1 }],
  ['older rows that are still counted', { totals: { ...quietBooks().totals, complete: false } }],
  [
    'something stored that is not counted, such as behind a transaction that does not end',
    { sources: rows(11), totals: { ...quietBooks().totals, isBehind: true } },
  ],
  [
    'a redriven message',
    {
      totals: {
        ...quietBooks().totals,
        deadLetters: [letters('system_1', 'redriving', 3), letters('system_1', 'dead', 2)],
      },
    },
  ],
  [
    'a redriven message of no source',
    {
      totals: {
        ...quietBooks().totals,
        deadLetters: [...quietBooks().totals.deadLetters, letters('unknown', 'redriving', 1)],
      },
    },
  ],
])('%s: not quiet, so nothing is said of a difference', (_, more) => {
  const balance = balanceOf(quietBooks(more), still, NOW);
  expect(balance).toMatchObject({ quiet: false, balanced: null });
  expect(balance.sources.map(({ difference }) => difference)).toEqual([null]);
});

test('a source that does not answer keeps the books open, one without an API is left out of the verdict', () => {
  const away = balanceOf(quietBooks({ sources: new Map([['system_1', undefined]]) }), still, NOW);
  expect(away).toMatchObject({
    balanced: null,
    sources: [{ has_api: true, reachable: false, rows: null, in_flight: null, stored: 5 }],
  });
  const { totals } = quietBooks();
  const stranger = { totals: { ...totals, orders: [...totals.orders, total('system_9', 1)] } };
  expect(balanceOf(quietBooks(stranger), still, NOW)).toMatchObject({
    ...{ quiet: true, balanced: true },
    sources: [{ source: 'system_1' }, { source: 'system_9', has_api: false, reachable: false, stored: 1 }],
  });
  expect(balanceOf(quietBooks({ ...stranger, sources: rows(11) }), still, NOW)).toMatchObject({ balanced: false });
  // Where none has one, nothing is known.
  expect(balanceOf(quietBooks({ sources: new Map() }), still, NOW)).toMatchObject({ quiet: true, balanced: null });
});

test('a forged name of a source is of no source, and does not keep the books open', () => {
  const { totals } = quietBooks();
  const forged = { totals: { ...totals, deadLetters: [...totals.deadLetters, letters('no such source', 'dead', 2)] } };
  expect(balanceOf(quietBooks(forged), still, NOW)).toMatchObject({
    ...{ balanced: true, unknown: { dead: 6 }, sources: [{ source: 'system_1' }] },
  });
});

test('stillness begins anew with every change', () => {
  let now = 0;
  const hasSettled = createStillness(() => now);
  expect(hasSettled('a')).toBe(false);
  now = 11_999;
  expect(hasSettled('a')).toBe(false);
  expect(hasSettled('b')).toBe(false);
  now = 23_998;
  expect(hasSettled('b')).toBe(false);
  now = 23_999;
  expect(hasSettled('b')).toBe(true);
});

test('source APIs are listed by name, the first of each', () => {
  expect(listSourceApis(' system_1=http://a:1/ , system_2=https://b/x,system_1=http://c')).toEqual([
    { system: 'system_1', url: 'http://a:1' },
    { system: 'system_2', url: 'https://b/x' },
  ]);
  expect(listSourceApis('')).toEqual([]);
});
