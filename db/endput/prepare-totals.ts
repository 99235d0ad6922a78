import { inTransaction, type Pool, type PoolClient } from '../pool.ts';
import { COUNT_LOCK } from './count-on.ts';
import { FIRST_ORDER, type OrderPlace } from './stored-orders.ts';

/** What is counted into, besides the position. */
const COUNTED_TABLES = [
  ...['order_totals', 'product_sales', 'products'],
  ...['counted_dead_letters', 'dead_letter_totals', 'cause_totals', 'removed_rows'],
];
/** Rows that one transaction gives another xid. */
const PAGE = 10_000;

/**
 * Makes the totals ready to be counted on: begins at the first row where nothing was counted yet, and anew where the
 * database was restored in another cluster. Its rows may then have xids that are higher than those given here, and would
 * keep the position beyond all new rows: they get the xid of a transaction of this cluster, a page at a time, since there
 * may be millions. The identity of the cluster is written last, so a process that dies in between leaves the rest to the
 * next. Resolves with whether the database was restored; rejects with its error.
 */
export async function prepareTotals(pool: Pool, pageSize = PAGE): Promise<{ restored: boolean }> {
  if ((await isHere(pool)) === false) {
    for (const table of ['orders', 'dead_letters']) {
      let end: OrderPlace | undefined = FIRST_ORDER;
      while (end !== undefined) {
        const place: OrderPlace = end;
        end = await inTransaction(pool, (client) => stampPage(client, table, place, pageSize));
      }
    }
  }
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [COUNT_LOCK]);
    const here = await isHere(client);
    if (here === true) return { restored: false };
    // Somebody who reads one of them for long (a dump) is waited for here, and others would wait behind this.
    await client.query("set local lock_timeout to '5s'");
    await client.query(`truncate ${COUNTED_TABLES.join(', ')}`);
    await client.query('delete from count_position');
    await client.query(
      'insert into count_position (system_identifier) select system_identifier from pg_control_system()',
    );
    return { restored: here === false };
  });
}

/** Whether the totals were counted in this cluster; null where they were never counted. */
async function isHere(client: Pool | PoolClient): Promise<boolean | null> {
  const { rows } = await client.query<{ here: boolean | null }>(
    `select p.system_identifier = c.system_identifier as here
       from pg_control_system() c left join count_position p on true`,
  );
  return rows[0]?.here ?? null;
}

/**
 * Gives the last rows before a place the xid of this transaction, if theirs was not given in this cluster yet: none that can
 * be seen is as high as the next one. Rows that it gives meanwhile lie in its past, and are counted like all others.
 * Resolves with the place where to go on.
 */
async function stampPage(
  client: PoolClient,
  table: string,
  before: OrderPlace,
  limit: number,
): Promise<OrderPlace | undefined> {
  const { rows } = await client.query<OrderPlace & { stamped: number }>(
    `with page as materialized (
       select xid, message_id from ${table}
        where xid >= pg_snapshot_xmax(pg_current_snapshot()) and (xid, message_id) < ($1::xid8, $2::uuid)
        order by xid desc, message_id desc limit $3
     ), stamped as (
       update ${table} t set xid = pg_current_xact_id() from page p where t.message_id = p.message_id
     )
     select xid::text, message_id as "messageId", (select count(*)::integer from page) as stamped
       from page p order by p.xid, p.message_id limit 1`,
    [before.xid, before.messageId, limit],
  );
  const [last] = rows;
  return last?.stamped === limit ? { xid: last.xid, messageId: last.messageId } : undefined;
}
