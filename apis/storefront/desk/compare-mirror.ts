import { isAnyRunning } from '../../../db/endput/desk-operations.ts';
import { readDeadCount, type SweepState } from '../../../db/endput/dead-letter-sweep.ts';
import type { Pool } from '../../../db/pool.ts';
import { DEAD_LETTER_QUEUE } from '../../../rabbitmq/topology.ts';
import type { DeskBroker } from './desk-broker.ts';

/** Milliseconds at most between two looks, of which the second confirms what the first one saw. */
const CONFIRMING = 5_000;

/**
 * Compares the depth of `dlq_queue` with the ledger's totals, `interval` ms after the last comparison or the end of the last
 * sweep. The totals are a moment behind, so only a difference that is the same in two looks is one. While an operation runs
 * they differ by what it leaves in the queue, and it asks for a sweep when it ends: then nothing is compared. What it
 * returns is asked again and again, and resolves with whether they differ; it rejects with the error of endput or broker.
 */
export function createComparison(
  { pool, broker }: { pool: Pool; broker: Pick<DeskBroker, 'depth'> },
  interval: number,
): (last: SweepState) => Promise<boolean> {
  let nextAt = 0;
  let seen = 0;
  let sweptAt: number | undefined;

  const difference = async (last: SweepState): Promise<number> => {
    if (await isAnyRunning(pool)) return 0;
    const dead = await readDeadCount(pool);
    return dead === undefined ? 0 : (await broker.depth(DEAD_LETTER_QUEUE)) - dead - last.unknown;
  };
  return async (last) => {
    const ended = last.endedAt?.getTime() ?? 0;
    if (ended !== sweptAt) {
      sweptAt = ended;
      seen = 0;
      nextAt = Date.now() + interval;
    }
    if (Date.now() < nextAt) return false;
    const now = await difference(last);
    const isConfirmed = now !== 0 && now === seen;
    seen = isConfirmed ? 0 : now;
    nextAt = Date.now() + (seen === 0 ? interval : Math.min(interval, CONFIRMING));
    return isConfirmed;
  };
}
