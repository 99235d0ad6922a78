import { expect, test } from 'vitest';
import { Compile } from 'typebox/compile';
import {
  CLOSE_CODES,
  Delta,
  DELTA_ATTEMPTS,
  FEED_NAME_LENGTH,
  Hello,
  HELLO_TIMEOUT,
  LARGEST_CLIENT_FRAME,
  LONGEST_INTERVAL,
  PING_INTERVAL,
  Resumed,
  SHORTEST_INTERVAL,
  Snapshot,
  SNAPSHOT_ATTEMPTS,
} from '../../apis/storefront/feed-messages.ts';
import { blocksOf, documentAt, spansOf, tableOf } from './documents.ts';

const feed = documentAt('docs/feed.md');
const firstSpans = (rows: string[][]) => rows.map(([cell = '']) => spansOf(cell)[0]);

test('its frames are those of the schema', () => {
  const types = [Hello, Snapshot, Resumed, Delta].map((schema) => schema.properties.type.const);
  expect(firstSpans(tableOf(feed, 'type', 'from'))).toEqual(types);
});

test('its parts are those of a snapshot and of a delta, each where it is', () => {
  const place = ['type', 'copy_id', 'seq'];
  const partsOf = (schema: { properties: object }) =>
    Object.keys(schema.properties).filter((part) => !place.includes(part));
  const documented = tableOf(feed, 'part', 'in').map(([part = '', where = '']) => [spansOf(part)[0] ?? '', where]);
  const told = (where: string) =>
    documented.filter(([, of = '']) => of === 'both' || of === where).map(([part]) => part);
  expect(told('snapshot').sort()).toEqual(partsOf(Snapshot).sort());
  expect(told('delta').sort()).toEqual(partsOf(Delta).sort());
});

test('its examples are frames', () => {
  const examples = blocksOf(feed).map(({ code }) => JSON.parse(code) as { type: string });
  expect(examples.map(({ type }) => type)).toEqual(['hello', 'hello', 'delta']);
  for (const example of examples)
    expect([...Compile(example.type === 'hello' ? Hello : Delta).Errors(example)]).toEqual([]);
});

test('its numbers are those of the code', () => {
  for (const sentence of [
    `At most ${1000 / SHORTEST_INTERVAL} deltas a second`,
    `At least one every ${LONGEST_INTERVAL / 1000} seconds`,
    `Within ${HELLO_TIMEOUT / 1000} seconds`,
    `a ping every ${PING_INTERVAL / 1000} seconds`,
    `larger than ${LARGEST_CLIENT_FRAME.toLocaleString('en')} bytes`,
    `the last ${SNAPSHOT_ATTEMPTS} at most`,
    `at most ${DELTA_ATTEMPTS} that ended`,
    `cut after ${FEED_NAME_LENGTH} characters`,
  ]) {
    expect(feed.text).toContain(sentence);
  }
  const codes = tableOf(feed, 'code', 'why').map(([code]) => Number(code));
  expect(codes).toEqual(expect.arrayContaining(Object.values(CLOSE_CODES)));
});
