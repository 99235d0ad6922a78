import { describe, expect, test } from 'vitest';
import type { Static } from 'typebox';
import type { Balance } from '../../apis/storefront/desk/balance-answers.ts';
import type { Operation } from '../../apis/storefront/desk/operation-answers.ts';
import { partsOf, verdictOf } from '../../apis/storefront/page/desk/balance-parts.js';
import {
  addressOfFilter,
  changeFilter,
  filterOfAddress,
  orderedFilter,
  queryOf,
} from '../../apis/storefront/page/desk/desk-filter.js';
import { kindOfBody, readable } from '../../apis/storefront/page/desk/letter-body.js';
import { controlsOf, isUnderWay, progressOf } from '../../apis/storefront/page/desk/operation-progress.js';
import { createSelection } from '../../apis/storefront/page/desk/selection.js';
import { isTimeToRenew } from '../../apis/storefront/page/desk/session.js';
import { diffLines } from '../../apis/storefront/page/desk/text-diff.js';

const KEY = '08d0382e-8681-58ff-a43e-12f9d167641c';

describe('the filter of the desk', () => {
  test('is in the address, and comes back from it', () => {
    const filter = filterOfAddress(
      `?state=discarded&source=system_1&reason=invalid_message&cause_key=${KEY}&product=mug%20%26&died_from=2026-01-01T00:00:00.000Z`,
    );
    expect(filter).toEqual({
      state: 'discarded',
      source: 'system_1',
      reason: 'invalid_message',
      cause_key: KEY,
      product: 'mug &',
      died_from: '2026-01-01T00:00:00.000Z',
    });
    expect(filterOfAddress(addressOfFilter(filter))).toEqual(filter);
    expect(addressOfFilter(filterOfAddress(''))).toBe('');
  });

  test('leaves out what cannot be a value, which the API would refuse', () => {
    expect(filterOfAddress('?state=alive&reason=bad&cause_key=1&died_from=x&source=&message_id=%3Cb%3E')).toEqual({
      state: 'dead',
    });
  });

  test('asks for one message whatever its state is, and orders without a state', () => {
    const filter = filterOfAddress(`?state=resolved&source=a&message_id=${KEY}`);
    expect(queryOf(filter)).toEqual({ message_id: KEY });
    expect(orderedFilter(filter)).toEqual({ source: 'a' });
    expect(changeFilter(filter, { source: undefined, message_id: undefined })).toEqual({ state: 'resolved' });
  });
});

