-- Up Migration
-- Totals of orders, dead letters and products, so that nobody has to count millions of rows. They are counted on from the
-- rows themselves: `db/endput/count-on.ts` reads a page behind the position, adds it here and moves the position, in one
-- transaction, so each row is counted exactly once whatever dies. Deleting the row of `count_position` and running
-- the storefront counts everything anew.
create table count_position (
  single            boolean primary key default true check (single),
  -- Of the cluster in which the xids were given: another one means that the database was restored elsewhere.
  system_identifier bigint not null,
  -- One more with each page, so that a reader knows whether there is anything new.
  version           bigint not null default 0,
  -- Whether the position has been where the rows end. False at first: rows that were there before are still counted.
  complete          boolean not null default false,
  -- Rows of `products`.
  products          bigint not null default 0,
  orders_xid        xid8 not null default '0',
  orders_id         uuid not null default '00000000-0000-0000-0000-000000000000',
  letters_xid       xid8 not null default '0',
  letters_id        uuid not null default '00000000-0000-0000-0000-000000000000'
);

create table order_totals (
  source  text not null,
  attempt integer not null,
  orders  bigint not null,
  revenue numeric not null,
  primary key (source, attempt)
) with (fillfactor = 50);

-- What a dead letter was counted as: when it changes, that is taken back. `resolved` once its order exists.
create table counted_dead_letters (
  message_id uuid primary key,
  source     text not null,
  reason     text not null,
  state      text not null
) with (fillfactor = 90);
create table dead_letter_totals (
  source  text not null,
  reason  text not null,
  state   text not null,
  letters bigint not null,
  primary key (source, reason, state)
) with (fillfactor = 50);

-- A product is known by a hash of its name, which may be too long for an index.
create function product_key(product text) returns uuid language sql immutable parallel safe return
  encode(substring(sha256(convert_to(product, 'UTF8')) from 1 for 16), 'hex')::uuid;
-- The words of a name, in lower case: letters and digits of any script. Of the first 256 characters, since a word in an
-- index may have 2 kB.
create function product_words(product text) returns text[] language sql immutable parallel safe return
  array_remove(regexp_split_to_array(lower(left(product, 256)), '[^[:alnum:]]+'), '');

-- The words that somebody looks for, of which each may be the beginning of one; null where there are none.
create function product_query(words text) returns tsquery language sql immutable parallel safe
  return (select string_agg(quote_literal(word) || ':*', ' & ') from unnest(product_words(words)) as word)::tsquery;

-- Names stand apart from what is sold: they never change, and their indexes are only written to for a new one.
create table products (
  key     uuid primary key,
  product text not null
);
-- Both kinds of index are PostgreSQL's own, so they are there in every installation; pg_trgm is not.
create index products_by_words on products using gin (array_to_tsvector(product_words(product)));
create index products_by_name on products (lower(left(product, 256)) text_pattern_ops);
create table product_sales (
  key            uuid primary key,
  orders         bigint not null,
  revenue        numeric not null,
  last_price     numeric not null,
  last_stored_at timestamptz not null,
  -- Message ids of the orders that were counted last, newest first, ten at most: what a search shows of a product. An index
  -- of orders by product would do more, and would more than double what it costs endput to store an order.
  last_orders    uuid[] not null
) with (fillfactor = 70);
create index product_sales_by_orders on product_sales (orders, key);

-- To find an order by the number that it has in its source.
create index orders_by_source_id on orders (source_id);
