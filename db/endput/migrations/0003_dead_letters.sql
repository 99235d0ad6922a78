-- Up Migration
-- The ledger of dead letters: the truth about them, of which the queue is a mirror. Bodies are bytea because a dead
-- letter may hold anything.
create table dead_letters (
  message_id    uuid primary key,
  cycle         integer not null check (cycle >= 0),
  attempt       integer not null check (attempt >= 0),
  source        text not null,
  type          text not null,
  reason        text not null
    check (reason in ('attempts_exhausted', 'invalid_message', 'refused_by_endput', 'consumer_crashed')),
  error_kind    text not null,
  error_message text not null,
  state         text not null default 'dead' check (state in ('dead', 'redriving', 'discarded', 'resolved')),
  first_seen_at timestamptz not null,
  died_at       timestamptz not null,
  headers       jsonb not null,
  body          bytea not null
);
create index dead_letters_died on dead_letters (died_at);
