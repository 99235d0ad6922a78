import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfiguration } from '../runtime/configuration.ts';
import { parseDuration } from '../runtime/durations.ts';
import { launcherSettings } from '../runtime/settings.ts';
import type { Form } from './choose-form.ts';
import { BUILT_IMAGES_FILE } from './docker/images.ts';
import { deleteVolumes, stopContainers } from './docker/stop-containers.ts';
import { ExplainedError } from './explained-error.ts';
import { findLauncher, takeLock } from './launcher-lock.ts';
import { dataFolder, DESK_FOLDER } from '../runtime/data-folder.ts';
import { logFolder } from './launcher-settings.ts';
import { SERVER_FOLDERS } from './servers.ts';
import { endProcesses, findProcess, untilGone } from './services/process-table.ts';
import { findLeftovers, stopLeftovers } from './services/leftovers.ts';

/** How long a launcher may take to stop before it is ended by force, in milliseconds, besides its STOP_TIMEOUT. */
const BESIDES = 15_000;

/** The same in Docker, where containers have the times that docker-compose.yml gives them. */
const PATIENCE_WITH_DOCKER = 180_000;

/** How long a launcher of these settings may take to stop, in milliseconds. */
export const patienceOf = (form: Form, stopTimeout: string): number =>
  form === 'docker' ? PATIENCE_WITH_DOCKER : parseDuration(stopTimeout) + BESIDES;

/**
 * `make stop`: stops what runs on the folder, in Docker or not, and what a killed launcher left behind. Data stay.
 */
export async function stop(env: NodeJS.ProcessEnv): Promise<void> {
  const here = await stopHere(dataFolder(env));
  const inDocker = await stopContainers(env);
  console.log(here || inDocker === 'stopped' ? 'Everything has stopped. Data stay.' : 'Nothing is running.');
}

/**
 * `make clean`: stops, then deletes data and logs; only what the launcher has made, for LOCAL_DIR may be any folder. With
 * RUN_WITH=docker or RUN_WITH=local it is done only to what that form has.
 */
export async function clean(env: NodeJS.ProcessEnv): Promise<void> {
  const folder = dataFolder(env);
  const { RUN_WITH } = readConfiguration({ RUN_WITH: launcherSettings.RUN_WITH }, env);
  const launcher = await findLauncher(folder);
  if (launcher && RUN_WITH !== 'auto' && launcher.form !== RUN_WITH)
    throw new ExplainedError(
      `RUN_WITH=${RUN_WITH} is set, but it runs with RUN_WITH=${launcher.form}; nothing was deleted.`,
    );
  await stopHere(folder);
  if (RUN_WITH !== 'local') {
    await stopContainers(env);
    await deleteVolumes(env, folder);
  }
  const lock = await takeLock(folder, 'local');
  if ('heldBy' in lock)
    throw new ExplainedError(`It was started again (process ${lock.heldBy.pid}); nothing was deleted.`);
  const made = [
    ...(RUN_WITH === 'docker' ? [] : [...SERVER_FOLDERS, DESK_FOLDER].map((name) => join(folder, name))),
    ...(RUN_WITH === 'local' ? [] : [join(folder, BUILT_IMAGES_FILE)]),
    ...[logFolder(folder), join(folder, 'running.json')],
  ];
  await Promise.all(made.map((path) => rm(path, { recursive: true, force: true })));
  lock.release();
  // The folder itself goes only if nothing of somebody else is in it.
  await rmdir(folder).catch(() => undefined);
  console.log('Data and logs are deleted.');
}

/** Stops the launcher of a folder, which stops what it has started, and what a killed one left. False: there is nothing. */
async function stopHere(folder: string): Promise<boolean> {
  const launcher = await findLauncher(folder);
  const running = launcher && (await findProcess(launcher.pid));
  if (launcher && running) {
    console.log(`Stopping (process ${launcher.pid}) ...`);
    process.kill(launcher.pid, 'SIGTERM');
    const { form, patience = patienceOf(form, '5s') } = launcher;
    if (!(await untilGone([running], patience))) await endProcesses([running]);
  }
  const leftovers = await findLeftovers(folder);
  if (leftovers.length > 0) {
    console.log(`Ending ${leftovers.length} processes that were left behind ...`);
    await stopLeftovers(leftovers);
  }
  return running !== undefined || leftovers.length > 0;
}
