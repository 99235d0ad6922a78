-- Up Migration
-- What an operation left alone, and what died again, is looked for among up to a million that fared well.
create index desk_messages_skipped on desk_operation_messages (operation, seq) where state = 'skipped';
create index desk_messages_dead_again on desk_operation_messages (operation, seq) where state = 'dead_again';
