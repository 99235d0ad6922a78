import type { AttemptLog } from '../../db/attempt-log/attempt-log.ts';
import type { AttemptRecord } from '../../db/attempt-log/attempt-record.ts';
import type { Logger } from '../../runtime/logger.ts';
import { inTime } from './in-time.ts';

/** Milliseconds that somebody waits for the log. Whoever looks at an order has the rest of it anyway. */
const PATIENCE = 3_000;

/**
 * The attempts of one message, in the order of cycle and attempt; undefined while the log's database is away or does not
 * answer in time. Never rejects.
 */
export function readHistory(
  attemptLog: AttemptLog,
  messageId: string,
  logger: Logger,
  patience = PATIENCE,
): Promise<AttemptRecord[] | undefined> {
  const reading = attemptLog.attemptsOf(messageId).catch((error: unknown) => {
    logger.warn({ err: error, message_id: messageId }, 'the attempt log does not answer');
    return undefined;
  });
  return inTime(reading, patience);
}
