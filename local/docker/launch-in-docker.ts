import { join } from 'node:path';
import { readyText } from '../address-table.ts';
import { FIRST_LOGIN, readFirstLogin, sayPassword, withDesk, type FirstLogin } from '../first-login.ts';
import { endLeftovers } from '../end-leftovers.ts';
import { ignoredInDocker } from '../ignored-settings.ts';
import type { Launch } from '../launch.ts';
import { logFolder, type LauncherSettings } from '../launcher-settings.ts';
import { showProgress } from '../progress.ts';
import { removeRunning, writeRunning } from '../running-file.ts';
import { createScreen, type Screen } from '../screen.ts';
import { chooseDockerPorts } from './choose-docker-ports.ts';
import { runCompose, takeDown } from './compose.ts';
import { isRunning, listContainers, portsOf } from './containers.ts';
import { followContainers, keepLogs } from './follow-containers.ts';
import { buildImages } from './images.ts';
import { claimProject, isOwnProject } from './own-projects.ts';
import { belongsElsewhere, findProject, volumesOf } from './project.ts';
import { addressesOf, apisOf, screenNames, serversOf, storefrontOf } from './published-services.ts';
import type { DockerRun } from './run-docker.ts';
import { startContainers } from './start-containers.ts';

/** Name of the log file of what Docker's own commands say. */
const DOCKER_LOG = 'docker';

/** How far it has come, for whoever stops it. */
interface State {
  /** With the ports that were chosen. */
  env: NodeJS.ProcessEnv;
  /** There are containers, or there soon may be. */
  hasContainers: boolean;
  /** Containers of an earlier start were running already. */
  ranBefore: boolean;
}

/**
 * Runs the whole system in Docker until it is told to stop: builds, starts, waits until all is healthy, then shows the
 * logs. Resolves with the exit code: 0 when it was stopped, 1 when it could not start. Data stay in volumes.
 */
export async function launchInDocker({ env, settings, stop }: Launch): Promise<number> {
  const { folder } = settings;
  const screen = createScreen({
    logFolder: logFolder(folder),
    names: screenNames(settings.CONSUMERS),
    output: process.stdout,
    onGone: () => stop.request('the end of its output'),
  });
  const state: State = { env, hasContainers: false, ranBefore: false };
  const starting = new AbortController();
  const following = new AbortController();
  stop.signal.addEventListener('abort', () => starting.abort(), { once: true });
  const bringing = bringUp({ settings, screen, state, signal: starting.signal });
  let logs: Promise<void> | undefined;
  let exitCode = 0;
  try {
    await Promise.race([bringing, stop.requested]);
    if (!stop.signal.aborted) {
      logs = followContainers({ env: state.env, signal: following.signal }, { screen, stop, settings, ...state });
      await Promise.race([logs, stop.requested]);
    }
    const why = stop.signal.aborted ? await stop.requested : 'somebody else has stopped all containers';
    screen.say(`Stopping (${why}) ...`);
  } catch (error) {
    exitCode = 1;
    screen.setStatus('');
    screen.say(`\n${messageOf(error)}\n`);
  }
  const began = Date.now();
  screen.hideServers();
  removeRunning(folder);
  // A build or a start that was under way has ended before its containers are removed.
  starting.abort();
  await bringing.catch(() => undefined);
  if (state.hasContainers) {
    if (logs === undefined) await keepLogs({ env: state.env }, screen);
    try {
      await takeDown({ env: state.env, onLine: (line) => screen.setStatus(`  ${line.trim()}`) });
      screen.setStatus('');
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      screen.say(`Everything has stopped (${seconds} s). Data are in Docker volumes, logs in ${logFolder(folder)}.`);
    } catch (error) {
      exitCode = 1;
      screen.setStatus('');
      screen.say(messageOf(error));
    }
  }
  following.abort();
  await logs;
  await screen.close();
  return exitCode;
}

