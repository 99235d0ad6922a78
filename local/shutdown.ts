import { setTimeout as sleep } from 'node:timers/promises';
import { endProcesses } from './services/process-table.ts';
import { findLeftovers, stopLeftovers } from './services/leftovers.ts';
import type { Supervised } from './supervise.ts';

/** Milliseconds that the servers have once our processes have ended. RabbitMQ 3.10 with management takes 6,000. */
const FOR_SERVERS = 6_300;

/** Milliseconds beyond STOP_TIMEOUT after which one of our processes is ended by force. */
const GRACE = 300;

/**
 * Stops everything in order: our processes, which have `stopTimeout` ms, then the servers, all at once. Whatever is left
 * at the end, or was just being started, is ended by force; the data outlive that. Resolves when nothing runs any more.
 */
export async function stopEverything(options: {
  folder: string;
  processes: readonly Supervised[];
  servers: readonly Supervised[];
  stopTimeout: number;
}): Promise<void> {
  const { folder, processes, servers, stopTimeout } = options;
  const latest = Date.now() + stopTimeout + GRACE + FOR_SERVERS;
  const left = () => Math.max(0, latest - Date.now());
  const inOrder = async () => {
    await Promise.allSettled(processes.map((part) => part.stop(stopTimeout + GRACE)));
    await Promise.allSettled(servers.map((part) => part.stop(left())));
    await stopLeftovers(await findLeftovers(folder));
  };
  const done = new AbortController();
  await Promise.race([inOrder(), sleep(left(), undefined, { signal: done.signal })]).finally(() => done.abort());
  await endAtOnce(folder);
}

/** Ends everything that was started for the folder, now. */
export async function endAtOnce(folder: string): Promise<void> {
  await endProcesses(await findLeftovers(folder));
}
