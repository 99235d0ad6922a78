import { takeDown } from './compose.ts';
import { forgetProject, isOwnProject } from './own-projects.ts';
import { belongsElsewhere, findProjectIfAny, volumesOf } from './project.ts';
import { runDocker } from './run-docker.ts';

/** Stops and removes the containers of this checkout; volumes stay. Says what it does, and where it leaves others alone. */
export async function stopContainers(env: NodeJS.ProcessEnv): Promise<'stopped' | 'nothing'> {
  const { found } = await findProjectIfAny(env);
  if (!found) return 'nothing';
  if (found.elsewhere !== undefined) console.log(belongsElsewhere(found));
  if (found.containers.length === 0) return 'nothing';
  console.log(`Stopping the containers of the Docker project ${found.file.project} ...`);
  await takeDown({ env });
  return 'stopped';
}

/**
 * Deletes the volumes of the Compose project, which hold its data, once nothing of it runs; only where this checkout, with
 * this folder of data and logs, has made them.
 */
export async function deleteVolumes(env: NodeJS.ProcessEnv, folder: string): Promise<void> {
  const answer = await findProjectIfAny(env);
  if (!answer.found) {
    if (answer.why !== undefined)
      console.log(`What Docker may hold of an earlier start is left alone, because ${answer.why}.`);
    return;
  }
  const { found } = answer;
  if (found.elsewhere !== undefined) return;
  const { project } = found.file;
  const volumes = await volumesOf(project, { env });
  if (volumes.length === 0) {
    forgetProject(folder, project);
    return;
  }
  if (!isOwnProject(folder, project)) {
    console.log(
      `The volumes of the Docker project ${project} are left alone: make start_with_logs has not made them here, so they may\n` +
        'hold the data of another folder. docker compose down --volumes deletes them.',
    );
    return;
  }
  console.log(`Deleting the volumes of the Docker project ${project} ...`);
  await takeDown({ env }, { volumes: true });
  // Those of Compose files that are not chosen now.
  const left = await volumesOf(project, { env });
  if (left.length > 0) await runDocker(['volume', 'rm', ...left], { env });
  forgetProject(folder, project);
}
