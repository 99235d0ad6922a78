import { setTimeout as sleep } from 'node:timers/promises';
import { readCpu, type Watched } from './cpu.ts';

/** Below this share of one core for this long (ms) nobody works any more. */
const QUIET = { share: 0.15, interval: 500 };
const PATIENCE = 20_000;

/**
 * Waits until these processes have nothing left to do, such as deleting the queues of the scenario before; at most 20 s.
 * Where CPU cannot be measured it waits for 2 s.
 */
export async function untilQuiet(watched: readonly Watched[]): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE;
  let before = await readCpu(watched);
  if (before === undefined) await sleep(2_000);
  while (before !== undefined && Date.now() < giveUpAt) {
    await sleep(QUIET.interval);
    const after = await readCpu(watched);
    if (after === undefined) return;
    const known = before.processes;
    const used = watched.reduce((sum, { name }) => sum + (after.processes[name] ?? 0) - (known[name] ?? 0), 0);
    if (used < QUIET.share * QUIET.interval * 1_000) return;
    before = after;
  }
}
