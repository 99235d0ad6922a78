import type { PoolClient } from '../pool.ts';

/**
 * Takes back what was counted of rows that were deleted since. Part of counting on (`count-on.ts`), under its lock, before
 * a page is counted: of the rows up to the position each was seen by a page, or had left its note before that page was read.
 * Resolves with the number of notes. Rejects with the error of the database.
 */
export async function takeBackRemoved(client: PoolClient): Promise<number> {
  const orders = await client.query<{ taken: number }>({
    name: 'take_back_orders',
    text: `
      with noted as (
        delete from removed_rows r using count_position p
         where r.kind = 'order' and (r.xid, r.message_id) <= (p.orders_xid, p.orders_id)
        returning r.source, r.attempt, r.price, r.product
      ), totals as (
        update order_totals t set orders = t.orders - n.orders, revenue = t.revenue - n.revenue
          from (select source, attempt, count(*) as orders, sum(price) as revenue from noted group by 1, 2) n
         where t.source = n.source and t.attempt = n.attempt
      ), sales as (
        update product_sales s set orders = s.orders - n.orders, revenue = s.revenue - n.revenue
          from (select product, count(*) as orders, sum(price) as revenue from noted group by 1) n
         where s.key = n.product
      )
      select count(*)::integer as taken from noted`,
  });
  // One that is there again counts, or will: what it was counted as is corrected when it is read.
  const letters = await client.query<{ taken: number }>({
    name: 'take_back_letters',
    text: `
      with noted as (
        delete from removed_rows where kind = 'letter' returning message_id
      ), gone as (
        delete from counted_dead_letters c using (select distinct message_id from noted) n
         where c.message_id = n.message_id
           and not exists (select from dead_letters d where d.message_id = n.message_id)
        returning c.source, c.reason, c.state, c.cause_key
      ), totals as (
        update dead_letter_totals t set letters = t.letters - n.letters
          from (select source, reason, state, count(*) as letters from gone group by 1, 2, 3) n
         where t.source = n.source and t.reason = n.reason and t.state = n.state
      ), causes as (
        update cause_totals t set letters = t.letters - n.letters
          from (select cause_key, state, source, count(*) as letters from gone group by 1, 2, 3) n
         where t.cause_key = n.cause_key and t.state = n.state and t.source = n.source
      )
      select count(*)::integer as taken from noted`,
  });
  return (orders.rows[0]?.taken ?? 0) + (letters.rows[0]?.taken ?? 0);
}
