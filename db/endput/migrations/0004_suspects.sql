-- Up Migration
-- How often a consumer process died while it ran a message alone. Raised before such a message runs, deleted when it is
-- settled.
create table suspects (
  message_id uuid not null,
  cycle      integer not null,
  deaths     integer not null check (deaths >= 1),
  primary key (message_id, cycle)
);
