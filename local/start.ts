import { chooseForm, formInWords, type Form } from './choose-form.ts';
import { endContainers } from './docker/compose.ts';
import { isRunning } from './docker/containers.ts';
import { findDocker } from './docker/engine.ts';
import { launchInDocker } from './docker/launch-in-docker.ts';
import { findProject } from './docker/project.ts';
import { launch } from './launch.ts';
import { findLauncher, takeLock, type Holder } from './launcher-lock.ts';
import { readLauncherSettings } from './launcher-settings.ts';
import { endAtOnce } from './shutdown.ts';
import { listenForStop } from './stop-request.ts';

/** Milliseconds that Docker has when everything is to end at once. */
const AT_ONCE = 5_000;

/**
 * `make start_with_logs`: runs the whole system until it is told to stop, in Docker or on this machine itself. Resolves
 * with the exit code: 0 when it was stopped, 1 when it could not start. Throws a `ConfigurationError` for a wrong setting.
 */
export async function start(env: NodeJS.ProcessEnv): Promise<number> {
  const settings = readLauncherSettings(env);
  const { folder } = settings;
  const launcher = await findLauncher(folder);
  if (launcher) return refuse(launcherRuns(launcher));
  const chosen: { form?: Form } = {};
  const stop = listenForStop(() => {
    console.error('Ending everything at once.');
    const ended = chosen.form === 'docker' ? endContainers(env, AT_ONCE) : endAtOnce(folder);
    void ended.finally(() => process.exit(1));
  });
  const docker = await findDocker(env, stop.signal);
  if (stop.signal.aborted) return 0;
  const choice = chooseForm(settings.RUN_WITH, docker);
  if (choice.form === 'none') return refuse(choice.error);
  if (choice.form === 'local' && docker.kind === 'usable') {
    const { containers, file } = await findProject({ env, signal: stop.signal });
    if (containers.some(isRunning))
      return refuse(`It is running already, in Docker (project ${file.project}). make stop ends it.`);
  }
  const lock = await takeLock(folder, choice.form);
  if ('heldBy' in lock) return refuse(launcherRuns(lock.heldBy));
  process.once('exit', lock.release);
  if (choice.note !== undefined) console.log(choice.note);
  chosen.form = choice.form;
  return choice.form === 'docker' ? launchInDocker({ env, settings, stop }) : launch({ env, settings, stop });
}

const launcherRuns = ({ pid, form }: Holder) =>
  `It is running already, ${formInWords(form)} (process ${pid}). make stop ends it, make logs shows what it does.`;

function refuse(why: string): 1 {
  console.error(why);
  return 1;
}
