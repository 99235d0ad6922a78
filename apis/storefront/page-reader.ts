import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};
/** A path below the folder. No part of it begins with a dot, so it leads nowhere else. */
const NAME = /^(?:[\w-]+\/)*[\w-]+\.[a-z]+$/;
/** A stylesheet that another one of its folder takes in. */
const IMPORT = /^@import '\.\/([\w-]+\.css)';\r?\n/gm;
/** Of a path that is no file: missing, below a file, too long, a folder. */
const NO_FILE = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EISDIR'];

// The slowest brotli saves a tenth of the bytes for twenty times the work, which the first visitor would wait for.
const COMPRESSIONS = {
  br: (body: Buffer) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (body: Buffer) => promisify(gzip)(body),
};
/** Content codings (RFC 9110, 8.4.1), the one to be preferred first. */
export const CODINGS = ['br', 'gzip'] as const;
export type Coding = (typeof CODINGS)[number];

/** A file of the page as it is sent. */
export interface PageFile {
  type: string;
  /** Of what is in it, in whatever coding (RFC 9110, 8.8.3: weak). */
  etag: string;
  body: Buffer;
  compressed: (coding: Coding) => Promise<Buffer>;
}

interface Cached {
  file: PageFile;
  /** Of each file that it was made of. */
  versions: Map<string, string>;
}

/**
 * Reads the files of a page. A file is read and compressed once, and again when it has changed on the disk. The stylesheets
 * that a stylesheet imports come in it: each of them would cost the first paint another way to the server and back.
 */
export function createPageReader(folder: string) {
  const cache = new Map<string, Promise<Cached>>();

  async function readAnew(name: string, type: string): Promise<Cached> {
    const versions = new Map<string, string>();
    return { file: toPageFile(type, await readWhole(join(folder, name), versions)), versions };
  }

  return {
    /**
     * Resolves with the file of this name, `styles/theme.css` for example, or with nothing where there is none. Rejects
     * where it cannot be read, or where a stylesheet imports what is not there.
     */
    async read(name: string): Promise<PageFile | undefined> {
      const type = TYPES[extname(name)];
      if (type === undefined || !NAME.test(name)) return undefined;
      const before = cache.get(name);
      const known = await before?.catch(() => undefined);
      if (known !== undefined && (await isUnchanged(known.versions))) return known.file;
      // Who came at the same time may have begun to read it meanwhile.
      if (cache.get(name) === before) cache.set(name, readAnew(name, type));
      try {
        return (await cache.get(name))?.file;
      } catch (error) {
        cache.delete(name);
        if (isNoFile(error, join(folder, name))) return undefined;
        throw error;
      }
    },
  };
}

/** What changes with a file, also where its time of writing is set to what it was. */
async function versionOf(path: string): Promise<string> {
  const { mtimeMs, ctimeMs, ino, size } = await stat(path);
  return [mtimeMs, ctimeMs, ino, size].join(' ');
}

async function isUnchanged(versions: Map<string, string>): Promise<boolean> {
  const now = await Promise.all([...versions.keys()].map((path) => versionOf(path).catch(() => undefined)));
  return [...versions.values()].every((version, index) => version === now[index]);
}

/** The file with what it imports, each file once; notes the version of each before it is read. */
async function readWhole(path: string, versions: Map<string, string>): Promise<Buffer> {
  versions.set(path, await versionOf(path));
  const body = await readFile(path);
  if (extname(path) !== '.css') return body;
  const text = body.toString();
  const imported = new Map<string, Buffer>();
  for (const [, name = ''] of text.matchAll(IMPORT)) {
    const from = join(path, '..', name);
    if (!versions.has(from)) imported.set(name, await readWhole(from, versions));
  }
  return Buffer.from(text.replace(IMPORT, (_, name: string) => imported.get(name)?.toString() ?? ''));
}

const isNoFile = (error: unknown, path: string): boolean => {
  const { code, path: of = path } = error as NodeJS.ErrnoException;
  return NO_FILE.includes(code ?? '') && of === path;
};

function toPageFile(type: string, body: Buffer): PageFile {
  const made = new Map<Coding, Promise<Buffer>>();
  return {
    type,
    etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    body,
    compressed(coding) {
      const before = made.get(coding);
      if (before !== undefined) return before;
      const compressed = COMPRESSIONS[coding](body);
      made.set(coding, compressed);
      compressed.catch(() => made.delete(coding));
      return compressed;
    },
  };
}
