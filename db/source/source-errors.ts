import pg from 'pg';

/** The source database does not answer, or cannot take work for now. Trying again later may help. */
export class SourceUnavailableError extends Error {
  readonly code = 'DATABASE_UNAVAILABLE';
  override readonly name = 'SourceUnavailableError';
}

/** The source database is a standby: it takes no writes, so nothing can be inserted and no position kept. */
export class SourceIsStandbyError extends Error {
  readonly code = 'DATABASE_IS_STANDBY';
  override readonly name = 'SourceIsStandbyError';
  constructor() {
    super('the source database is a standby (in recovery) and takes no writes: give SOURCE_DATABASE_URL the primary');
  }
}

/** The database was replaced (restored, or moved to another cluster) while a run was reading it. */
export class SourceReplacedError extends Error {
  readonly code = 'DATABASE_REPLACED';
  override readonly name = 'SourceReplacedError';
  constructor() {
    super('the source database was replaced by another one during the run: start a new run');
  }
}

/** SQLSTATE classes and codes that pass by themselves or by an operator's hand, with the reason. */
const OUTAGES = new Map([
  ['08', 'connection exception'],
  ['53', 'insufficient resources: too many connections, disk full, out of memory'],
  ['57', 'operator intervention: shutting down, starting up, query cancelled'],
  ['58', 'system error: the server could not read or write its files'],
  ['28', 'the server does not let us in'],
  ['3D', 'the database does not exist (yet)'],
  ['40', 'rolled back because of another transaction'],
  ['25006', 'read-only: a standby, or a primary that was stepped down'],
  ['55P03', 'a lock was not to be had in time'],
]);

/**
 * Runs statements on the source database and names their failures: what a later try may cure becomes a
 * `SourceUnavailableError`, any other error goes through as it is.
 */
export async function onSource<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isOutage(error)) throw error;
    throw new SourceUnavailableError(`the source database cannot do this now: ${messageOf(error)}`, { cause: error });
  }
}

function isOutage(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? '';
    return OUTAGES.has(code) || OUTAGES.has(code.slice(0, 2));
  }
  // What the server itself did not say (connection, time-out) is a plain Error in node-postgres. Errors of ours have a
  // name of their own, and a TypeError is a fault of the program.
  return error instanceof Error && (error.name === 'Error' || error.name === 'AggregateError');
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}
