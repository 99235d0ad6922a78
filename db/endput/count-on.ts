import { takeBackRemoved } from './take-back.ts';
import { inTransaction, type Pool, type PoolClient } from '../pool.ts';

/**
 * Counts orders and dead letters on, exactly, without ever counting them all.
 *
 * A page of rows behind the position is read in the order in which transactions began to write, `(xid, message_id)`, and
 * only below the snapshot's xmin: every transaction below it has ended, so nothing can appear there any more, however
 * late somebody commits. The page is added to the totals and the position moved in one transaction. So a row is counted
 * once: a process that dies rolls both back. Processes take turns by an advisory lock, any number may try.
 *
 * Orders never change. A dead letter does, and is then read again, with the xid of the change; `counted_dead_letters` has
 * what it was counted as, which is taken back. It counts as resolved as soon as its order exists: where two consumers
 * settled copies of one message differently at the same moment, the ledger may go on saying `dead`. Either of the two
 * rows may be read first, so both statements look for the other.
 */
export interface Counted {
  /** Rows that were added to the totals. */
  rows: number;
  /** Whether rows may be left: a page was full. */
  more: boolean;
}

/** Key of the advisory lock: one process counts at a time. */
export const COUNT_LOCK = 'order-ingestion totals';

/**
 * Adds the next page of at most `limit` orders and of as many dead letters. Resolves with undefined while another process
 * counts. `patience` says whether it matters yet if more are left: without it the totals are called complete until it does.
 * Rejects with the error of the database, and then nothing is counted.
 */
export function countOn(pool: Pool, limit: number, patience: boolean): Promise<Counted | undefined> {
  return inTransaction(pool, async (client) => {
    if (!(await isLocked(client))) return undefined;
    const { rows } = await client.query<Position>(
      `select orders_xid::text, orders_id, letters_xid::text, letters_id, complete,
              pg_snapshot_xmin(pg_current_snapshot())::text as horizon
         from count_position`,
    );
    const position = rows[0];
    if (position === undefined) throw new Error('the totals were never prepared');
    const takenBack = await takeBackRemoved(client);
    const orders = await countOrders(client, position, limit);
    const letters = await countDeadLetters(client, position, limit);
    const counted = orders.counted + letters.counted;
    const more = orders.counted === limit || letters.counted === limit;
    const complete = !more || (position.complete && patience);
    if (counted > 0 || takenBack > 0 || complete !== position.complete) {
      await client.query(
        `update count_position
            set version = version + 1, complete = $1, orders_xid = coalesce($2::xid8, orders_xid),
                orders_id = coalesce($3::uuid, orders_id), letters_xid = coalesce($4::xid8, letters_xid),
                letters_id = coalesce($5::uuid, letters_id), products = products + $6`,
        [complete, orders.xid, orders.message_id, letters.xid, letters.message_id, orders.products],
      );
    }
    return { rows: counted, more };
  });
}

interface Position {
  orders_xid: string;
  orders_id: string;
  letters_xid: string;
  letters_id: string;
  complete: boolean;
  /** Every transaction below it has ended. */
  horizon: string;
}
interface Page {
  counted: number;
  /** Product names that were new. */
  products: number;
  /** Of the last row; null where there is none. */
  xid: string | null;
  message_id: string | null;
}
const NO_ROWS: Page = { counted: 0, products: 0, xid: null, message_id: null };

async function isLocked(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked',
    [COUNT_LOCK],
  );
  return rows[0]?.locked === true;
}

