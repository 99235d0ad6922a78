import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findLauncher, takeLock } from './launcher-lock.ts';
import { findProcess } from './services/process-table.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'order-ingestion-lock-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('the lock of a data folder', () => {
  test('is held by one process until it gives it back', async () => {
    const first = await takeLock(folder, 'docker', 123_000);
    expect(await takeLock(folder, 'local')).toMatchObject({ heldBy: { pid: process.pid, form: 'docker' } });
    expect(await findLauncher(folder)).toMatchObject({ pid: process.pid, form: 'docker', patience: 123_000 });
    if ('release' in first) first.release();
    expect(await findLauncher(folder)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
    expect(await takeLock(folder, 'local')).toHaveProperty('release');
  });

  test('goes to one of many that ask at the same time', async () => {
    writeFileSync(join(folder, 'launcher.json'), JSON.stringify({ pid: process.pid, started: 'long ago' }));
    const answers = await Promise.all(Array.from({ length: 20 }, () => takeLock(folder, 'local')));
    expect(answers.filter((answer) => 'release' in answer)).toHaveLength(1);
  });

  test('does not count when its process has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const found = await findProcess(child.pid ?? 0);
    writeFileSync(join(folder, 'launcher.json'), JSON.stringify({ pid: found?.pid, started: found?.started }));
    expect(await findLauncher(folder)).toMatchObject({ pid: child.pid });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await findLauncher(folder)).toBeUndefined();
    expect(await takeLock(folder, 'local')).toHaveProperty('release');
  });

  test('does not count when its process id was given to another process', async () => {
    writeFileSync(join(folder, 'launcher.json'), JSON.stringify({ pid: process.pid, started: 'before' }));
    expect(await findLauncher(folder)).toBeUndefined();
  });

  test('does not count when it cannot be read', async () => {
    writeFileSync(join(folder, 'launcher.json'), '{"pid": 1');
    expect(await findLauncher(folder)).toBeUndefined();
    expect(await takeLock(folder, 'local')).toHaveProperty('release');
  });
});
