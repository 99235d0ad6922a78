-- Up Migration
-- How many rows there are, without counting them all: those up to the publish position are counted when it moves past
-- them, those beyond it are few. `rows` is how many there ever were up to it; a row that is deleted leaves its place in
-- `removed_orders`, in the same transaction, so that at any moment each of them is in one of the two tables and no
-- counting has to wait for a transaction that deletes. Places up to the position are taken off `rows` when a run begins.
create table removed_orders (
  xid xid8 not null,
  id  bigint not null
);
create index removed_orders_in_publish_order on removed_orders (xid, id);
alter table publish_position add column rows bigint not null default 0;
update publish_position p set rows = (select count(*) from orders o where (o.xid, o.id) <= (p.xid, p.id));

create function note_removed_orders() returns trigger language plpgsql as $$
begin
  insert into removed_orders (xid, id) select xid, id from removed;
  return null;
end
$$;
create trigger orders_removed after delete on orders referencing old table as removed
  for each statement execute function note_removed_orders();

create function note_truncated_orders() returns trigger language plpgsql as $$
begin
  update publish_position set rows = 0;
  delete from removed_orders;
  return null;
end
$$;
create trigger orders_truncated after truncate on orders
  for each statement execute function note_truncated_orders();