async function countOrders(client: PoolClient, position: Position, limit: number): Promise<Page> {
  const { rows } = await client.query<Page>({
    name: 'count_orders',
    text: `
      with page as materialized (
        select o.xid, o.message_id, o.system, o.attempt, o.product, o.price, o.stored_at, product_key(o.product) as key
          from orders o
         where (o.xid, o.message_id) > ($1::xid8, $2::uuid) and o.xid < $3::xid8
         order by o.xid, o.message_id
         limit $4
      ), never_counted as (
        -- Deleted before this page could see them: there is nothing to take back.
        delete from removed_rows r using (select xid, message_id from page order by xid desc, message_id desc limit 1) last
         where r.kind = 'order' and (r.xid, r.message_id) > ($1::xid8, $2::uuid)
           and (r.xid, r.message_id) <= (last.xid, last.message_id)
      ), by_source as (
        insert into order_totals as t (source, attempt, orders, revenue)
        select system, attempt, count(*), sum(price) from page group by 1, 2 order by 1, 2
        on conflict (source, attempt) do update
           set orders = t.orders + excluded.orders, revenue = t.revenue + excluded.revenue
      ), names as (
        insert into products (key, product)
        select key, min(product) from page group by key order by key
        on conflict (key) do nothing
        returning key
      ), sold as (
        insert into product_sales as s (key, orders, revenue, last_price, last_stored_at, last_orders)
        select key, count(*), sum(price), (array_agg(price order by stored_at desc, message_id))[1], max(stored_at),
               (array_agg(message_id order by xid desc, message_id desc))[1:10]
          from page group by key order by key
        on conflict (key) do update
           set orders = s.orders + excluded.orders, revenue = s.revenue + excluded.revenue,
               last_price = case when excluded.last_stored_at >= s.last_stored_at then excluded.last_price
                                 else s.last_price end,
               last_stored_at = greatest(excluded.last_stored_at, s.last_stored_at),
               last_orders = (excluded.last_orders || s.last_orders)[1:10]
      ), was_dead as materialized (
        select c.message_id, c.source, c.reason, c.state, c.cause_key
          from page p join counted_dead_letters c using (message_id)
         where c.state <> 'resolved'
      ), resolved as (
        update counted_dead_letters c set state = 'resolved' from was_dead w where c.message_id = w.message_id
      ), letters as (
        insert into dead_letter_totals as t (source, reason, state, letters)
        select source, reason, state, sum(n)
          from (select source, reason, state, -1 as n from was_dead
                union all select source, reason, 'resolved', 1 from was_dead) as changes
         group by 1, 2, 3 order by 1, 2, 3
        on conflict (source, reason, state) do update set letters = t.letters + excluded.letters
      ), by_cause as (
        insert into cause_totals as t (cause_key, state, source, reason, letters)
        select cause_key, state, source, reason, sum(n)
          from (select cause_key, state, source, reason, -1 as n from was_dead
                union all select cause_key, 'resolved', source, reason, 1 from was_dead) as changes
         group by 1, 2, 3, 4 order by 1, 2, 3
        on conflict (cause_key, state, source) do update set letters = t.letters + excluded.letters
      )
      select (select count(*)::integer from page) as counted, (select count(*)::integer from names) as products,
             p.xid::text, p.message_id
        from page p order by p.xid desc, p.message_id desc limit 1`,
    values: [position.orders_xid, position.orders_id, position.horizon, limit],
  });
  return rows[0] ?? NO_ROWS;
}

async function countDeadLetters(client: PoolClient, position: Position, limit: number): Promise<Page> {
  const { rows } = await client.query<Page>({
    name: 'count_dead_letters',
    text: `
      with page as materialized (
        select d.xid, d.message_id, d.source, d.reason, d.cause_key,
               case when exists (select from orders o where o.message_id = d.message_id) then 'resolved'
                    else d.state end as state
          from dead_letters d
         where (d.xid, d.message_id) > ($1::xid8, $2::uuid) and d.xid < $3::xid8
         order by d.xid, d.message_id
         limit $4
      ), before as materialized (
        select c.source, c.reason, c.state, c.cause_key from page p join counted_dead_letters c using (message_id)
      ), counted_as as (
        insert into counted_dead_letters as c (message_id, source, reason, state, cause_key)
        select message_id, source, reason, state, cause_key from page
        on conflict (message_id) do update
           set source = excluded.source, reason = excluded.reason, state = excluded.state,
               cause_key = excluded.cause_key
      ), letters as (
        insert into dead_letter_totals as t (source, reason, state, letters)
        select source, reason, state, sum(n)
          from (select source, reason, state, 1 as n from page
                union all select source, reason, state, -1 from before) as changes
         group by 1, 2, 3 having sum(n) <> 0 order by 1, 2, 3
        on conflict (source, reason, state) do update set letters = t.letters + excluded.letters
      ), by_cause as (
        insert into cause_totals as t (cause_key, state, source, reason, letters)
        select cause_key, state, source, reason, sum(n)
          from (select cause_key, state, source, reason, 1 as n from page
                union all select cause_key, state, source, reason, -1 from before) as changes
         group by 1, 2, 3, 4 having sum(n) <> 0 order by 1, 2, 3
        on conflict (cause_key, state, source) do update set letters = t.letters + excluded.letters
      )
      select (select count(*)::integer from page) as counted, 0 as products, p.xid::text, p.message_id
        from page p order by p.xid desc, p.message_id desc limit 1`,
    values: [position.letters_xid, position.letters_id, position.horizon, limit],
  });
  return rows[0] ?? NO_ROWS;
}
