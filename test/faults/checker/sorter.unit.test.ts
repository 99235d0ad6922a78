import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createSorter, type Sorter } from './sorter.ts';

let sorter: Sorter<{ text: string }> | undefined;
afterEach(() => sorter?.remove());

test.each([
  ['few things, which fit into memory', 100, 'x'],
  ['many things, which are written to files', 5_000, 'line\nbreak '.repeat(200)],
])('%s come back by message id, all of them', (_, count, text) => {
  sorter = createSorter();
  const ids = Array.from({ length: count }, () => randomUUID());
  for (const id of ids) sorter.add(id, { text: `${id} ${text}` });
  const sorted = [...sorter.batches()].flat();
  expect(sorted.map(({ messageId }) => messageId)).toEqual([...ids].sort());
  expect(sorted.every(({ messageId, value }) => value.text === `${messageId} ${text}`)).toBe(true);
});

test('things of the same message keep their order', () => {
  const own = createSorter<number>();
  sorter = undefined;
  try {
    const id = randomUUID();
    for (let n = 0; n < 5_000; n += 1) own.add(id, n);
    const sorted = [...own.batches()].flat().map(({ value }) => value);
    expect(sorted).toEqual(Array.from({ length: 5_000 }, (_, n) => n));
  } finally {
    own.remove();
  }
});

test('nothing is left behind', () => {
  const parent = mkdtempSync(join(tmpdir(), 'sorter-test-'));
  try {
    const own = createSorter<string>(parent);
    own.add(randomUUID(), 'x'.repeat(100_000));
    expect(readdirSync(parent)).toHaveLength(1);
    own.remove();
    expect(readdirSync(parent)).toEqual([]);
  } finally {
    rmSync(parent, { recursive: true });
  }
});
