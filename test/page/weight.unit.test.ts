import { readdir, readFile } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PAGE_FOLDER } from '../../apis/storefront/page-files.ts';

const MOST_BYTES = 150_000;

async function filesOfThePage() {
  const entries = await readdir(PAGE_FOLDER, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(name) })));
}

/** What a page may ask for, itself included: by its markup, by imports, and its icons. */
async function filesOf(page: string) {
  const found = new Map<string, Buffer>();
  const read = async (name: string): Promise<void> => {
    if (found.has(name)) return;
    const bytes = await readFile(join(PAGE_FOLDER, name));
    found.set(name, bytes);
    const text = bytes.toString();
    const named = name.endsWith('.html')
      ? [...text.matchAll(/(?:href|src)="\/([\w./-]+\.\w+)(?:#[\w-]+)?"/g)].map(([, file = '']) => file)
      : [...text.matchAll(/(?:^@import |^import .*|\} from |\bimport\()'(\.[^']+)'/gm)].map(([, file = '']) =>
          posix.join(posix.dirname(name), file),
        );
    await Promise.all(named.map(read));
  };
  await read(page);
  return found;
}

test.each(['index.html', 'desk.html'])('%s is lighter than 150 kB, compressed, every language of it', async (page) => {
  const files = await filesOf(page);
  expect(files.size).toBeGreaterThan(20);
  expect([...files.keys()]).toContain('text/pt-br.js');
  for (const compress of [gzipSync, brotliCompressSync]) {
    const weight = [...files.values()].reduce((sum, bytes) => sum + compress(bytes).length, 0);
    expect(weight).toBeLessThan(MOST_BYTES);
  }
});

test('no file is served that no page asks for', async () => {
  const asked = new Set([...(await filesOf('index.html')).keys(), ...(await filesOf('desk.html')).keys()]);
  const served = (await filesOfThePage()).map(({ name }) => relative(PAGE_FOLDER, name).split(sep).join('/'));
  expect(served.filter((name) => !asked.has(name))).toEqual([]);
});

test('nothing in it names another host', async () => {
  const allowed = new Set(['http://www.w3.org/2000/svg']);
  for (const { name, bytes } of await filesOfThePage()) {
    const named = [...bytes.toString().matchAll(/\b(?:https?|wss?):\/\/[^\s'"`$]+/g)].map(([url]) => url);
    expect([name, named.filter((url) => !allowed.has(url))]).toEqual([name, []]);
  }
});
