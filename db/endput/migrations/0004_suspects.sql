-- Up Migration
-- How often a consumer process died while it ran a message alone. Raised before such a message runs, deleted when it is
-- settled. The token names the raise, so that one that is repeated because its answer was lost counts once.
create table suspects (
  message_id  uuid not null,
  cycle       integer not null,
  deaths      integer not null check (deaths >= 1),
  raise_token uuid not null,
  primary key (message_id, cycle)
);
