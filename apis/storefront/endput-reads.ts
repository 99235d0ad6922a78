import pg from 'pg';
import { ApiError } from '../http/errors.ts';

/** SQLSTATE of a statement that was cut off because it took too long. */
const QUERY_CANCELED = '57014';

/**
 * Runs statements on endput for a request. Whatever fails there is an answer: 503, with what to do. A statement that takes
 * too long is cut off by the database.
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
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError(503, 'ENDPUT_UNAVAILABLE', `Endput is away: ${reason}. Try again when it is back.`, {
      cause: error,
    });
  }
}
