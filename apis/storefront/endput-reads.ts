import pg from 'pg';
import { ApiError } from '../http/errors.ts';

/** SQLSTATE of a statement that was cut off because it took too long. */
const QUERY_CANCELED = '57014';
/** What the SQLSTATE of a value begins with that the database cannot take: a date that is none, a text with a NUL. */
const DATA_EXCEPTION = '22';

/**
 * Runs statements on endput for a request. Whatever fails there is an answer: 503, with what to do; or 400 where it is a value
 * of the request that the database cannot take. A statement that takes too long is cut off by the database.
 */
export async function onEndput<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error instanceof pg.DatabaseError && error.code === QUERY_CANCELED) {
      throw new ApiError(503, 'ENDPUT_TOO_SLOW', 'Endput took too long to answer. Try again later, or look for less.', {
        cause: error,
      });
    }
    if (error instanceof pg.DatabaseError && error.code?.startsWith(DATA_EXCEPTION)) {
      const message = `Endput cannot take a value of this request (${error.message}): correct that value.`;
      throw new ApiError(400, 'INVALID_REQUEST', message, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError(503, 'ENDPUT_UNAVAILABLE', `Endput is away: ${reason}. Try again when it is back.`, {
      cause: error,
    });
  }
}
