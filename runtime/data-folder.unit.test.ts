import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataFolder, deskFolder, ROOT } from './data-folder.ts';
import { storefrontSettings } from './settings.ts';

test('the secrets of the desk are in the folder of data, unless their folder is set', () => {
  expect(deskFolder({ LOCAL_DIR: '/data' })).toBe('/data/desk');
  expect(deskFolder({ LOCAL_DIR: 'elsewhere' })).toBe(join(ROOT, 'elsewhere', 'desk'));
  expect(deskFolder({ LOCAL_DIR: '/data', DESK_SECRETS_FOLDER: '/secrets' })).toBe('/secrets');
});

test('an empty setting is one that is not set, and then the folders are the documented ones', () => {
  expect(dataFolder({ LOCAL_DIR: '' })).toBe(join(ROOT, '.local'));
  const { default: documented } = storefrontSettings.DESK_SECRETS_FOLDER as { default?: unknown };
  expect(deskFolder({ LOCAL_DIR: '', DESK_SECRETS_FOLDER: '' })).toBe(join(ROOT, String(documented)));
});
