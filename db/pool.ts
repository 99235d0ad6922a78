import pg from 'pg';
import type { Logger } from '../runtime/logger.ts';

export type { Pool, PoolClient } from 'pg';

export interface PoolOptions {
  /** Shown in `pg_stat_activity`. */
  name: string;
  logger: Logger;
  /** Connections at most. */
  max?: number;
  /** Milliseconds. */
  queryTimeout?: number;
  /** Milliseconds after which the server itself cuts a statement off. */
  statementTimeout?: number;
  /** Run on every new connection before it is used. */
  prepare?: (client: pg.ClientBase) => Promise<unknown>;
}

/** The pool waits for the promise of `onConnect`, of which its types do not know. */
type PoolConfig = Omit<pg.PoolConfig, 'onConnect'> & { onConnect?: (client: pg.ClientBase) => Promise<unknown> };

/**
 * A pool of connections to one Postgres database. A query that has no answer after `queryTimeout` milliseconds fails,
 * so that a server that hangs is an outage like one that is gone.
 */
export function createPool(url: string, options: PoolOptions): pg.Pool {
  const config: PoolConfig = {
    connectionString: url,
    ...(options.prepare && { onConnect: options.prepare }),
    application_name: options.name,
    max: options.max ?? 5,
    connectionTimeoutMillis: 5_000,
    ...(options.statementTimeout !== undefined && { statement_timeout: options.statementTimeout }),
    query_timeout: options.queryTimeout ?? 30_000,
    keepAlive: true,
  };
  const pool = new pg.Pool(config);
  // An idle connection that breaks is reported here; without a listener it would end the process.
  pool.on('error', (error) => options.logger.warn({ err: error }, 'an idle database connection broke'));
  return pool;
}

/**
 * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. A connection that is not
 * known to be clean is thrown away.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The server may end the connection between two statements; without a listener that would end the process.
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    return await transactionOn(
      client,
      () => work(client),
      (failure) => (broken ??= failure),
    );
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/**
 * Runs `work` in one transaction of a connection that is the caller's: committed when it resolves, rolled back when it
 * rejects. `onBroken` is told when not even the rollback was possible.
 */
export async function transactionOn<T>(
  client: pg.ClientBase,
  work: () => Promise<T>,
  onBroken: (failure: Error) => void = () => undefined,
): Promise<T> {
  try {
    await client.query('begin');
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: unknown) => {
      onBroken(failure instanceof Error ? failure : new Error(String(failure)));
    });
    throw error;
  }
}
