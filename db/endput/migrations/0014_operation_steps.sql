-- Up Migration
-- What was sent is not written row by row any more: it follows from how far the operation has come. A message at a place up to
-- its `taken` that was neither skipped nor has an outcome is sent, or marked (`db/endput/set-progress.ts`). Only when is
-- kept, once for all that were taken together. Rows of operations before this say `sent` or `marked` themselves, and when.
create table desk_operation_steps (
  operation uuid not null,
  -- The last place of the step; the first one follows on the step before.
  up_to     integer not null,
  -- When the ledger was changed.
  acted_at  timestamptz not null default clock_timestamp(),
  primary key (operation, up_to)
);

-- Places whose outcome is not known; of those that were not taken too, which are not looked at before. An expression, so that
-- nothing but this index serves to look for them.
alter table desk_operation_messages drop column unsettled;
create index desk_messages_unsettled
  on desk_operation_messages (operation, (case when state in ('waiting', 'sent') then seq end))
  where case when state in ('waiting', 'sent') then seq end is not null;
