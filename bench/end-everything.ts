import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { findLeftovers } from '../local/services/leftovers.ts';
import { endProcesses } from '../local/services/process-table.ts';

/** Milliseconds after which a process that was just being started would be seen. */
const SECOND_LOOK = 200;

/**
 * Ends everything that was started for a folder, and deletes it. Nobody needs what the servers hold, so they are not
 * asked. Looks until nothing is left: a RabbitMQ that is cut off while it starts may yet start a daemon of Erlang's.
 */
export async function endEverything(folder: string): Promise<void> {
  for (let left = await findLeftovers(folder); left.length > 0; left = await findLeftovers(folder)) {
    await endProcesses(left);
    await sleep(SECOND_LOOK);
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
