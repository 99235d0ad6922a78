-- Up Migration
-- The destination. The key is the message id, so that an order is stored once however often it is published, and
-- (cycle, attempt) is the position at which it was settled: a later copy of its message is recognised as stale.
create table orders (
  message_id        uuid primary key,
  cycle             integer not null check (cycle >= 0),
  attempt           integer not null check (attempt >= 1),
  system            text not null,
  database_resource text not null,
  schema_resource   text not null,
  table_resource    text not null,
  source_id         bigint not null,
  product           text not null check (product <> ''),
  price             numeric(14, 2) not null check (price > 0),
  security_check    boolean not null,
  created_at        timestamptz not null,
  stored_at         timestamptz not null
);
