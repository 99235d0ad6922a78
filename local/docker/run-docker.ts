import { startProcess } from '../services/service-process.ts';

/** How a docker command is run. */
export interface DockerRun {
  env: NodeJS.ProcessEnv;
  /** Ends the command when it is aborted. */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which it is ended; without, it may take as long as it likes. */
  deadline?: number;
  /** Given every line of its output, none of which is then kept. */
  onLine?: (line: string) => void;
  cwd?: string;
}

/** How a docker command ended, and what it said. */
export interface DockerAnswer {
  ok: boolean;
  /** How it ended, in words. */
  how: string;
  /** Its standard output, whole, unless `onLine` was given it. */
  stdout: string;
  /** The last lines of all its output. */
  lastLines: string;
}

/** Milliseconds that an aborted command has to end by itself. */
const TO_END = 3_000;

/** Runs `docker` to its end. Never rejects: how it ended is in the answer. */
export async function runDocker(args: readonly string[], run: DockerRun): Promise<DockerAnswer> {
  const stdout: string[] = [];
  if (run.signal?.aborted) return { ok: false, how: 'was not started', stdout: '', lastLines: '' };
  const child = startProcess({
    name: `docker ${args.join(' ')}`,
    file: 'docker',
    args,
    env: run.env,
    ...(run.cwd !== undefined && { cwd: run.cwd }),
    onLine: (line, stream) => {
      if (run.onLine) run.onLine(line);
      else if (stream === 'stdout') stdout.push(line);
    },
  });
  let late: string | undefined;
  // Its plug-ins (Compose, Buildx) are processes of their own, in its group.
  const interrupt = () => void child.stop('SIGINT', TO_END);
  run.signal?.addEventListener('abort', interrupt, { once: true });
  const timer =
    run.deadline === undefined
      ? undefined
      : setTimeout(() => {
          late = `did not answer within ${(run.deadline ?? 0) / 1000} s`;
          void child.kill();
        }, run.deadline);
  const how = await child.exited;
  clearTimeout(timer);
  run.signal?.removeEventListener('abort', interrupt);
  return {
    ok: how === 'ended with exit code 0',
    how: late ?? how,
    stdout: stdout.join('\n'),
    lastLines: child.lastLines(),
  };
}
