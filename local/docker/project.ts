import { ROOT } from '../../runtime/data-folder.ts';
import { readComposeFile, type ComposeFile } from './compose-file.ts';
import { belongsHere, listContainers, type Container } from './containers.ts';
import { findDocker } from './engine.ts';
import { runDocker, type DockerRun } from './run-docker.ts';

/** What there is of the system in Docker. */
export interface Project {
  file: ComposeFile;
  /** Its containers that this checkout has started. */
  containers: Container[];
  /** The folder of another checkout that has started containers of the same name. */
  elsewhere: string | undefined;
}

/** The Compose project of this checkout, running or not. */
export async function findProject(run: DockerRun): Promise<Project> {
  const [file, containers] = await Promise.all([readComposeFile(run), listContainers(run)]);
  const elsewhere = containers.find((container) => !belongsHere(container));
  return {
    file,
    containers: elsewhere ? [] : containers,
    elsewhere: elsewhere?.folder,
  };
}

/** The same where Docker can be used at all; otherwise why not, or undefined where there is no Docker. */
export async function findProjectIfAny(
  env: NodeJS.ProcessEnv,
): Promise<{ found: Project } | { found: undefined; why: string | undefined }> {
  const docker = await findDocker(env);
  if (docker.kind === 'usable') return { found: await findProject({ env }) };
  return { found: undefined, why: docker.kind === 'unusable' ? docker.why : undefined };
}

/** What is said where another checkout has the project. */
export const belongsElsewhere = ({ file, elsewhere }: Project): string =>
  `The Docker project ${file.project} was started from another folder, ${elsewhere ?? ''}. Say make stop there; or say\n` +
  `COMPOSE_PROJECT_NAME=another-name here, in ${ROOT}, which then has containers and data of its own.`;

/** The names of the volumes of a project, also of those that the present Compose files do not know. */
export async function volumesOf(project: string, run: DockerRun): Promise<string[]> {
  const filter = ['--quiet', '--filter', `label=com.docker.compose.project=${project}`];
  const { stdout } = await runDocker(['volume', 'ls', ...filter], run);
  return stdout.split('\n').filter((name) => name !== '');
}
