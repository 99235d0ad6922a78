-- Up Migration
-- Which transaction wrote a row, so that whoever reads on (the storefront) skips none: ids and times are given before the
-- commit, and a row that commits late would lie behind a reader that goes by them. Read are only rows whose transaction
-- is below every running one, in the order (xid, message_id).
--
-- Rows that are there already get the id of this migration. The default is not volatile, so it is kept once for all of
-- them and no row is rewritten; the two indexes are built under a lock that lets readers pass and holds writers up
-- (about 10 s for 10,000,000 orders).
alter table orders add column xid xid8 not null default pg_current_xact_id();
alter table dead_letters add column xid xid8 not null default pg_current_xact_id();

-- A row that comes with an xid of its own choice would be skipped, or would stop the reader from ever passing it. The
-- condition is checked without calling the function, which is what keeps it cheap. A ledger row changes (it dies again, is
-- redriven, discarded, resolved), and every change has to be read: it gets the xid of the transaction that changes it.
-- Orders never change.
create function stamp_xid() returns trigger language plpgsql as $$
begin
  new.xid := pg_current_xact_id();
  return new;
end
$$;
create trigger orders_stamp_xid before insert on orders
  for each row when (new.xid is distinct from pg_current_xact_id()) execute function stamp_xid();
create trigger dead_letters_stamp_xid before insert or update on dead_letters
  for each row when (new.xid is distinct from pg_current_xact_id()) execute function stamp_xid();

create index orders_in_commit_order on orders (xid, message_id);
create index dead_letters_in_commit_order on dead_letters (xid, message_id);
