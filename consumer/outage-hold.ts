import { classifyEndputError } from '../db/endput/endput-errors.ts';
import { backoffDelay, pause } from '../runtime/backoff.ts';
import type { Logger } from '../runtime/logger.ts';

/** Endput was away for longer than a batch is held. The batch goes back to the broker, no attempt is spent. */
export class EndputOutageError extends Error {
  readonly code = 'ENDPUT_OUTAGE';
  override readonly name = 'EndputOutageError';
}

const RETRY = { shortest: 100, longest: 2_000 };

/** What a held operation came to. `repeated`: an earlier try failed, and may have been committed all the same. */
export interface Held<T> {
  value: T;
  repeated: boolean;
}

/**
 * Repeats operations on endput while it is away, so that an outage costs no attempt: at once after a conflict, with
 * back-off in an outage, at most `limit` ms. A refused row is not an outage and is thrown as it is.
 */
export function createOutageHold(options: {
  limit: number;
  cutOff: AbortSignal;
  logger: Logger;
  onOutage: (reason: string | undefined) => void;
}) {
  return async function hold<T>(operation: () => Promise<T>): Promise<Held<T>> {
    const startedAt = Date.now();
    for (let failures = 0; ;) {
      try {
        const value = await operation();
        if (failures > 0) options.onOutage(undefined);
        return { value, repeated: failures > 0 };
      } catch (error) {
        const kind = classifyEndputError(error);
        if (kind === 'row_refused') throw error;
        failures += 1;
        const reason = error instanceof Error ? error.message : String(error);
        if (kind === 'outage') {
          options.onOutage(`endput: ${reason}`);
          options.logger.warn({ err: error }, 'endput does not answer, the batch is held');
        }
        if (options.cutOff.aborted || Date.now() - startedAt >= options.limit) {
          throw new EndputOutageError(`endput did not answer for ${Date.now() - startedAt} ms: ${reason}`, {
            cause: error,
          });
        }
        const delay = kind === 'conflict' ? Math.random() * 20 : backoffDelay(failures, RETRY);
        await pause(delay, options.cutOff);
      }
    }
  };
}
export type OutageHold = ReturnType<typeof createOutageHold>;
