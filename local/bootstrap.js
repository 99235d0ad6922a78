// The way in: plain JavaScript without dependencies, because it runs before the npm packages are there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname ?? '.', '..');
const command = process.argv[2] ?? 'help';

if (process.platform === 'win32')
  fail('Native Windows cannot run this: use WSL2, with the checkout in its Linux file system, not under /mnt/c.');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  fail(`Node ${process.versions.node} is too old: install 20.19 or newer.`);
// Settings of the user must not change what the tests see.
if (command !== 'test' && existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));

const packages = missingPackages();
// Commands that look at a running system do not exchange the programs under it; they only need any packages at all.
const mustBeNew = ['start', 'test', 'packages', 'requirements'].includes(command);
if (packages === 'none' || (packages === 'other' && mustBeNew && !isRunning())) installPackages();

// For commands that npm itself runs, before them.
if (command === 'packages') process.exit(0);

// In this very process, so that a signal reaches the launcher and not only this file.
const { register } = await import('tsx/esm/api');
register();
await import('./main.ts');

/** Which packages of package-lock.json are not in node_modules: none of it is there, other versions are, or nothing is amiss. */
function missingPackages() {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'none';
  const wanted = packagesOf(join(root, 'package-lock.json')) ?? {};
  const isThere = ([path, entry]) =>
    path === '' || entry.optional || entry.peer || installed[path]?.version === entry.version;
  return Object.entries(wanted).every(isThere) ? 'nothing' : 'other';
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function installPackages() {
  console.log('Installing the npm packages (npm ci), about half a minute ...');
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const [file, ...before] = npm;
  const args = [...before, 'ci', '--include=dev', '--no-audit', '--no-fund'];
  const { status, error } = spawnSync(file, args, { cwd: root, stdio: 'inherit' });
  if (error) fail(`npm could not be started (${error.message}); install npm.`);
  if (status !== 0) fail('npm ci failed, see above.');
}

/** Whether a launcher of this folder runs: its programs lie in node_modules. */
function isRunning() {
  try {
    const file = resolve(root, process.env.LOCAL_DIR || '.local', 'launcher.json');
    process.kill(JSON.parse(readFileSync(file, 'utf8')).pid, 0);
  } catch {
    return false;
  }
  if (command === 'test') fail('The npm packages have changed and the system is running: make stop, then again.');
  return true;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
