-- Up Migration
-- What operators ordered to be done with dead letters, and how far it has come. `apis/storefront/desk/` works at it.
create table desk_operations (
  id             uuid primary key,
  kind           text not null check (kind in ('redrive', 'discard', 'restore', 'edit')),
  state          text not null default 'running' check (state in ('running', 'paused', 'stopped', 'cancelled', 'done')),
  -- Why it is stopped, or waits, in words.
  state_reason   text,
  actor          text not null,
  comment        text,
  -- As it was asked for; null where single messages were chosen.
  filter         jsonb,
  -- Messages a second at most.
  rate           integer check (rate > 0),
  -- Of the canary: the share of a step that may die again, the size of the step, the place in the set at which it ends, and
  -- the counters as they were when it began. Null where there is none.
  max_dead_share double precision check (max_dead_share between 0 and 1),
  canary_step    integer,
  canary_end     integer,
  canary_sent    integer not null default 0,
  canary_dead    integer not null default 0,
  ordered_at     timestamptz not null default clock_timestamp(),
  finished_at    timestamptz,
  -- Places in the set: up to `taken` the ledger was changed (or the letter left alone), up to `confirmed` the broker has
  -- confirmed what was published about it. What lies between is published again by whoever goes on after a crash.
  taken          integer not null default 0,
  confirmed      integer not null default 0,
  -- Counted in the transactions that do what they count.
  total          integer not null,
  sent           integer not null default 0,
  stored         integer not null default 0,
  dead_again     integer not null default 0,
  skipped        integer not null default 0,
  -- Whether there is anything left to do about it; also outcomes that have not come in.
  active         boolean not null generated always as (
    state = 'running' or confirmed < taken or (kind in ('redrive', 'edit') and stored + dead_again < sent)) stored
);
create index desk_operations_active on desk_operations (ordered_at) where active;
create index desk_operations_by_time on desk_operations (ordered_at, id);

-- The set of an operation, frozen when it was ordered, and with it the history of each message: how it had died, who did
-- what with it and when. Rows are never deleted. There is no foreign key: both tables are written in one transaction, and
-- checking a million rows would take longer than writing them.
create table desk_operation_messages (
  operation       uuid not null,
  -- Place in the set, from 1; the letter that died first comes first.
  seq             integer not null,
  message_id      uuid not null,
  -- The position and the death of the letter as they were when the set was frozen.
  cycle           integer not null,
  attempt         integer not null,
  reason          text not null,
  error_kind      text not null,
  error_message   text not null,
  -- Of an edit.
  body_before     bytea,
  body_after      bytea,
  -- sent: published, its outcome not known yet. marked: discarded or restored, there is no outcome. skipped: left alone.
  state           text not null default 'waiting'
    check (state in ('waiting', 'sent', 'marked', 'stored', 'dead_again', 'skipped')),
  skipped_because text,
  -- When the ledger was changed.
  acted_at        timestamptz,
  -- Its place, as long as its outcome is not known: a column of its own, so that nothing but its index serves to look for
  -- them, and what is settled costs nothing.
  unsettled       integer generated always as (case when state = 'sent' then seq end) stored,
  primary key (operation, seq)
) with (fillfactor = 80);
create index desk_messages_unsettled on desk_operation_messages (operation, unsettled) where unsettled is not null;
create index desk_messages_by_message on desk_operation_messages (message_id);

-- When a letter was last published to be processed again: one that is nowhere to be seen long after was lost with its broker.
alter table dead_letters add column redriven_at timestamptz;
-- The cycles that a letter was given by bringing it back after a discard: no attempt was made in them.
alter table dead_letters add column restored_cycles integer[] not null default '{}';

-- Whether a body claims this message id. One that does not would be filed elsewhere by a consumer, so it cannot be redriven.
create function claims_message_id(body bytea, message_id uuid) returns boolean
language plpgsql immutable parallel safe as $$
begin
  return length(body) <= 262144 and coalesce(convert_from(body, 'UTF8')::jsonb ->> 'message_id' = message_id::text, false);
exception when others then
  return false;
end
$$;

-- The sweep of queue dlq_queue, which mirrors the ledger: one row.
create table dead_letter_sweep (
  single      boolean primary key default true check (single),
  -- How often it was asked for, how many of these wishes the last one that was carried through has fulfilled, and when it
  -- began and ended. Counted, because a wish may be committed later than a sweep that began after it was made.
  wanted      integer not null default 0,
  served      integer not null default 0,
  began_at    timestamptz,
  ended_at    timestamptz,
  -- What that one did: messages looked at, stale copies taken out, live ones kept, messages that the ledger does not know
  -- (left there), letters that were missing in the queue and were published.
  looked_at   integer not null default 0,
  stale       integer not null default 0,
  kept        integer not null default 0,
  unknown     integer not null default 0,
  published   integer not null default 0
);
insert into dead_letter_sweep default values;
