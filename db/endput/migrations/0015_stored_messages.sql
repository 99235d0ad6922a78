-- Up Migration
-- What was stored is looked for in sets of which nearly all died again, and what was marked in those of which nearly all were
-- left alone. An expression, so that nothing but this index serves to look for them.
create index desk_messages_stored
  on desk_operation_messages (operation, (case when state = 'stored' then seq end))
  where case when state = 'stored' then seq end is not null;
-- Of what earlier versions marked the row still said so. It follows from the place, as for all others since; they are then found
-- by index `desk_messages_unsettled`.
update desk_operation_messages set state = 'waiting' where state = 'marked';
