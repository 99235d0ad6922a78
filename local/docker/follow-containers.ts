import { setTimeout as sleep } from 'node:timers/promises';
import { createPrettifier } from '../../runtime/logger.ts';
import type { LauncherSettings } from '../launcher-settings.ts';
import type { Screen } from '../screen.ts';
import type { StopRequest } from '../stop-request.ts';
import { readContainerLogs, type LogLine } from './container-logs.ts';
import { isRunning, listContainers } from './containers.ts';
import type { DockerRun } from './run-docker.ts';

/** Lines of each container that are shown where it ran before. */
const LINES_BEFORE = 20;

/** Milliseconds until the logs are asked for again, when Docker has ended them. */
const PAUSE = 1_000;

/**
 * Shows the logs as without Docker: all lines of our processes, warnings and errors of servers; everything is in files.
 * Resolves when it is aborted, or when no container runs any more.
 */
export async function followContainers(
  run: DockerRun,
  options: { screen: Screen; stop: StopRequest; settings: LauncherSettings; ranBefore: boolean },
): Promise<void> {
  const { screen, stop, settings, ranBefore } = options;
  // They log JSON, as there is no terminal in a container. It is made pretty here, so that a container is the same
  // whether it was started from a terminal or not.
  const isPretty = screen.isTerminal && settings.LOG_FORMAT !== 'json';
  const prettify = isPretty ? createPrettifier() : (line: string) => [line];
  const readyAt = new Date();
  const show = ({ name, isOurs, isEnd, text, at = readyAt }: LogLine) => {
    if (!isEnd && isOurs) for (const line of prettify(text)) screen.ours(name)(line);
    // What a server complained about while it started is of no interest any more.
    else if (!isEnd) (at < readyAt ? screen.file(name) : screen.server(name))(text);
    else if (!stop.signal.aborted) screen.say(`${name} ${text}`);
  };
  let tail = ranBefore ? LINES_BEFORE : undefined;
  let since: Date | undefined;
  while (!run.signal?.aborted) {
    // Why the logs have ended does not matter: whether containers run decides.
    await readContainerLogs(run, { follow: true, tail, since }, show).catch(() => undefined);
    since = new Date();
    tail = undefined;
    const containers = await listContainers(run).catch(() => undefined);
    if (containers && !containers.some(isRunning)) return;
    await sleep(PAUSE, undefined, { signal: run.signal }).catch(() => undefined);
  }
}

/** Writes the logs of containers that are about to be removed to their files. */
export async function keepLogs(run: DockerRun, screen: Screen): Promise<void> {
  const keep = ({ name, text }: LogLine) => screen.file(name)(text);
  await readContainerLogs(run, { follow: false }, keep).catch(() => undefined);
}
