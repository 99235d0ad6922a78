import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const makefile = readFileSync('Makefile', 'utf8');

test('in a fresh clone, npm ci is run before a command that needs packages', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-ingestion-bootstrap-'));
  try {
    mkdirSync(join(folder, 'local'));
    copyFileSync('local/bootstrap.js', join(folder, 'local', 'bootstrap.js'));
    writeFileSync(join(folder, 'package-lock.json'), '{"packages":{"":{},"node_modules/a":{"version":"1.0.0"}}}');
    const npm =
      '#!/bin/sh\nmkdir -p node_modules && cp package-lock.json node_modules/.package-lock.json\necho npm "$@"\n';
    writeFileSync(join(folder, 'npm'), npm, { mode: 0o755 });
    const env = { PATH: [folder, process.env.PATH].join(delimiter) };
    const packages = () =>
      spawnSync(process.execPath, [join(folder, 'local', 'bootstrap.js'), 'packages'], { env, encoding: 'utf8' });
    const first = packages();
    expect(first.stdout).toContain('npm ci --include=dev');
    expect(first.status).toBe(0);
    expect(packages()).toMatchObject({ status: 0, stdout: '' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('native Windows is refused in one sentence that names WSL2', () => {
  const asWindows = 'data:text/javascript,Object.defineProperty(process, "platform", { value: "win32" })';
  const args = ['--import', asWindows, 'local/bootstrap.js', 'start'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^Native Windows cannot run this: use WSL2, [^.]*\.\n$/);
});

/** Only for whoever works on it, after npm ci. */
const FOR_DEVELOPERS = ['bench-figures', 'page-figures', 'env-example', 'schema-dump', 'reliability-table'];

test('each npm script sees to the packages first, those that run servers of their own to these too', () => {
  for (const [name, command] of Object.entries(scripts)) {
    if (name.startsWith('pre') || FOR_DEVELOPERS.includes(name) || command.includes('local/bootstrap.js')) continue;
    const wanted = /bench\/(main|pages)|vitest/.test(command) ? 'requirements' : 'packages';
    expect([name, scripts[`pre${name}`]]).toEqual([name, `node local/bootstrap.js ${wanted}`]);
  }
});

test('each make target runs the bootstrap, or such a script', () => {
  const recipes = [...makefile.matchAll(/^([a-z_-]+):.*##.*\n\t(.*)$/gm)].filter(([, name]) => name !== 'help');
  expect(recipes.length).toBeGreaterThan(10);
  for (const [, name = '', recipe = ''] of recipes) {
    const [script] = /(?<=npm run --silent )[\w-]+/.exec(recipe) ?? [];
    if (script === undefined)
      expect([name, recipe]).toEqual([name, `$(LOCAL) ${name === 'start_with_logs' ? 'start' : name}`]);
    else expect(scripts, name).toHaveProperty(`pre${script}`);
  }
});
