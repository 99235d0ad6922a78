import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPageReader } from './page-reader.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'page-reader-'));
  await mkdir(join(folder, 'page/styles'), { recursive: true });
  await writeFile(join(folder, 'secret.js'), 'outside');
  await writeFile(join(folder, 'page/.env.js'), 'hidden');
  await writeFile(join(folder, 'page/notes.txt'), 'of no type that a page has');
  await mkdir(join(folder, 'page/folder.js'));
  await writeFile(join(folder, 'page/main.js'), 'one();');
  await writeFile(join(folder, 'page/styles/all.css'), "/* All. */\n@import './a.css';\n@import './b.css';\n");
  await writeFile(join(folder, 'page/styles/a.css'), 'a { color: red; }\n');
  await writeFile(join(folder, 'page/styles/b.css'), "b::after { content: '$&'; }\n");
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes a file so that its time differs, however coarse the clock of the file system is. */
async function change(name: string, text: string): Promise<void> {
  const path = join(folder, 'page', name);
  await writeFile(path, text);
  await utimes(path, new Date(), new Date(Date.now() + 5_000));
}

test('a file comes as it is, compressed too, and is compressed once', async () => {
  const pages = createPageReader(join(folder, 'page'));
  const file = await pages.read('main.js');
  expect(file).toMatchObject({ type: 'text/javascript; charset=utf-8', body: Buffer.from('one();') });
  expect(brotliDecompressSync((await file?.compressed('br')) ?? '').toString()).toBe('one();');
  expect(gunzipSync((await file?.compressed('gzip')) ?? '').toString()).toBe('one();');
  const again = await pages.read('main.js');
  expect(await again?.compressed('br')).toBe(await file?.compressed('br'));
});

test('those who ask for a file at the same time get the same, read once', async () => {
  const pages = createPageReader(join(folder, 'page'));
  const files = await Promise.all(Array.from({ length: 20 }, () => pages.read('styles/all.css')));
  expect(new Set(files).size).toBe(1);
});

test('a file is read anew that was written with the size and the time that it had', async () => {
  const path = join(folder, 'page/main.js');
  const pages = createPageReader(join(folder, 'page'));
  await utimes(path, 1, 1);
  expect((await pages.read('main.js'))?.body.toString()).toBe('one();');
  await writeFile(path, 'two();');
  await utimes(path, 1, 1);
  expect((await pages.read('main.js'))?.body.toString()).toBe('two();');
});

test('a stylesheet comes with what it imports, in their order', async () => {
  const file = await createPageReader(join(folder, 'page')).read('styles/all.css');
  expect(file?.body.toString()).toBe("/* All. */\na { color: red; }\nb::after { content: '$&'; }\n");
});

test('of one that imports itself, or ends its lines as Windows does, each file comes once', async () => {
  await writeFile(join(folder, 'page/styles/a.css'), "@import './all.css';\r\n@import './b.css';\r\na {}\r\n");
  const file = await createPageReader(join(folder, 'page')).read('styles/all.css');
  expect(file?.body.toString()).toBe("/* All. */\nb::after { content: '$&'; }\na {}\r\n");
});

test('one that imports what is not there is an error, until it is there', async () => {
  const pages = createPageReader(join(folder, 'page'));
  await rm(join(folder, 'page/styles/b.css'));
  await expect(pages.read('styles/all.css')).rejects.toThrow(/ENOENT.*styles\/b\.css/);
  await change('styles/b.css', 'b {}\n');
  expect((await pages.read('styles/all.css'))?.body.toString()).toContain('b {}');
});

test.each([
  ['main.js', 'main.js', 'two();'],
  ['styles/all.css', 'styles/b.css', 'b { color: blue; }\n'],
])('%s is read anew when %s has changed', async (asked, changed, text) => {
  const pages = createPageReader(join(folder, 'page'));
  const before = await pages.read(asked);
  await change(changed, text);
  const after = await pages.read(asked);
  expect(after?.body.toString()).toContain(text);
  expect(after?.etag).not.toBe(before?.etag);
});

test('a file that has gone is missing, and is there again when it has come back', async () => {
  const pages = createPageReader(join(folder, 'page'));
  await pages.read('main.js');
  await rm(join(folder, 'page/main.js'));
  expect(await pages.read('main.js')).toBeUndefined();
  await change('main.js', 'back();');
  expect((await pages.read('main.js'))?.body.toString()).toBe('back();');
});

test.each([
  ...[
    '',
    '/',
    '.',
    '..',
    'styles',
    'styles/',
    'none.js',
    'main.js/',
    'main.js/more.js',
    '/main.js',
    'notes.txt',
    'folder.js',
  ],
  ...[
    '../secret.js',
    'styles/../../secret.js',
    '..\\secret.js',
    '.env.js',
    'main.js\0.css',
    'long'.repeat(100) + '.js',
  ],
])('nothing is served for %j', async (name) => {
  expect(await createPageReader(join(folder, 'page')).read(name)).toBeUndefined();
});
