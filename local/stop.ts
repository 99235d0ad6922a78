import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findLauncher, takeLock } from './launcher-lock.ts';
import { logFolder } from './launcher-settings.ts';
import { SERVER_FOLDERS } from './servers.ts';
import { endProcesses, findProcess, untilGone } from './services/process-table.ts';
import { findLeftovers, stopLeftovers } from './services/leftovers.ts';

/** How long a launcher may take to stop before it is ended by force, in milliseconds. It takes less than 10,000. */
const PATIENCE = 20_000;

/** `make stop`: stops what runs on the folder, and what a killed launcher left behind. Data stay. */
export async function stop(folder: string): Promise<void> {
  const launcher = await findLauncher(folder);
  const running = launcher && (await findProcess(launcher.pid));
  if (launcher && running) {
    console.log(`Stopping (process ${launcher.pid}) ...`);
    process.kill(launcher.pid, 'SIGTERM');
    if (!(await untilGone([running], PATIENCE))) await endProcesses([running]);
  }
  const leftovers = await findLeftovers(folder);
  if (leftovers.length > 0) {
    console.log(`Ending ${leftovers.length} processes that were left behind ...`);
    await stopLeftovers(leftovers);
  }
  console.log(running || leftovers.length > 0 ? 'Everything has stopped. Data stay.' : 'Nothing is running.');
}

/** `make clean`: stops, then deletes data and logs; only what the launcher has made, for LOCAL_DIR may be any folder. */
export async function clean(folder: string): Promise<void> {
  await stop(folder);
  const lock = await takeLock(folder);
  if ('heldBy' in lock) throw new Error(`It was started again (process ${lock.heldBy.pid}); nothing was deleted.`);
  const made = [...SERVER_FOLDERS.map((name) => join(folder, name)), logFolder(folder), join(folder, 'running.json')];
  await Promise.all(made.map((path) => rm(path, { recursive: true, force: true })));
  lock.release();
  // The folder itself goes only if nothing of somebody else is in it.
  await rmdir(folder).catch(() => undefined);
  console.log('Data and logs are deleted.');
}
