import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readStorefrontConfiguration } from './storefront-configuration.ts';

test('the secrets of the desk are where the launcher puts them, also where LOCAL_DIR moves its folder', () => {
  const folderOf = (env: NodeJS.ProcessEnv) => readStorefrontConfiguration(env).secretsFolder;
  expect(folderOf({ LOCAL_DIR: '/data' })).toBe('/data/desk');
  expect(folderOf({ LOCAL_DIR: '/data', DESK_SECRETS_FOLDER: '/secrets' })).toBe('/secrets');
  expect(folderOf({})).toBe(join(process.cwd(), '.local', 'desk'));
});
