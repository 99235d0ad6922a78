import { chooseForm, formInWords, type Form } from './choose-form.ts';
import { endContainers } from './docker/compose.ts';
import { findDocker, type Docker } from './docker/engine.ts';
import { launchInDocker } from './docker/launch-in-docker.ts';
import { launch } from './launch.ts';
import { findLauncher, takeLock, type Holder } from './launcher-lock.ts';
import { readLauncherSettings } from './launcher-settings.ts';
import { endAtOnce } from './shutdown.ts';
import { patienceOf } from './stop.ts';
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
  // RUN_WITH=local is not to ask: an engine that hangs, or a Compose file with a fault, is none of its business.
  const docker: Docker = settings.RUN_WITH === 'local' ? { kind: 'absent' } : await findDocker(env, stop.signal);
  if (stop.signal.aborted) return 0;
  const choice = chooseForm(settings.RUN_WITH, docker);
  if (choice.form === 'none') return refuse(choice.error);
  const lock = await takeLock(folder, choice.form, patienceOf(choice.form, settings.stopTimeout));
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
