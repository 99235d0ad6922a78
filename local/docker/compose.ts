import { ROOT } from '../launcher-settings.ts';
import { runDocker, type DockerAnswer, type DockerRun } from './run-docker.ts';

/** With the services of every profile, also of those that are not chosen now but were when it was started. */
const EVERY_PROFILE = ['--profile', '*'];

/** Runs `docker compose` in the checkout. Throws with its last lines when it fails, unless it was aborted. */
export async function runCompose(args: readonly string[], run: DockerRun): Promise<DockerAnswer> {
  const answer = await runDocker(['compose', ...args], { ...run, cwd: ROOT });
  if (!answer.ok && !run.signal?.aborted)
    throw new Error(`docker compose ${args.join(' ')} ${answer.how}:\n${answer.lastLines}`);
  return answer;
}

/** Stops and removes every container and network of the project; volumes stay, unless they are to go too. */
export async function takeDown(run: DockerRun, options: { volumes: boolean } = { volumes: false }): Promise<void> {
  const volumes = options.volumes ? ['--volumes'] : [];
  await runCompose([...EVERY_PROFILE, 'down', '--remove-orphans', ...volumes], run);
}

/** Ends every container of the project at once; they stay, and so do their volumes. Takes `deadline` ms at most. */
export async function killContainers(env: NodeJS.ProcessEnv, deadline: number): Promise<void> {
  await runDocker(['compose', ...EVERY_PROFILE, 'kill', '--remove-orphans'], { env, deadline, cwd: ROOT });
}
