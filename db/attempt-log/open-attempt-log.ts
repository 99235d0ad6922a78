import type { Logger } from '../../runtime/logger.ts';
import type { AttemptLog } from './attempt-log.ts';
import { createMongodbAttemptLog } from './mongodb-attempt-log.ts';
import { createPostgresAttemptLog } from './postgres-attempt-log.ts';

/** MongoDB's longest TTL (68 years), and so that of both stores; in milliseconds. */
const LONGEST_TTL = (2 ** 31 - 1) * 1000;

/**
 * The attempt log in the store that the URL's scheme names (`ATTEMPT_LOG_URL`); a record is kept for `ttl` milliseconds
 * after its `processed_at`. Nothing is connected yet, so a store that is away shows only when the log is used.
 * Throws a `RangeError` on any other scheme, and the driver's error on a `mongodb` URL that cannot be read.
 */
export function openAttemptLog(url: string, ttl: number, logger: Logger): AttemptLog {
  const longest = Math.min(ttl, LONGEST_TTL);
  if (/^mongodb(\+srv)?:/.test(url)) return createMongodbAttemptLog(url, longest, logger);
  if (/^postgres(ql)?:/.test(url)) return createPostgresAttemptLog(url, longest, logger);
  throw new RangeError('the URL of the attempt log must begin with mongodb:// or postgres://');
}
