import type pg from 'pg';
import { createPool, type PoolOptions } from '../pool.ts';

/**
 * What every connection to endput sets first: a machine that is gone without a word (its power, its network) is noticed
 * within half a minute, not after hours, and with its connection its locks end and the transaction that others count behind.
 */
const SOON_NOTICED =
  'set tcp_keepalives_idle to 10; set tcp_keepalives_interval to 5; set tcp_keepalives_count to 3; set tcp_user_timeout to 25000';

/**
 * A pool of connections to endput for the consumer, whose statements all look rows up by their key. The database must
 * never read a whole table for one: it would choose so while a table is small, and keep that plan while the table grows
 * by thousands of rows a second, until the next ANALYZE. Measured at 100,000 rows: 60 µs a row instead of 8.
 */
export const createEndputPool = (url: string, options: PoolOptions): pg.Pool =>
  createPool(url, { ...options, prepare: (client) => client.query(`${SOON_NOTICED}; set enable_seqscan to off`) });

/**
 * A pool for the storefront, whose statements must never read a whole table either, nor a whole index: joins go row by
 * row. Compiling a statement would take longer than running it.
 */
export const createStorefrontPool = (url: string, options: PoolOptions): pg.Pool =>
  createPool(url, {
    ...options,
    prepare: (client) =>
      client.query(
        `${SOON_NOTICED}; set enable_seqscan to off; set enable_hashjoin to off; set enable_mergejoin to off; set jit to off`,
      ),
  });

/** Milliseconds that freezing a set, or counting it for a dry run, may take: of a million letters it takes tens of seconds. */
const FREEZE_TIMEOUT = 15 * 60_000;

/**
 * A pool for what freezes or counts whole sets at the dead-letter desk, planned like what the storefront asks. It is not for
 * what works at operations: an endput that hangs would keep that waiting for as long as a freeze may take.
 */
export const createFreezingPool = (url: string, options: PoolOptions): pg.Pool =>
  createStorefrontPool(url, { statementTimeout: FREEZE_TIMEOUT, queryTimeout: FREEZE_TIMEOUT + 60_000, ...options });
