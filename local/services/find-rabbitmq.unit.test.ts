import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findRabbitmq, holdsPlugin, pluginFolders } from './find-rabbitmq.ts';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'order-ingestion-find-'))));
afterAll(() => rm(folder, { recursive: true }));

test('plugins lie beside the version that the script is a link to, and in the folder of all versions', async () => {
  const version = join(folder, 'rabbitmq', 'lib', 'rabbitmq_server-1.2.3');
  const bin = join(folder, 'rabbitmq', 'bin');
  const shared = join(folder, 'rabbitmq', 'plugins');
  for (const made of [join(version, 'sbin'), join(version, 'plugins'), bin, shared])
    await mkdir(made, { recursive: true });
  await writeFile(join(version, 'sbin', 'rabbitmq-server'), '');
  await symlink('../lib/rabbitmq_server-1.2.3/sbin/rabbitmq-server', join(bin, 'rabbitmq-server'));
  expect(pluginFolders(bin)).toEqual([join(version, 'plugins'), shared]);
});

test('a plugin is found packed and unpacked, and not by the beginning of its name', async () => {
  await mkdir(join(folder, 'plugins', 'unpacked-1.0'), { recursive: true });
  await writeFile(join(folder, 'plugins', 'packed-1.0.ez'), '');
  const folders = [join(folder, 'nowhere'), join(folder, 'plugins')];
  expect(['packed', 'unpacked', 'pack'].map((plugin) => holdsPlugin(folders, plugin))).toEqual([true, true, false]);
});

test('the server is found in the folder of Debian, on the PATH, and last where Homebrew links it', async () => {
  const folders = ['debian', 'path', 'cellar', 'homebrew'].map((name) => join(folder, 'found', name));
  const [debian = '', path = '', cellar = '', homebrew = ''] = folders;
  for (const made of folders) await mkdir(made, { recursive: true });
  const find = () => findRabbitmq(`/nowhere:${path}`, { first: [debian], last: ['/nowhere', homebrew] });
  expect(find()).toBeUndefined();
  await writeFile(join(cellar, 'rabbitmq-server'), '');
  await symlink('../cellar/rabbitmq-server', join(homebrew, 'rabbitmq-server'));
  expect(find()).toBe(await realpath(cellar));
  await writeFile(join(path, 'rabbitmq-server'), '');
  expect(find()).toBe(await realpath(path));
  await writeFile(join(debian, 'rabbitmq-server'), '');
  expect(find()).toBe(debian);
});