describe('the balance', () => {
  const source = {
    source: 'system_1',
    reachable: true,
    running: false,
    rows: 1_000_010,
    unpublished: 0,
    stored: 1_000_000,
    dead: 5,
    redriving: 0,
    discarded: 0,
    in_flight: 5,
    difference: 0,
  };
  const balance = { complete: true } as Static<typeof Balance>;

  test.each([
    ['balanced', {}, {}],
    ['unaccounted', {}, { difference: 3 }],
    ['unaccounted', {}, { difference: -1 }],
    ['moving', {}, { difference: null }],
    ['counting', { complete: false }, { difference: 3 }],
    ['away', {}, { reachable: false, rows: null, unpublished: null, in_flight: null, difference: null }],
  ] as const)('is %s', (verdict, ofAll, ofSource) => {
    expect(verdictOf({ ...balance, ...ofAll }, { ...source, ...ofSource })).toBe(verdict);
  });

  test('shows a part that is there, however small it is, and nothing of one that is not', () => {
    const shares = new Map(partsOf(source).map(({ name, share }) => [name, share]));
    expect(shares.get('dead')).toBeGreaterThan(0.005);
    expect(shares.get('discarded')).toBe(0);
    expect([...shares.values()].reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
    for (const { share } of partsOf({ ...source, unpublished: null, in_flight: null, stored: 0, dead: 0 }))
      expect(share).toBe(0);
  });

  test('have nothing in flight where more is settled than there are rows', () => {
    const parts = partsOf({ ...source, in_flight: -2, difference: -2 });
    expect(parts.find(({ name }) => name === 'in_flight')).toEqual({ name: 'in_flight', count: 0, share: 0 });
  });
});

describe('an operation', () => {
  const operation = (
    of: Partial<Static<typeof Operation>>,
    messages: Partial<Static<typeof Operation>['messages']> = {},
  ) => ({
    id: KEY,
    kind: 'redrive' as const,
    state: 'running' as const,
    state_reason: null,
    actor: 'ana',
    comment: null,
    filter: null,
    rate: null,
    canary: null,
    ordered_at: '',
    finished_at: null,
    messages: { total: 120, waiting: 20, sent: 90, stored: 60, dead_again: 10, skipped: 10, ...messages },
    ...of,
  });

  test('has parts that add up to all its messages', () => {
    for (const kind of ['redrive', 'discard'] as const) {
      const { parts, share } = progressOf(operation({ kind }, kind === 'discard' ? { stored: 0, dead_again: 0 } : {}));
      expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(120);
      expect(share).toBeCloseTo(100 / 120);
    }
    expect(progressOf(operation({}, { total: 0, waiting: 0 })).share).toBe(1);
  });

  test('is under way until the last outcome is in', () => {
    expect(isUnderWay(operation({ state: 'done' }))).toBe(true);
    expect(isUnderWay(operation({ state: 'done' }, { stored: 80 }))).toBe(false);
    expect(isUnderWay(operation({ kind: 'discard', state: 'done' }))).toBe(false);
    expect(isUnderWay(operation({ state: 'stopped' }, { stored: 80 }))).toBe(true);
  });

  test('can be paused while it runs, resumed while it stands, and nothing once it is over', () => {
    expect(controlsOf(operation({}))).toEqual(['pause', 'cancel']);
    expect(controlsOf(operation({ state: 'stopped' }))).toEqual(['resume', 'cancel']);
    expect(controlsOf(operation({ state: 'done' }))).toEqual([]);
  });
});

describe('what is chosen', () => {
  test('is ordered by name, or as a filter where all that fit are meant', () => {
    const selection = createSelection();
    selection.set('a', true);
    selection.set('b', true);
    selection.set('a', false);
    expect(selection.ordered({ source: 's' })).toEqual({ message_ids: ['b'] });
    selection.selectAll();
    expect(selection.has('never seen')).toBe(true);
    expect(selection.ordered({ source: 's' })).toEqual({ filter: { source: 's' } });
    selection.onlyListed(['a', 'b', 'c']);
    selection.keep(['b', 'c', 'd']);
    expect(selection.ordered({})).toEqual({ message_ids: ['b', 'c'] });
    selection.clear();
    expect(selection.isEmpty()).toBe(true);
  });
});

describe('the difference of two texts', () => {
  const signed = (before: string, after: string) =>
    diffLines(before, after).map(({ kind, text }) => `${{ same: ' ', removed: '-', added: '+' }[kind]}${text}`);

  test('keeps what is the same, and shows what was taken out before what was put in', () => {
    expect(signed('a\nb\nc\nd', 'a\nx\nc\nd\ne')).toEqual([' a', '-b', '+x', ' c', ' d', '+e']);
    expect(signed('a', 'a')).toEqual([' a']);
    expect(signed('', 'a')).toEqual(['-', '+a']);
    expect(signed('a\na\nb', 'a\nb\na\nb')).toEqual([' a', '+b', ' a', ' b']);
  });

  test('holds both texts, whatever they are, also where they are too long to be compared', () => {
    const long = Array.from({ length: 2_000 }, (_, line) => `line ${line * 7}`).join('\n');
    for (const [before, after] of [
      [long, `x\n${long.replaceAll('7', '8')}`],
      ['b\nc\na', 'a\nb\nc\nd'],
    ] as const) {
      const lines = diffLines(before, after);
      const side = (other: string) => lines.flatMap(({ kind, text }) => (kind === other ? [] : [text])).join('\n');
      expect(side('added')).toBe(before);
      expect(side('removed')).toBe(after);
    }
  });
});

test('a body is shown as JSON where it is JSON, and as it is where it is not', () => {
  const body = (text: string, encoding: 'utf8' | 'base64' = 'utf8') => ({
    encoding,
    text,
    bytes: text.length,
    cut: false,
  });
  expect(kindOfBody(body('{"a":1}'))).toBe('json');
  expect(kindOfBody(body('{"a":'))).toBe('text');
  expect(kindOfBody(body('1234', 'base64'))).toBe('base64');
  expect(readable('{"a":{"b":1}}')).toBe('{\n  "a": {\n    "b": 1\n  }\n}');
  expect(readable('{"a":')).toBe('{"a":');
});

test('a session is renewed in its second half, while somebody uses the page', () => {
  const times = { madeAt: 0, endsAt: 900_000, usedAt: 300_000, now: 460_000 };
  expect(isTimeToRenew(times)).toBe(true);
  expect(isTimeToRenew({ ...times, now: 440_000 })).toBe(false);
  expect(isTimeToRenew({ ...times, usedAt: 0 })).toBe(false);
  expect(isTimeToRenew({ ...times, now: 900_000 })).toBe(false);
  // A login that does not get longer is not asked to at every second.
  expect(isTimeToRenew({ madeAt: 890_000, endsAt: 900_000, usedAt: 895_000, now: 897_000 })).toBe(false);
});
