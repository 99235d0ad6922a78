import { inTransaction, type Pool, type PoolClient } from '../pool.ts';
import { onSource, SourceIsStandbyError } from './source-errors.ts';

/** Whose rows these are. */
export interface SourceIdentity {
  /** Namespace of the message ids. */
  namespace: string;
  database_resource: string;
  schema_resource: string;
  table_resource: string;
}

/** Milliseconds that renumbering a large table may take. */
const RENUMBER_TIMEOUT = 30 * 60_000;

/** Rejects with a `SourceIsStandbyError` on a standby, with a `SourceUnavailableError` where nothing answers. */
export async function refuseStandby(pool: Pool): Promise<void> {
  const result = await onSource(() => pool.query<{ standby: boolean }>('select pg_is_in_recovery() as standby'));
  if (result.rows[0]?.standby !== false) throw new SourceIsStandbyError();
}

/**
 * Makes sure that the xids of the rows belong to the cluster that runs. In a dump that was restored into another
 * cluster old xids may be higher than those that new rows get there, and the new rows would then never be published
 * (behind the cursor), or the old ones never be readable (beyond the snapshot). So on another system identifier, or on a
 * visible row with an xid that this cluster has not given yet, all rows are renumbered low and the publish position with
 * them; `beforeCommit` is then called to drop the cursor, which speaks of the old numbers.
 * Message ids do not change, so consumers know the copies. Rejects with a `SourceIsStandbyError` or a
 * `SourceUnavailableError`.
 */
export async function verifySourceIdentity(
  pool: Pool,
  beforeCommit: () => Promise<void>,
): Promise<SourceIdentity & { renumbered: boolean }> {
  await refuseStandby(pool);
  const identity = await readIdentity(pool);
  if (!identity.foreign) return { ...identity.source, renumbered: false };
  await onSource(() =>
    inTransaction(pool, async (client) => {
      // Two processes that start together: the second waits here, and then finds nothing to do.
      await client.query('select from source_identity for update');
      if (!(await readIdentity(client)).foreign) return;
      await renumber(client);
      await beforeCommit();
    }),
  );
  return { ...identity.source, renumbered: true };
}

/** Whose rows these are, by the database itself. Rejects with a `SourceUnavailableError`. */
export async function readSourceIdentity(pool: Pool): Promise<SourceIdentity> {
  return (await readIdentity(pool)).source;
}

async function readIdentity(database: Pool | PoolClient): Promise<{ source: SourceIdentity; foreign: boolean }> {
  const result = await onSource(() =>
    database.query<SourceIdentity & { foreign: boolean }>(`
      select s.namespace, current_database() as database_resource, n.nspname as schema_resource,
             t.relname as table_resource,
             s.system_identifier <> c.system_identifier
               or exists (select from orders where xid >= pg_snapshot_xmax(pg_current_snapshot())) as foreign
        from source_identity s, pg_control_system() c, pg_class t join pg_namespace n on n.oid = t.relnamespace
       where t.oid = 'orders'::regclass`),
  );
  const row = result.rows[0];
  if (row === undefined) throw new Error('source_identity has no row: its migration was tampered with');
  const { foreign, ...source } = row;
  return { source, foreign };
}

/**
 * Rows that were published get xid 3, the others 4 (the lowest that there are, so below every later one), each group
 * keeps the order of its ids, and the position stands at the last of the first group: what was never published is
 * counted as before.
 */
async function renumber(client: PoolClient): Promise<void> {
  const rows: { text: string; query_timeout: number } = {
    text: `update orders o
              set xid = case when (o.xid, o.id) <= (p.xid, p.id) then '3'::xid8 else '4'::xid8 end
             from publish_position p`,
    query_timeout: RENUMBER_TIMEOUT,
  };
  await client.query(rows);
  await client.query(`
    update publish_position
       set xid = case when last.id is null then '0'::xid8 else '3'::xid8 end, id = coalesce(last.id, 0), rows = last.rows
      from (select max(id) as id, count(*) as rows from orders where xid = '3'::xid8) last`);
  await client.query('delete from removed_orders');
  await client.query(`
    update source_identity s set system_identifier = c.system_identifier from pg_control_system() c`);
}
