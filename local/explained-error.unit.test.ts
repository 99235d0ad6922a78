import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationError } from '../runtime/configuration.ts';
import { ExplainedError, inWords } from './explained-error.ts';
import { RequirementsMissing } from './install-requirements.ts';
import { takeLock } from './launcher-lock.ts';
import { sayToLauncher } from './launcher-under-test.ts';

test('only a fault of the program is shown with a stack', () => {
  expect(inWords(new ExplainedError('not now'))).toBe('not now');
  expect(inWords(new RequirementsMissing('install it'))).toBe('install it');
  expect(inWords(new ConfigurationError('A is wrong'))).toBe('The settings are not valid:\nA is wrong');
  expect(inWords(new TypeError('oh'))).toMatch(/^TypeError: oh\n +at /);
  expect(inWords('thrown')).toBe('thrown');
});

describe('without a stack, and with exit code 1,', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-ingestion-explained-'));
    const fake = fileURLToPath(new URL('docker/fake-docker.js', import.meta.url));
    await writeFile(join(folder, 'docker'), `#!/bin/sh\nexec "${process.execPath}" "${fake}" "$@"\n`);
    await chmod(join(folder, 'docker'), 0o755);
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function say(command: string, env: Record<string, string> = {}): Promise<string> {
    const launcher = sayToLauncher(command, {
      PATH: [folder, process.env.PATH ?? ''].join(delimiter),
      HOME: folder,
      LOCAL_DIR: join(folder, 'data'),
      FAKE_DOCKER: folder,
      ...env,
    });
    expect(await launcher.exited).toBe('ended with exit code 1');
    return launcher.output();
  }

  test('make clean refuses to delete what runs in the other form', async () => {
    await takeLock(join(folder, 'data'), 'docker');
    expect(await say('clean', { RUN_WITH: 'local' })).toBe(
      'RUN_WITH=local is set, but it runs with RUN_WITH=docker; nothing was deleted.',
    );
  });

  test.each(['stop', 'balance'])('make %s says what Compose says of a mistyped file', async (command) => {
    expect(await say(command, { FAKE_DOCKER_TROUBLE: 'no such file' })).toMatch(
      /^docker compose config --format json ended with exit code 1:\n.*docker-compose\.typo\.yml: no such file or directory$/,
    );
  });
});
