import { inTransaction, type Pool } from '../pool.ts';
import type { PublishPosition } from './publishable-orders.ts';
import { onSource, SourceReplacedError } from './source-errors.ts';

/** The furthest row that was ever confirmed. Rejects with a `SourceUnavailableError`. */
export async function readPublishPosition(pool: Pool): Promise<PublishPosition> {
  const result = await onSource(() =>
    pool.query<{ xid: string; id: string }>('select xid::text as xid, id from publish_position'),
  );
  const row = result.rows[0];
  if (row === undefined) throw new Error('publish_position has no row: its migration was tampered with');
  return { xid: row.xid, id: Number(row.id) };
}

/**
 * Moves the position forward to a confirmed row; it never moves back. Rejects with a `SourceReplacedError` when this is
 * no longer the cluster in which the row was read (its xid would put the position beyond rows that were never
 * published), and with a `SourceUnavailableError`.
 */
export async function advancePublishPosition(pool: Pool, confirmed: PublishPosition): Promise<void> {
  const result = await onSource(() =>
    pool.query<{ here: boolean }>({
      name: 'advance_publish_position',
      text: `
        with here as (
          select from source_identity s, pg_control_system() c
           where s.system_identifier = c.system_identifier and $1::xid8 < pg_snapshot_xmin(pg_current_snapshot())
        ), advanced as (
          update publish_position p
             set xid = $1::xid8, id = $2::bigint, confirmed_at = now(),
                 rows = p.rows
                        + (select count(*) from orders o
                            where (o.xid, o.id) > (p.xid, p.id) and (o.xid, o.id) <= ($1::xid8, $2::bigint))
                        + (select count(*) from removed_orders r
                            where (r.xid, r.id) > (p.xid, p.id) and (r.xid, r.id) <= ($1::xid8, $2::bigint))
           where (p.xid, p.id) < ($1::xid8, $2::bigint) and exists (select from here)
        )
        select exists (select from here) as here`,
      values: [confirmed.xid, confirmed.id],
    }),
  );
  if (result.rows[0]?.here !== true) throw new SourceReplacedError();
}

/** How many rows a source has. */
export interface OrderCounts {
  rows: number;
  /** Of these never published, those that are held back included. */
  unpublished: number;
}

/**
 * Counts the rows, exactly and as of one moment. It reads those that were never published, and those that were deleted
 * since the last run began; not the others. Rejects with a `SourceUnavailableError`.
 */
export async function countOrders(pool: Pool): Promise<OrderCounts> {
  const result = await onSource(() =>
    pool.query<{ published: string; unpublished: string }>({
      name: 'count_orders',
      text: `
        select p.rows - (select count(*) from removed_orders r where (r.xid, r.id) <= (p.xid, p.id)) as published,
               (select count(*) from orders o where (o.xid, o.id) > (p.xid, p.id)) as unpublished
          from publish_position p`,
    }),
  );
  const unpublished = Number(result.rows[0]?.unpublished ?? 0);
  return { rows: Number(result.rows[0]?.published ?? 0) + unpublished, unpublished };
}

/** Takes rows that were deleted off the count for good. Rejects with a `SourceUnavailableError`. */
export async function forgetRemovedOrders(pool: Pool): Promise<void> {
  await onSource(() =>
    inTransaction(pool, async (client) => {
      // The position stands still meanwhile.
      await client.query('select from publish_position for update');
      await client.query(`
        with gone as (
          delete from removed_orders r using publish_position p where (r.xid, r.id) <= (p.xid, p.id) returning 1
        )
        update publish_position set rows = rows - gone.n from (select count(*) as n from gone) as gone where gone.n > 0`);
    }),
  );
}
