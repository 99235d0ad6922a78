import { spawn } from 'node:child_process';
import { join } from 'node:path';
import * as settings from '../runtime/settings.ts';
import { installBrowser } from './install-browser.ts';
import { installRequirements } from './install-requirements.ts';
import { ROOT } from '../runtime/data-folder.ts';

/** What is checked, in this order; the tests come last, so that their summary does. */
const CHECKS: [title: string, program: string, ...args: string[]][] = [
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['lint', 'eslint', '.', '--max-warnings', '0'],
  ['types', 'tsc', '--noEmit'],
  ['types of the page', 'tsc', '-p', 'tsconfig.page.json'],
  ['tests', 'vitest', 'run', '--reporter=default'],
];

/**
 * `make test`: installs what is missing, then runs every check. Resolves with the exit code, 1 at any failure. Where
 * TEST_RESULT_FILE is set, vitest also writes its result there as JSON.
 */
export async function runTests(env: NodeJS.ProcessEnv): Promise<number> {
  await installRequirements({ say: console.log });
  await installBrowser({ say: console.log });
  const resultFile = env.TEST_RESULT_FILE;
  const failed: string[] = [];
  for (const [title, program, ...args] of CHECKS) {
    if (title === 'tests' && resultFile) args.push('--reporter=json', `--outputFile.json=${resultFile}`);
    if (title === 'tests' && failed.length > 0) console.log(`\nFailed already: ${failed.join(', ')}.`);
    console.log(`\n> ${program} ${args.join(' ')}`);
    const { code, signal } = await run(join(ROOT, 'node_modules', '.bin', program), args, withoutSettings(env));
    if (signal === 'SIGINT' || signal === 'SIGTERM') return 130;
    if (code !== 0) failed.push(title);
  }
  return failed.length === 0 ? 0 : 1;
}

/** What is set for a running system must not change what the tests see. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.values(settings).flatMap((group) => Object.keys(group));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

async function run(file: string, args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(file, args, { cwd: ROOT, env, stdio: 'inherit' });
  // The terminal sends Ctrl-C to the child too, which ends in its own order; other signals are passed on.
  const passOn = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGINT') child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, passOn);
  try {
    return await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
      child.once('error', reject).once('exit', (code, signal) => resolve({ code, signal }));
    });
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
}
