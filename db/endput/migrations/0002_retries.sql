-- Up Migration
-- The position of every message that waits for a retry, with all that is needed to publish it again: a retry that the
-- broker loses is brought back from here. `attempt` is the attempt that is done; the next one is due at `due_at`.
create table retries (
  message_id      uuid primary key,
  cycle           integer not null check (cycle >= 0),
  attempt         integer not null check (attempt >= 1),
  due_at          timestamptz not null,
  source          text not null,
  type            text not null,
  error_kind      text not null,
  error_message   text not null,
  first_failed_at timestamptz not null,
  failed_at       timestamptz not null,
  -- When the sweeper last published it again.
  swept_at        timestamptz,
  headers         jsonb not null,
  body            bytea not null
);
-- The sweeper looks for what is overdue.
create index retries_due on retries (due_at);
