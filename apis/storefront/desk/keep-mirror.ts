import { readSweep } from '../../../db/endput/dead-letter-sweep.ts';
import { backoffDelay, pause } from '../../../runtime/backoff.ts';
import { createComparison } from './compare-mirror.ts';
import { sweepMirror, type SweepContext } from './sweep-mirror.ts';

/** Milliseconds between two looks whether a sweep is asked for. */
const INTERVAL = 500;
const BACKOFF = { shortest: 1_000, longest: 30_000 };

/**
 * Sweeps `dlq_queue` whenever a sweep is asked for, and, every `interval` ms (undefined: never), where the number of its
 * messages is not that of the ledger's dead letters. Resolves when `stop` is aborted; never rejects.
 */
export async function keepMirror(context: SweepContext & { interval: number | undefined }): Promise<void> {
  const { pool, interval, metrics, logger, stop } = context;
  const differs = interval === undefined ? () => Promise.resolve(false) : createComparison(context, interval);
  const isStopped = () => stop.aborted;
  for (let failures = 0; !isStopped();) {
    try {
      const last = await readSweep(pool);
      if (last.isWanted || (await differs(last))) await sweepMirror(context);
      failures = 0;
      await pause(INTERVAL, stop);
    } catch (error) {
      if (isStopped()) return;
      failures += 1;
      metrics.deskWaits.inc();
      // At the start the tables may not be there yet.
      logger[failures > 3 ? 'warn' : 'debug'](
        { err: error, failures },
        'the sweep of dlq_queue waits, and begins again',
      );
      await pause(backoffDelay(failures, BACKOFF), stop);
    }
  }
}
