import { ROOT } from '../runtime/data-folder.ts';
import { startProcess } from './services/service-process.ts';

/** Says something to the launcher, as make does, with exactly this environment. */
export function sayToLauncher(command: string, env: NodeJS.ProcessEnv) {
  const lines: string[] = [];
  const child = startProcess({
    name: `make ${command}`,
    file: process.execPath,
    args: ['local/bootstrap.js', command],
    cwd: ROOT,
    env,
    onLine: (line) => lines.push(line),
  });
  return { ...child, output: () => lines.join('\n') };
}
