import { readContainerLogs } from './container-logs.ts';
import { isRunning } from './containers.ts';
import { findProjectIfAny } from './project.ts';
import { screenNames } from './published-services.ts';

/** Lines of each container that are shown at first. */
const SHOWN_AT_FIRST = 20;

/**
 * `make logs` for containers that run without a launcher: shows all their logs until Ctrl-C, or until the last of them
 * has ended. False: none runs.
 */
export async function showContainerLogs(env: NodeJS.ProcessEnv): Promise<boolean> {
  const { found } = await findProjectIfAny(env);
  if (!found?.containers.some(isRunning)) return false;
  const width = Math.max(...screenNames(1).map((name) => name.length));
  // Also the end of `| head` is an end; and a Ctrl-C must not leave the command behind that follows the logs.
  const end = () => process.exit(0);
  process.stdout.on('error', end);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  await readContainerLogs({ env }, { follow: true, tail: SHOWN_AT_FIRST }, ({ name, text }) => {
    process.stdout.write(`${name.padEnd(width)} | ${text}\n`);
  });
  return true;
}
