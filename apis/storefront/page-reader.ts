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
const IMPORT = /^@import '\.\/([\w-]+\.css)';\n/gm;

// The slowest brotli saves a tenth of the bytes for twenty times the work, which the first visitor would wait for.
const COMPRESSIONS = {
  br: (body: Buffer) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (body: Buffer) => promisify(gzip)(body),
};
export type Compression = keyof typeof COMPRESSIONS;

/** A file of the page as it is sent. */
export interface PageFile {
  type: string;
  /** Of what is in it, compressed or not (RFC 9110, 8.8.3: weak). */
  etag: string;
  body: Buffer;
  compressed: (as: Compression) => Promise<Buffer>;
}

/**
 * Reads the files of a page. A file is read and compressed once, and again when it has changed on the disk. The stylesheets
 * that a stylesheet imports come in it: each of them would cost the first paint another way to the server and back.
 */
export function createPageReader(folder: string) {
  const kept = new Map<string, { file: PageFile; versions: Map<string, string> }>();

  async function isUnchanged(versions: Map<string, string>): Promise<boolean> {
    const now = await Promise.all([...versions.keys()].map((path) => versionOf(path).catch(() => undefined)));
    return [...versions.values()].every((version, index) => version === now[index]);
  }

  return {
    /** Resolves with the file of this name, `styles/theme.css` for example, or with nothing where there is none. */
    async read(name: string): Promise<PageFile | undefined> {
      const type = TYPES[extname(name)];
      if (type === undefined || !NAME.test(name)) return undefined;
      const known = kept.get(name);
      if (known !== undefined && (await isUnchanged(known.versions))) return known.file;
      kept.delete(name);
      const versions = new Map<string, string>();
      const body = await readWhole(join(folder, name), versions).catch(noneIfMissing);
      if (body === undefined) return undefined;
      const file = toPageFile(type, body);
      kept.set(name, { file, versions });
      return file;
    },
  };
}

/** What changes with a file: when it was written, to fractions of a millisecond, and its bytes. */
async function versionOf(path: string): Promise<string> {
  const { mtimeMs, size } = await stat(path);
  return `${mtimeMs} ${size}`;
}

/** The file with what it imports; notes the version of each before it is read. */
async function readWhole(path: string, versions: Map<string, string>): Promise<Buffer> {
  versions.set(path, await versionOf(path));
  const body = await readFile(path);
  if (extname(path) !== '.css') return body;
  const text = body.toString();
  const imported = new Map<string, Buffer>();
  for (const [, name = ''] of text.matchAll(IMPORT))
    imported.set(name, await readWhole(join(path, '..', name), versions));
  return Buffer.from(text.replace(IMPORT, (_, name: string) => imported.get(name)?.toString() ?? ''));
}

function noneIfMissing(error: NodeJS.ErrnoException): undefined {
  if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(error.code ?? '')) return undefined;
  throw error;
}

function toPageFile(type: string, body: Buffer): PageFile {
  const made = new Map<Compression, Promise<Buffer>>();
  return {
    type,
    etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    body,
    compressed(as) {
      const before = made.get(as);
      if (before !== undefined) return before;
      const compressed = COMPRESSIONS[as](body);
      made.set(as, compressed);
      return compressed;
    },
  };
}
