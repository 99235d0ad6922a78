import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCompose } from './compose.ts';
import type { ImageToBuild } from './compose-file.ts';
import { runDocker, type DockerRun } from './run-docker.ts';
import { fingerprint } from './sources.ts';

/** An image that was built, and from what. */
interface Built {
  sources: string;
  id: string;
}

/** In the folder of data and logs, so that the next start knows what it need not build. */
export const BUILT_IMAGES_FILE = 'docker-images.json';

/**
 * Sees to it that every image of ours is that of the present sources. What was built from them already is not built
 * again: a build asks a registry about the images that it stands on, and so fails without a network although nothing is
 * to be done. Throws with the builder's last lines when it fails. `onStep` is told what is being done.
 */
export async function buildImages(
  builds: readonly ImageToBuild[],
  options: { folder: string; logFile: string; run: DockerRun; onStep: (step: string) => void },
): Promise<void> {
  const { folder, logFile, run, onStep } = options;
  const sources = await Promise.all(builds.map(({ context, section }) => fingerprint(context, section)));
  const known = readBuilt(folder);
  const before = await idsOf(builds, run);
  const isThere = builds.every(({ image }, index) => {
    const built = known[image];
    return built !== undefined && built.id === before[index] && built.sources === sources[index];
  });
  if (isThere) return;
  try {
    await runCompose(['build'], {
      ...run,
      onLine: (line) => {
        run.onLine?.(line);
        const step = stepOf(line);
        if (step !== undefined) onStep(step);
      },
    });
  } catch (error) {
    throw new Error(explainFailure(error, { logFile, hasOldImages: before.every((id) => id !== undefined) }), {
      cause: error,
    });
  }
  if (run.signal?.aborted) return;
  const after = await idsOf(builds, run);
  builds.forEach(({ image }, index) => {
    const id = after[index];
    if (id !== undefined) known[image] = { sources: sources[index] ?? '', id };
  });
  writeFileSync(join(folder, BUILT_IMAGES_FILE), `${JSON.stringify(known, undefined, 2)}\n`);
}

/** What the builder is at, by a line of its plain output such as `#9 [consumer packages 3/3] RUN npm ci`. */
export const stepOf = (line: string): string | undefined => /^#\d+ (\[(?!.*internal\]).*)$/.exec(line)?.[1];

const idsOf = (builds: readonly ImageToBuild[], run: DockerRun): Promise<(string | undefined)[]> =>
  Promise.all(
    builds.map(async ({ image }) => {
      const question = ['image', 'inspect', '--format', '{{.Id}}', image];
      const { ok, stdout } = await runDocker(question, { env: run.env, signal: run.signal });
      return ok ? stdout.trim() : undefined;
    }),
  );

function readBuilt(folder: string): Record<string, Built> {
  try {
    return JSON.parse(readFileSync(join(folder, BUILT_IMAGES_FILE), 'utf8')) as Record<string, Built>;
  } catch {
    return {};
  }
}

const NO_NETWORK =
  /dial tcp|no such host|failed to resolve|network is unreachable|i\/o timeout|TLS handshake|EAI_AGAIN/;

function explainFailure(error: unknown, { logFile, hasOldImages }: { logFile: string; hasOldImages: boolean }): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = [`The images could not be built. ${text}`, '', `The whole output is in ${logFile}.`];
  if (NO_NETWORK.test(text)) lines.push('It looks as if the network is away, which a build needs.');
  if (hasOldImages)
    lines.push(
      'Images of an earlier build are there, but not known to be of the present sources, so they are not started;',
      'docker compose up starts them all the same.',
    );
  return lines.join('\n');
}
