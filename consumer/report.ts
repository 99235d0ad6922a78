import type { Logger } from '../runtime/logger.ts';
import type { SettledAttempt } from './settled-attempt.ts';

/** Milliseconds between two summaries. */
const SUMMARY_INTERVAL = 1_000;

/**
 * Says in the log what became of attempts: a warning for each dead letter, a debug line for each other attempt, and once
 * a second how many there were, so that a busy consumer does not drown in its own words.
 */
export function createReport(logger: Logger) {
  let counts = { succeeded: 0, retrying: 0, dead: 0 };
  let timer: NodeJS.Timeout | undefined;
  const summarise = () => {
    clearTimeout(timer);
    timer = undefined;
    if (counts.succeeded + counts.retrying + counts.dead === 0) return;
    logger.info(counts, 'attempts settled');
    counts = { succeeded: 0, retrying: 0, dead: 0 };
  };
  return {
    settled(attempts: readonly SettledAttempt[]): void {
      for (const { decoded, position, what } of attempts) {
        counts[what.outcome] += 1;
        if (what.outcome !== 'dead' && !logger.isLevelEnabled('debug')) continue;
        const fields = { message_id: decoded.messageId, system: decoded.source, ...position };
        if (what.outcome === 'dead') {
          logger.warn({ ...fields, reason: what.reason, error: what.error.message }, 'dead-lettered');
        } else if (what.outcome === 'retrying') {
          logger.debug(
            { ...fields, due_at: what.dueAt, error: what.error.message },
            'the attempt failed and is retried',
          );
        } else {
          logger.debug(fields, 'stored');
        }
      }
      if (attempts.length > 0) timer ??= setTimeout(summarise, SUMMARY_INTERVAL);
    },
    /** Says what has not been said yet. */
    close: summarise,
  };
}
export type Report = ReturnType<typeof createReport>;
