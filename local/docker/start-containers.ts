import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../progress.ts';
import { runCompose } from './compose.ts';
import { lastLinesOf } from './container-logs.ts';
import { listContainers, type Container } from './containers.ts';
import { judgeStart } from './judge-start.ts';
import { displayName } from './published-services.ts';
import type { DockerRun } from './run-docker.ts';

/** Milliseconds between two looks at the containers; each look is a process of a tenth of a second. */
const LOOK_EVERY = 1_000;

/**
 * Starts the containers in the order in which they depend on each other and resolves when all are healthy, however long
 * that takes, or when it is aborted. Throws, with the last lines of its log, when one ends or is unhealthy.
 */
export async function startContainers(
  services: ReadonlyMap<string, number>,
  options: { before: readonly Container[]; run: DockerRun; progress: Progress; onLine: (line: string) => void },
): Promise<void> {
  const { run, progress, onLine } = options;
  const before = new Set(options.before.map(({ id }) => id));
  const becameReady = new Map<string, () => void>();
  for (const service of services.keys())
    void progress.waitFor(displayName(service), new Promise<void>((resolve) => becameReady.set(service, resolve)));

  const up: { isDone: boolean; error?: Error } = { isDone: false };
  const coming = runCompose(['up', '--detach', '--no-build'], { ...run, onLine }).then(
    () => (up.isDone = true),
    (error: unknown) => Object.assign(up, { isDone: true, error: asError(error) }),
  );
  while (!run.signal?.aborted) {
    // Asked before the look: what is seen afterwards is then the state after Compose was done.
    const isUp = up.isDone;
    const { waiting, failed } = judgeStart(services, await listContainers(run), { before, isUp });
    if (run.signal?.aborted) break;
    for (const [service, isReady] of becameReady) {
      if (!waiting.has(service)) isReady();
      else progress.explain(displayName(service), waiting.get(service) ?? '');
    }
    if (failed) {
      const { container, how } = failed;
      const lines = await lastLinesOf(container.name, run);
      throw new Error(
        `${displayName(container.service)} ${how} (container ${container.name}). Its last lines:\n${lines}`,
      );
    }
    if (isUp && up.error !== undefined) throw up.error;
    if (isUp && waiting.size === 0) return;
    await Promise.race([
      sleep(LOOK_EVERY, undefined, { signal: run.signal }).catch(() => undefined),
      ...(isUp ? [] : [coming]),
    ]);
  }
  await coming;
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));
