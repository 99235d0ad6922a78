import pg from 'pg';

/**
 * What a failed statement of endput means for the rows in it. Told apart by SQLSTATE, never by the text.
 * - `row_refused`: a value of a row is at fault; the same row will be refused again.
 * - `conflict`: another transaction was in the way; the same statement may succeed at once.
 * - `outage`: everything else (connection, read-only, permission, missing table, disk full, ...). No row is at fault.
 */
export type EndputFailure = 'row_refused' | 'conflict' | 'outage';

const REFUSED_CLASSES = new Map([
  ['22', 'data exception: a value does not fit its type'],
  ['23', 'integrity constraint violation'],
  ['44', 'the row does not fit the view that it is written through'],
  ['54', 'program limit exceeded, such as a value too large'],
]);
const REFUSED_CODES = new Map([['P0001', 'a trigger raised an exception']]);
const CONFLICTS = new Map([
  ['40001', 'serialization failure'],
  ['40P01', 'deadlock detected'],
]);

/** Classes an error thrown by a statement on endput. */
export function classifyEndputError(error: unknown): EndputFailure {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return 'outage';
  if (CONFLICTS.has(error.code)) return 'conflict';
  return REFUSED_CODES.has(error.code) || REFUSED_CLASSES.has(error.code.slice(0, 2)) ? 'row_refused' : 'outage';
}
