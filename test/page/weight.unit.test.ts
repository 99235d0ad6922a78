import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PAGE_FOLDER } from '../../apis/storefront/page-files.ts';

const MOST_BYTES = 150_000;

async function filesOfThePage() {
  const entries = await readdir(PAGE_FOLDER, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(name) })));
}

test('the whole page is lighter than 150 kB, compressed, every language of it', async () => {
  const files = await filesOfThePage();
  expect(files.length).toBeGreaterThan(20);
  for (const compress of [gzipSync, brotliCompressSync]) {
    const weight = files.reduce((sum, { bytes }) => sum + compress(bytes).length, 0);
    expect(weight).toBeLessThan(MOST_BYTES);
  }
});

test('nothing in it names another host', async () => {
  const allowed = new Set(['http://www.w3.org/2000/svg']);
  for (const { name, bytes } of await filesOfThePage()) {
    const named = [...bytes.toString().matchAll(/\b(?:https?|wss?):\/\/[^\s'"`$]+/g)].map(([url]) => url);
    expect([name, named.filter((url) => !allowed.has(url))]).toEqual([name, []]);
  }
});
