-- Up Migration
-- One row an attempt, slim on purpose: writing it is on the way of every message. The key is three narrow columns
-- instead of a text, and the first record of a key stays. `document` is json, not jsonb: it is kept as it came, which
-- costs less, and jsonb refuses the \u0000 that a broken message may hold.
create table attempts (
  message_id   uuid not null,
  cycle        integer not null,
  attempt      integer not null,
  processed_at timestamptz not null,
  document     json not null,
  primary key (message_id, cycle, attempt)
)
-- All rows expire within one TTL, so the space of the dead ones is wanted again soon.
with (autovacuum_vacuum_scale_factor = 0.05);
-- For expiry only. Rows arrive in about the order of processed_at, so a summary of each range of pages finds the expired
-- ones; a b-tree would be written to for every row.
create index attempts_processed_at on attempts using brin (processed_at) with (autosummarize = on);
