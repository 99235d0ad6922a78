import { expect, test } from 'vitest';
import { belongsTo, DATA_FOLDER_VARIABLE } from './leftovers.ts';

const FOLDER = '/somewhere/.local';
const running = (args: string[], more: { environment?: string[]; folder?: string } = {}) => ({
  pid: 1,
  parent: 0,
  started: 'then',
  args,
  environment: more.environment ?? [],
  folder: more.folder,
});

test('what carries the data folder in its environment is ours', () => {
  const environment = ['HOME=/root', `${DATA_FOLDER_VARIABLE}=${FOLDER}`];
  expect(belongsTo(FOLDER, running(['node', 'main.ts'], { environment }))).toBe(true);
  expect(belongsTo(FOLDER, running(['node', 'main.ts'], { environment: [`${DATA_FOLDER_VARIABLE}=${FOLDER}2`] }))).toBe(
    false,
  );
});

test('servers that overwrite their environment are ours by their data folder', () => {
  expect(belongsTo(FOLDER, running(['/x/bin/postgres', '-D', `${FOLDER}/db1/data`, '-p', '5432']))).toBe(true);
  expect(belongsTo(FOLDER, running(['/x/bin/postgres', '-D', '/var/lib/postgresql/15/main']))).toBe(false);
  expect(belongsTo(FOLDER, running(['redis-server 127.0.0.1:6379'], { folder: `${FOLDER}/redis` }))).toBe(true);
  expect(belongsTo(FOLDER, running(['redis-server 127.0.0.1:6379'], { folder: '/var/lib/redis' }))).toBe(false);
});

test('whoever only looks at the folder is not ours', () => {
  expect(belongsTo(FOLDER, running(['tail', '-f', `${FOLDER}/logs/db1.log`], { folder: `${FOLDER}/logs` }))).toBe(
    false,
  );
  expect(belongsTo(FOLDER, running(['bash'], { folder: `${FOLDER}/redis` }))).toBe(false);
  expect(belongsTo(FOLDER, running([]))).toBe(false);
});
