import { realpathSync } from 'node:fs';
import { ROOT } from '../../runtime/data-folder.ts';
import { runCompose } from './compose.ts';
import type { PublishedPort } from './compose-file.ts';
import type { DockerRun } from './run-docker.ts';

/** A container of the Compose project. */
export interface Container {
  id: string;
  name: string;
  service: string;
  state: 'created' | 'running' | 'restarting' | 'paused' | 'exited' | 'removing' | 'dead';
  /** Empty where it has no health check, or does not run. */
  health: '' | 'starting' | 'healthy' | 'unhealthy';
  exitCode: number;
  ports: PublishedPort[];
  /** The folder from which it was started. */
  folder: string;
}

/** The containers of the Compose project, those that do not run too. */
export async function listContainers(run: DockerRun): Promise<Container[]> {
  const { stdout } = await runCompose(['ps', '--all', '--format', 'json'], run);
  return parseContainers(stdout);
}

interface Line {
  ID: string;
  Name: string;
  Service: string;
  State: Container['state'];
  Health?: Container['health'];
  ExitCode?: number;
  Labels?: string;
  Publishers?: { URL?: string; TargetPort: number; PublishedPort: number; Protocol?: string }[] | null;
}

/** Parses the output of `docker compose ps --format json`: one container a line. */
export function parseContainers(text: string): Container[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines
    .map((line) => JSON.parse(line) as Line)
    .map(({ ID, Name, Service, State, Health = '', ExitCode = 0, Labels = '', Publishers }) => ({
      id: ID,
      name: Name,
      service: Service,
      state: State,
      health: Health,
      exitCode: ExitCode,
      folder: /com\.docker\.compose\.project\.working_dir=([^,]*)/.exec(Labels)?.[1] ?? '',
      ports: (Publishers ?? [])
        .filter(({ PublishedPort }) => PublishedPort !== 0)
        .map(({ TargetPort, PublishedPort }) => ({ service: Service, target: TargetPort, published: PublishedPort })),
    }));
}

/** The ports at which containers are reached, each with the copy of the service that has it. */
export const portsOf = (containers: readonly Container[]): PublishedPort[] =>
  containers.flatMap(({ name, ports }) => ports.map((port) => ({ ...port, copy: copyOf(name) })));

/** Compose puts the number of the copy at the end of a container's name. */
const copyOf = (name: string): number => Number(/-(\d+)$/.exec(name)?.[1] ?? 1);

export const isRunning = ({ state }: Container): boolean => state === 'running' || state === 'restarting';

/** Whether it was started from this checkout. */
export function belongsHere({ folder }: Container): boolean {
  try {
    return realpathSync(folder) === realpathSync(ROOT);
  } catch {
    return folder === '';
  }
}
