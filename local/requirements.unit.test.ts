import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planInstallation, type Machine, type Requirement } from './requirements.ts';
import { findChromium } from './services/find-chromium.ts';
import { isOnPath } from './services/is-on-path.ts';

const ALL: Requirement[] = ['redis-server', 'rabbitmq-server', 'epmd'];
const tell = (given: Omit<Machine, 'hasSystemd'> & Partial<Machine>, missing = ALL) => {
  const plan = planInstallation(missing, { hasSystemd: true, ...given });
  return plan.kind === 'tell' ? plan.lines.join('\n') : plan.kind;
};

describe('what is missing', () => {
  test('is nothing to act on where everything is there', () => {
    expect(planInstallation([], { isRoot: true, packageManager: 'apt-get', hasSystemd: true })).toEqual({
      kind: 'nothing',
    });
  });

  test('is installed on Debian as root, and only what is missing', () => {
    expect(planInstallation(['redis-server'], { isRoot: true, packageManager: 'apt-get', hasSystemd: true })).toEqual({
      kind: 'install',
      packages: ['redis-server'],
    });
  });

  test('is named with the command to run on Debian as another user', () => {
    expect(tell({ isRoot: false, packageManager: 'apt-get' })).toContain(
      'sudo apt-get install -y --no-install-recommends redis-server rabbitmq-server erlang-base',
    );
  });

  test('comes on Debian with the line that ends the services of the packages, where systemd runs them', () => {
    expect(tell({ isRoot: false, packageManager: 'apt-get' }).split('\n').slice(3)).toEqual([
      '  sudo apt-get update && sudo apt-get install -y --no-install-recommends redis-server rabbitmq-server erlang-base',
      '  sudo systemctl disable --now redis-server rabbitmq-server',
      '',
      expect.stringMatching(/^The second line ends the services/),
      expect.stringMatching(/6379.*5672.*others are used here and named/),
    ]);
    expect(tell({ isRoot: false, packageManager: 'apt-get' }, ['redis-server'])).toMatch(/--now redis-server$/m);
    expect(tell({ isRoot: false, packageManager: 'apt-get' }, ['epmd'])).not.toContain('systemctl');
    expect(tell({ isRoot: false, packageManager: 'apt-get', hasSystemd: false })).not.toContain('systemctl');
    expect(tell({ isRoot: false, packageManager: 'dnf' })).not.toContain('systemctl');
  });

  test('may be installed all the same, in a folder that is not on the PATH', () => {
    for (const packageManager of ['apt-get', 'dnf', 'brew'] as const)
      expect(tell({ isRoot: false, packageManager })).toContain('If it is installed, put its folder on the PATH.');
    expect(tell({ isRoot: false, packageManager: undefined })).toContain('so that these programs are on the PATH');
  });

  test('is named with the command to run on Fedora, with sudo only where it is needed', () => {
    expect(tell({ isRoot: false, packageManager: 'dnf' })).toContain('  sudo dnf install -y redis rabbitmq-server');
    expect(tell({ isRoot: true, packageManager: 'dnf' })).toContain('  dnf install -y redis rabbitmq-server');
  });

  test('is named with the command to run on macOS', () => {
    expect(tell({ isRoot: false, packageManager: 'brew' })).toContain('brew install redis rabbitmq erlang');
  });

  test('is at least named elsewhere', () => {
    expect(tell({ isRoot: true, packageManager: undefined })).toMatch(/redis-server, rabbitmq-server, epmd/);
  });

  test('is what no folder of the PATH holds', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'order-ingestion-path-'));
    try {
      await writeFile(join(folder, 'epmd'), '');
      await chmod(join(folder, 'epmd'), 0o755);
      expect(isOnPath('epmd', `/nowhere::${folder}`)).toBe(true);
      expect(isOnPath('redis-server', `/nowhere::${folder}`)).toBe(false);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('is no browser where one is on the PATH under any of its names', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'order-ingestion-path-'));
    try {
      expect(findChromium(`/nowhere::${folder}`, [])).toBeUndefined();
      await writeFile(join(folder, 'chromium-browser'), '');
      expect(findChromium(`/nowhere::${folder}`, [])).toBe(join(folder, 'chromium-browser'));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
