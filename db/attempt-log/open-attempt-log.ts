import type { Logger } from '../../runtime/logger.ts';
import type { AttemptLog } from './attempt-log.ts';

/** MongoDB's longest TTL (68 years), and so that of both stores; in milliseconds. */
const LONGEST_TTL = (2 ** 31 - 1) * 1000;

/**
 * The attempt log in the store that the URL's scheme names (`ATTEMPT_LOG_URL`); a record is kept for `ttl` milliseconds
 * after its `processed_at`. Nothing is connected yet, so a store that is away shows only when the log is used.
 * Rejects with a `RangeError` on any other scheme, and with the driver's error on a `mongodb` URL that cannot be read.
 */
export async function openAttemptLog(url: string, ttl: number, logger: Logger): Promise<AttemptLog> {
  const longest = Math.min(ttl, LONGEST_TTL);
  // Only the store that is used is loaded: a driver takes up to 17 MB.
  if (/^mongodb(\+srv)?:/.test(url)) {
    const { createMongodbAttemptLog } = await import('./mongodb-attempt-log.ts');
    return createMongodbAttemptLog(url, longest, logger);
  }
  if (/^postgres(ql)?:/.test(url)) {
    const { createPostgresAttemptLog } = await import('./postgres-attempt-log.ts');
    return createPostgresAttemptLog(url, longest, logger);
  }
  throw new RangeError('the URL of the attempt log must begin with mongodb:// or postgres://');
}
