-- Up Migration
-- Rows that somebody deletes leave a note, in the same transaction: what was counted of them is taken back, so that the
-- balance misses an order or a dead letter that is gone. Nothing of ours deletes any.
create table removed_rows (
  id         bigint generated always as identity primary key,
  kind       text not null check (kind in ('order', 'letter')),
  message_id uuid not null,
  -- Of an order: its place in the order of counting, and what it was counted as.
  xid        xid8,
  source     text,
  attempt    integer,
  price      numeric,
  product    uuid
);

create function note_removed_orders() returns trigger language plpgsql as $$
begin
  insert into removed_rows (kind, message_id, xid, source, attempt, price, product)
  select 'order', message_id, xid, system, attempt, price, product_key(product) from removed;
  return null;
end
$$;
create trigger orders_removed after delete on orders referencing old table as removed
  for each statement execute function note_removed_orders();

create function note_removed_letters() returns trigger language plpgsql as $$
begin
  insert into removed_rows (kind, message_id) select 'letter', message_id from removed;
  return null;
end
$$;
create trigger dead_letters_removed after delete on dead_letters referencing old table as removed
  for each statement execute function note_removed_letters();

-- An emptied table: nothing of it counts any more.
create function note_truncated_orders() returns trigger language plpgsql as $$
begin
  delete from order_totals;
  delete from product_sales;
  delete from products;
  delete from removed_rows where kind = 'order';
  update count_position set version = version + 1, products = 0;
  return null;
end
$$;
create trigger orders_truncated after truncate on orders
  for each statement execute function note_truncated_orders();

create function note_truncated_letters() returns trigger language plpgsql as $$
begin
  delete from counted_dead_letters;
  delete from dead_letter_totals;
  delete from cause_totals;
  delete from removed_rows where kind = 'letter';
  update count_position set version = version + 1;
  return null;
end
$$;
create trigger dead_letters_truncated after truncate on dead_letters
  for each statement execute function note_truncated_letters();
