import { deskFolder } from '../runtime/data-folder.ts';
import { parseDuration } from '../runtime/durations.ts';
import { localAddresses, readyText } from './address-table.ts';
import { askForFirstLogin, sayPassword, withDesk } from './first-login.ts';
import { endLeftovers } from './end-leftovers.ts';
import { ignoredHere } from './ignored-settings.ts';
import { installRequirements } from './install-requirements.ts';
import { chooseLauncherPorts } from './launcher-ports.ts';
import { logFolder, type LauncherSettings } from './launcher-settings.ts';
import { ourProcesses, processPart } from './processes.ts';
import { showProgress } from './progress.ts';
import { isOnPath } from './services/is-on-path.ts';
import { removeRunning, writeRunning } from './running-file.ts';
import { createScreen, type Screen } from './screen.ts';
import { serverParts, serverUrls, type AttemptLogStore } from './servers.ts';
import { DATA_FOLDER_VARIABLE } from './services/leftovers.ts';
import { stopEverything } from './shutdown.ts';
import type { StopRequest } from './stop-request.ts';
import { supervise, type Supervised } from './supervise.ts';

/**
 * Runs the whole system on this machine itself until it is told to stop. Resolves with the exit code: 0 when it was
 * stopped, 1 when it could not start.
 */
export async function launch({ env, settings, stop }: Launch): Promise<number> {
  const { folder } = settings;
  const attemptLog: AttemptLogStore = settings.hasOwnAttemptLog ? (isOnPath('mongod') ? 'mongod' : 'postgres') : 'own';
  const consumers = Array.from(
    { length: settings.CONSUMERS },
    (_, index) => `consumer${index === 0 ? '' : `_${index + 1}`}`,
  );
  const screen = createScreen({
    logFolder: logFolder(folder),
    names: [
      'storefront',
      'system_1',
      'system_2',
      ...consumers,
      'db1',
      'db2',
      'endput',
      'attempt_log',
      'redis',
      'rabbitmq',
    ],
    output: process.stdout,
    onGone: () => stop.request('the end of its output'),
  });
  const running = { processes: [] as Supervised[], servers: [] as Supervised[] };
  let exitCode = 0;
  try {
    await Promise.race([start({ env, settings, attemptLog, screen, stop, running }), stop.requested]);
    screen.say(`Stopping (${await stop.requested}) ...`);
  } catch (error) {
    exitCode = 1;
    screen.setStatus('');
    screen.say(`\n${error instanceof Error ? error.message : String(error)}\n`);
  }
  const began = Date.now();
  screen.hideServers();
  removeRunning(folder);
  await stopEverything({ folder, ...running, stopTimeout: parseDuration(settings.stopTimeout) });
  if (running.servers.length > 0)
    screen.say(
      `Everything has stopped (${((Date.now() - began) / 1000).toFixed(1)} s). Data and logs are in ${folder}.`,
    );
  await screen.close();
  return exitCode;
}

/** What either form is started with. */
export interface Launch {
  env: NodeJS.ProcessEnv;
  settings: LauncherSettings;
  stop: StopRequest;
}

interface Start extends Launch {
  attemptLog: AttemptLogStore;
  screen: Screen;
  /** What was started is pushed at once, so that it can be stopped. */
  running: { processes: Supervised[]; servers: Supervised[] };
}

async function start({ env, settings, attemptLog, screen, stop, running }: Start): Promise<void> {
  const { folder } = settings;
  const isStopped = () => stop.signal.aborted;
  await installRequirements({ say: screen.say, signal: stop.signal });
  await endLeftovers(folder, screen);
  const { ports, notices } = await chooseLauncherPorts(settings, attemptLog);
  if (isStopped()) return;
  for (const notice of [...notices, ...ignoredHere(env)]) screen.say(notice);
  if (attemptLog === 'postgres') {
    screen.say(
      'No mongod is on the PATH: the attempt log is kept in a PostgreSQL of its own, with the same documents.',
    );
  }

  const urls = serverUrls(attemptLog, ports, settings.ATTEMPT_LOG_URL);
  const surroundings = {
    ...env,
    [DATA_FOLDER_VARIABLE]: folder,
    DESK_SECRETS_FOLDER: deskFolder(env),
  };
  const progress = showProgress(screen);
  stop.signal.addEventListener('abort', () => progress.close(), { once: true });
  try {
    const servers = serverParts(attemptLog, {
      folder,
      env: surroundings,
      ports,
      screen,
      consumers: settings.CONSUMERS,
    }).map((part) => supervise(part, screen.say));
    running.servers.push(...servers);
    await Promise.all(servers.map((server) => progress.waitFor(server.name, server.ready)));
    if (isStopped()) return;

    const ours = ourProcesses(urls, ports, { host: settings.HTTP_HOST, moreSources: env.SOURCE_API_URLS });
    const processes = ours.map((our) => {
      const onReason = (reason: string) => progress.explain(our.name, reason);
      return supervise(
        processPart(our, { env: processEnv(surroundings, settings, screen), screen, onReason }),
        screen.say,
      );
    });
    running.processes.push(...processes);
    await Promise.all(processes.map((one) => progress.waitFor(one.name, one.ready)));
    if (isStopped()) return;

    writeRunning(folder, {
      pid: process.pid,
      ...storefrontOf(ours),
      apis: ours.filter(({ serves }) => serves === 'api').map(({ name, url }) => ({ system: name, url })),
      consumers: ours.filter(({ serves }) => serves === 'nothing').map(({ url }) => url),
      simulatesFailures: settings.SIMULATED_FAILURES === 'on',
      servers: urls,
    });
    const login = await askForFirstLogin(processEnv(surroundings, settings, screen));
    if (isStopped()) {
      sayPassword(login, screen.say);
      return;
    }
    progress.close();
    screen.say(readyText(withDesk(localAddresses(ours, urls, attemptLog), login), progress.elapsed()));
    screen.showLogs();
  } finally {
    progress.close();
  }
}

function storefrontOf(ours: readonly { serves: string; url: string }[]): { storefront?: string } {
  const page = ours.find(({ serves }) => serves === 'page');
  return page ? { storefront: page.url } : {};
}

function processEnv(env: NodeJS.ProcessEnv, settings: LauncherSettings, screen: Screen): NodeJS.ProcessEnv {
  const isAuto = settings.LOG_FORMAT === 'auto';
  return {
    ...env,
    STOP_TIMEOUT: settings.stopTimeout,
    ...(isAuto && screen.isTerminal && { LOG_FORMAT: 'pretty' }),
  };
}
