import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFolder } from './launcher-settings.ts';

/** Bytes at the end of each file that are shown at first. */
const SHOWN_AT_FIRST = 4_000;

/** Milliseconds between two looks. */
const LOOK_EVERY = 250;

/** Bytes that are read at a time. */
const CHUNK = 1_000_000;

/** `make logs`: shows the end of every log file and what is written from now on, until Ctrl-C. False: there are none. */
export async function followLogs(folder: string): Promise<boolean> {
  const names = async () => (await readdir(logFolder(folder)).catch(() => [])).filter((name) => name.endsWith('.log'));
  if ((await names()).length === 0) return false;
  const positions = new Map<string, { position: number; rest: string }>();
  // Also the end of `| head` is an end.
  process.stdout.on('error', () => process.exit(0));
  for (;;) {
    const files = await names();
    const width = Math.max(...files.map((name) => name.length)) - '.log'.length;
    for (const name of files) {
      const path = join(logFolder(folder), name);
      const prefix = `${name.slice(0, -'.log'.length).padEnd(width)} | `;
      const known = positions.get(name);
      const { size } = await stat(path).catch(() => ({ size: 0 }));
      const from = known ? (size < known.position ? 0 : known.position) : Math.max(0, size - SHOWN_AT_FIRST);
      const text = await readText(path, from, Math.min(size - from, CHUNK));
      const lines = ((known?.rest ?? '') + text.toString('utf8')).split('\n');
      const rest = lines.pop() ?? '';
      // The first line of the end of a file is rarely whole.
      if (!known && from > 0) lines.shift();
      for (const line of lines) process.stdout.write(`${prefix}${line}\n`);
      positions.set(name, { position: from + text.length, rest });
    }
    await sleep(LOOK_EVERY);
  }
}

async function readText(path: string, position: number, length: number): Promise<Buffer> {
  if (length <= 0) return Buffer.alloc(0);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