/** Resolves when everything is ready, with its addresses shown, or when it is aborted. */
async function bringUp(options: {
  settings: LauncherSettings;
  screen: Screen;
  state: State;
  signal: AbortSignal;
}): Promise<void> {
  const { settings, screen, state, signal } = options;
  const { folder } = settings;
  const isStopped = () => signal.aborted;
  await endLeftovers(folder, screen);
  const before = await findProject({ env: state.env, signal });
  if (before.elsewhere !== undefined) throw new Error(belongsElsewhere(before));
  const { file, containers } = before;
  state.ranBefore = containers.some(isRunning);
  state.hasContainers = state.ranBefore;
  if (state.ranBefore)
    screen.say(`The Docker project ${file.project} runs already; only what has changed is exchanged.`);
  const { env: chosen, notices } = await chooseDockerPorts(file.ports, containers, state.env);
  if (isStopped()) return;
  for (const notice of [...notices, ...ignoredInDocker(state.env)]) screen.say(notice);
  state.env = { ...state.env, ...chosen };

  const run = { env: state.env, signal };
  const toLog = screen.file(DOCKER_LOG);
  const progress = showProgress(screen);
  signal.addEventListener('abort', () => progress.close(), { once: true });
  try {
    const build = buildImages(file.builds, {
      folder,
      logFile: join(logFolder(folder), `${DOCKER_LOG}.log`),
      run: { ...run, onLine: toLog },
      onStep: (step) => progress.explain('the build of the images', step),
    });
    await progress.waitFor('the build of the images', build);
    if (isStopped()) return;
    await claimVolumes(file.project, { folder, run, screen });
    if (isStopped()) return;
    state.hasContainers = true;
    await startContainers(file.services, { before: containers, run, progress, onLine: toLog });
    if (isStopped()) return;
    // As they are now: what a file publishes as a range has the ports that Docker chose.
    const ports = portsOf((await listContainers(run)).filter(isRunning));
    if (isStopped()) return;
    const apis = apisOf(ports);
    const storefront = storefrontOf(ports);
    writeRunning(folder, {
      pid: process.pid,
      ...(storefront !== undefined && { storefront }),
      apis,
      consumers: [],
      simulatesFailures: settings.SIMULATED_FAILURES === 'on',
      servers: { ...serversOf(ports) },
    });
    // Only where there is a line for it: the first password is told once.
    const login = storefront === undefined ? undefined : await askForFirstLogin(run);
    if (isStopped()) {
      sayPassword(login, screen.say);
      return;
    }
    progress.close();
    screen.say(readyText(withDesk(addressesOf(file, ports), login, SHOW_FILE), progress.elapsed()));
    screen.showLogs();
    await tellIfOutOfReach(apis, screen);
  } finally {
    progress.close();
  }
}

/** Notes whose volumes they are: this checkout's, unless others made them before it. */
async function claimVolumes(
  project: string,
  { folder, run, screen }: { folder: string; run: DockerRun; screen: Screen },
): Promise<void> {
  if (isOwnProject(folder, project)) return;
  const volumes = await volumesOf(project, run);
  if (volumes.length === 0) {
    claimProject(folder, project);
    return;
  }
  screen.say(
    `The Docker project ${project} has volumes that were not made from here; their data are used, and make clean here will not\n` +
      'delete them. COMPOSE_PROJECT_NAME=another-name make start_with_logs has data of its own.',
  );
}

/** How a file in the volume of the desk is shown. */
const SHOW_FILE = 'docker compose exec storefront cat ';

/** How to log in at the desk, as a container of the storefront tells it. It is only shown, so nothing fails with it. */
async function askForFirstLogin(run: { env: NodeJS.ProcessEnv; signal: AbortSignal }): Promise<FirstLogin | undefined> {
  try {
    const { stdout } = await runCompose(['exec', '-T', 'storefront', 'node', FIRST_LOGIN], run);
    return readFirstLogin(stdout);
  } catch {
    return undefined;
  }
}

/** An engine in a virtual machine or on another one may publish its ports where this program is not. */
async function tellIfOutOfReach(apis: readonly { url: string }[], screen: Screen): Promise<void> {
  for (const { url } of apis) {
    try {
      await (await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(3_000) })).body?.cancel();
    } catch {
      screen.say(`All containers are healthy, but ${url} is not reached from here: the engine publishes it elsewhere.`);
    }
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
