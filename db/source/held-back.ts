import type { Pool } from '../pool.ts';
import { onSource } from './source-errors.ts';

/** A running transaction, of any database of the cluster, that keeps committed rows from being published. */
export interface HoldingTransaction {
  /** Server process; null for a prepared transaction, which belongs to none. */
  pid: number | null;
  /** Identifier of a prepared transaction: `commit prepared` or `rollback prepared` ends it. */
  prepared: string | null;
  database: string | null;
  application: string | null;
  user: string | null;
  state: string | null;
  /** ISO 8601; null where the role may not see it (it lacks pg_read_all_stats). */
  since: string | null;
  seconds: number | null;
}

export interface HeldBack {
  /** Committed rows that are not published because an older transaction still runs. */
  rows: number;
  /** The oldest first, at most 20. */
  by: HoldingTransaction[];
}

/**
 * Rows at or beyond the snapshot's xmin, and who holds them: the transactions that have an xid (those that have written;
 * a reader holds nothing back) not above that of the last held row. Rejects with a `SourceUnavailableError`.
 */
export async function readHeldBack(pool: Pool): Promise<HeldBack> {
  const result = await onSource(() =>
    pool.query<{ rows: string; by: HoldingTransaction[] }>({
      name: 'read_held_back',
      text: `
        with held as materialized (
          select count(*) as rows,
                 (select xid from orders order by orders.xid desc, orders.id desc limit 1) as last_xid
            from orders where xid >= pg_snapshot_xmin(pg_current_snapshot())
        ), running as materialized (
          select x as xid from pg_snapshot_xip(pg_current_snapshot()) x, held where held.rows > 0 and x <= held.last_xid
        ), holding as (
          select r.xid, a.pid, null as prepared, a.datname as database, a.application_name as application,
                 a.usename as "user", a.state, a.xact_start as since
            from running r join pg_stat_activity a on a.backend_xid = r.xid::xid
          union all
          select r.xid, null, p.gid, p.database, null, p.owner, 'prepared', p.prepared
            from running r join pg_prepared_xacts p on p.transaction = r.xid::xid
           order by 1 limit 20
        )
        select held.rows,
               coalesce((select json_agg(json_build_object(
                  'pid', pid, 'prepared', prepared, 'database', database, 'application', application, 'user', "user",
                  'state', state,
                  'since', to_char(since at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                  'seconds', round(extract(epoch from clock_timestamp() - since))) order by xid) from holding), '[]') as by
          from held`,
    }),
  );
  const row = result.rows[0];
  return row === undefined ? { rows: 0, by: [] } : { rows: Number(row.rows), by: row.by };
}
