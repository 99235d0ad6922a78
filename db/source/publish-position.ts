import type { Pool } from '../pool.ts';
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
          update publish_position set xid = $1::xid8, id = $2::bigint, confirmed_at = now()
           where (xid, id) < ($1::xid8, $2::bigint) and exists (select from here)
        )
        select exists (select from here) as here`,
      values: [confirmed.xid, confirmed.id],
    }),
  );
  if (result.rows[0]?.here !== true) throw new SourceReplacedError();
}

/** Rows that were never published, those that are held back included. Rejects with a `SourceUnavailableError`. */
export async function countUnpublishedOrders(pool: Pool): Promise<number> {
  const result = await onSource(() =>
    pool.query<{ rows: string }>({
      name: 'count_unpublished_orders',
      text: `
        select count(*) as rows from orders
         where (xid, id) > ((select xid from publish_position), (select id from publish_position))`,
    }),
  );
  return Number(result.rows[0]?.rows ?? 0);
}
