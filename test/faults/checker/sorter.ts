import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Filed } from './merge.ts';

/** Characters that wait in memory for each of the 256 parts before they are written to its file. */
const BUFFER = 32_768;

/**
 * Sorts any number of things by message id in little memory: they are written to a file for each of the 256 first bytes
 * of an id, and each file is then sorted by itself. Things are JSON. A million rows take about 300 MB in the folder of
 * temporary files.
 */
export function createSorter<T>(parent = tmpdir()) {
  const folder = mkdtempSync(join(parent, 'check-books-'));
  const parts = new Map<string, string[]>();
  const sizes = new Map<string, number>();
  const written = new Set<string>();
  const fileOf = (part: string) => join(folder, part);

  return {
    add(messageId: string, value: T): void {
      const part = messageId.slice(0, 2);
      const line = JSON.stringify({ messageId, value });
      const lines = parts.get(part);
      if (lines) lines.push(line);
      else parts.set(part, [line]);
      const size = (sizes.get(part) ?? 0) + line.length;
      sizes.set(part, size);
      if (size < BUFFER) return;
      appendFileSync(fileOf(part), `${(parts.get(part) ?? []).join('\n')}\n`);
      written.add(part);
      parts.delete(part);
      sizes.delete(part);
    },
    /** All that was added, by message id; of the same id in the order in which they were added. */
    *batches(): Generator<Filed<T>[]> {
      for (const part of [...new Set([...parts.keys(), ...written])].sort()) {
        const onDisk = written.has(part) ? readFileSync(fileOf(part), 'utf8').trimEnd().split('\n') : [];
        const things = [...onDisk, ...(parts.get(part) ?? [])].map((line) => JSON.parse(line) as Filed<T>);
        yield things.sort((a, b) => (a.messageId < b.messageId ? -1 : a.messageId > b.messageId ? 1 : 0));
      }
    },
    remove(): void {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type Sorter<T> = ReturnType<typeof createSorter<T>>;
