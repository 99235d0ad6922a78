-- Up Migration
-- A canary's step ends when so many messages of it are sent, not at a place of the set: what is left alone on the way tells
-- nothing about the others.
alter table desk_operations drop column canary_end;
