import { ExplainedError } from '../explained-error.ts';
import { ROOT } from '../../runtime/data-folder.ts';
import { runDocker, type DockerAnswer, type DockerRun } from './run-docker.ts';

/** With the services of every profile, also of those that are not chosen now but were when it was started. */
const EVERY_PROFILE = ['--profile', '*'];

/** Runs `docker compose` in the checkout. Throws an `ExplainedError` with its last lines when it fails, unless it was aborted. */
export async function runCompose(args: readonly string[], run: DockerRun): Promise<DockerAnswer> {
  const answer = await runDocker(['compose', ...args], { ...run, cwd: ROOT });
  if (!answer.ok && !run.signal?.aborted)
    throw new ExplainedError(`docker compose ${args.join(' ')} ${answer.how}:\n${answer.lastLines}`);
  return answer;
}

/** Stops and removes every container and network of the project; volumes stay, unless they are to go too. */
export async function takeDown(run: DockerRun, options: { volumes: boolean } = { volumes: false }): Promise<void> {
  const volumes = options.volumes ? ['--volumes'] : [];
  await runCompose([...EVERY_PROFILE, 'down', '--remove-orphans', ...volumes], run);
}

/**
 * Ends and removes every container of the project at once; volumes stay. Takes `deadline` ms at most. Each by itself, as
 * `docker compose kill` gives up at the first that is just being removed.
 */
export async function endContainers(env: NodeJS.ProcessEnv, deadline: number): Promise<void> {
  const run = { env, deadline, cwd: ROOT };
  const { stdout } = await runDocker(['compose', ...EVERY_PROFILE, 'ps', '--all', '--quiet'], run);
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length > 0) await runDocker(['rm', '--force', ...ids], run);
}
