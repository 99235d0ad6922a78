import type { Container } from './containers.ts';

/** How far a start has come. */
export interface Stage {
  /** Services that are not ready, each with why. */
  waiting: Map<string, string>;
  /** A container that will not get ready, and what is wrong with it. */
  failed?: { container: Container; how: string };
}

/**
 * Decides how far a start has come. `services` says how many containers of each are wanted; `before` are those (by id)
 * that were there before the start: Compose may still stop or start them, so they can fail only when `isUp` says that it
 * is done.
 */
export function judgeStart(
  services: ReadonlyMap<string, number>,
  containers: readonly Container[],
  { before, isUp }: { before: ReadonlySet<string>; isUp: boolean },
): Stage {
  const waiting = new Map<string, string>();
  for (const [service, wanted] of services) {
    const copies = containers.filter((container) => container.service === service);
    const missing = copies.filter((container) => !isReady(container));
    if (missing.length > 0 || copies.length < wanted) waiting.set(service, whyNot(missing[0]));
  }
  const failed = containers
    .filter(({ service, id }) => services.has(service) && (isUp || !before.has(id)))
    .map((container) => ({ container, how: whatIsWrong(container) }))
    .find(({ how }) => how !== undefined);
  return { waiting, ...(failed?.how !== undefined && { failed: { container: failed.container, how: failed.how } }) };
}

/** What is wrong with a container that is to run, in words; undefined while it may get ready. */
export function whatIsWrong({ state, health, exitCode }: Container): string | undefined {
  if (state === 'restarting' || state === 'exited' || state === 'dead') return `ended with exit code ${exitCode}`;
  if (state === 'paused') return 'is paused';
  return health === 'unhealthy' ? 'is unhealthy' : undefined;
}

/** Whether a container is what a start waits for. */
export const isReady = ({ state, health }: Container): boolean =>
  state === 'running' && (health === '' || health === 'healthy');

function whyNot(container: Container | undefined): string {
  if (container === undefined || container.state === 'created') return '';
  return container.state === 'running' ? container.health : container.state;
}
