import { showBalance } from './balance.ts';
import { showContainerLogs } from './docker/show-container-logs.ts';
import { inWords } from './explained-error.ts';
import { followLogs } from './follow-logs.ts';
import { installRequirements } from './install-requirements.ts';
import { findLauncher } from './launcher-lock.ts';
import { dataFolder } from '../runtime/data-folder.ts';
import { runTests } from './run-tests.ts';
import { loadSample } from './sample.ts';
import { start } from './start.ts';
import { clean, stop } from './stop.ts';

const folder = dataFolder(process.env);

/** What can be asked for, each with its exit code. */
const COMMANDS: Record<string, () => Promise<number>> = {
  start: () => start(process.env),
  stop: () => stop(process.env).then(() => 0),
  clean: () => clean(process.env).then(() => 0),
  logs: async () => {
    // A launcher writes files in either form; containers that run without one have only Docker's own logs.
    if (!(await findLauncher(folder)) && (await showContainerLogs(process.env))) return 0;
    return (await followLogs(folder)) ? 0 : explain('There are no logs yet: make start_with_logs writes them.');
  },
  sample: async () =>
    (await loadSample(process.env))
      ? 0
      : explain('Nothing is running or it is not ready yet: make start_with_logs starts it.'),
  // What a benchmark or a suite of faults runs on this machine itself, also where the system runs in Docker.
  requirements: () => installRequirements({ say: console.log }).then(() => 0),
  balance: () => showBalance(process.env, process.argv.slice(3)),
  test: () => runTests(process.env),
};

try {
  const command = COMMANDS[process.argv[2] ?? ''];
  // At once: a connection that a client keeps open must not hold the terminal.
  process.exit(command ? await command() : explain(`Say one of: ${Object.keys(COMMANDS).join(', ')}.`));
} catch (error) {
  process.exit(explain(inWords(error)));
}

function explain(text: string): 1 {
  console.error(text);
  return 1;
}
