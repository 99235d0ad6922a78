import { stripVTControlCharacters } from 'node:util';
import { runCompose } from './compose.ts';
import { displayName, isOurs } from './published-services.ts';
import { runDocker, type DockerRun } from './run-docker.ts';

/** A line of a container's log. */
export interface LogLine {
  /** As it is shown. */
  name: string;
  isOurs: boolean;
  text: string;
  /** When the container wrote it. */
  at: Date | undefined;
  /** It is not a line of the container, but says that it has ended. */
  isEnd: boolean;
}

/** Parses a line of `docker compose logs`: `consumer-2  | 2026-01-02T03:04:05.6Z text`, or what Compose says of it: `db1-1 exited with code 1`. */
export function parseLogLine(line: string): LogLine | undefined {
  // Compose clears the line first, although nobody sees it on a terminal.
  const [, service, copy, at, text, said] =
    /^(?:\x1b\[K)?([\w.-]+)-(\d+)(?: +\| (?:(\d{4}-\d\d-\d\dT[\d:.]+Z) )?(.*)| (exited with code \d+.*))$/.exec(line) ??
    [];
  if (service === undefined) return undefined;
  return {
    name: displayName(service, Number(copy)),
    isOurs: isOurs(service),
    // Servers colour their lines for whoever reads their log in Docker.
    text: said ?? (isOurs(service) ? (text ?? '') : stripVTControlCharacters(text ?? '')),
    at: at === undefined ? undefined : new Date(at),
    isEnd: said !== undefined,
  };
}

/** Shows the logs of all containers; with `follow` until it is aborted or the last of them has gone. */
export async function readContainerLogs(
  run: DockerRun,
  options: { follow: boolean; /** Lines of each at first. */ tail?: number | undefined; since?: Date | undefined },
  onLine: (line: LogLine) => void,
): Promise<void> {
  await runCompose(
    [
      '--profile',
      '*',
      'logs',
      '--no-color',
      '--timestamps',
      ...(options.follow ? ['--follow'] : []),
      ...(options.tail === undefined ? [] : ['--tail', String(options.tail)]),
      ...(options.since === undefined ? [] : ['--since', options.since.toISOString()]),
    ],
    {
      ...run,
      onLine: (line) => {
        const parsed = parseLogLine(line);
        if (parsed) onLine(parsed);
      },
    },
  );
}

/** The last lines of a container's log, for an error message. */
export async function lastLinesOf(container: string, run: DockerRun): Promise<string> {
  const { lastLines } = await runDocker(['logs', '--tail', '20', container], run);
  return stripVTControlCharacters(lastLines);
}
