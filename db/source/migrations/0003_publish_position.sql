-- Up Migration
-- The furthest row whose message the broker has confirmed. It only moves forward, also when the cursor in Redis is
-- forgotten or lost: the rows beyond it are those that were never published. No row has an xid below 3.
create table publish_position (
  single       boolean primary key default true check (single),
  xid          xid8 not null default '0',
  id           bigint not null default 0,
  confirmed_at timestamptz
);
insert into publish_position default values;
