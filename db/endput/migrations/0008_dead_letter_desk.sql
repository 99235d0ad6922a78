-- Up Migration
-- What the desk asks the ledger for, kept beside what it is made from, so that no writer can forget it.

-- The cause of a death: its error message without what differs from one message to the next, so that "the same error" is
-- one text. Taken out are quoted parts, UUIDs and numbers.
create function cause_of(error_message text) returns text language sql immutable parallel safe return
  left(btrim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(error_message,
    '"[^"]*"|`[^`]*`|“[^”]*”|«[^»]*»|(?<![[:alnum:]])''[^'']*''(?![[:alnum:]])', '…', 'g'),
    '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}', '…', 'g'),
    '(?<![[:alnum:]])(0x[0-9a-fA-F]+|[-+]?[0-9]+([.,:][0-9]+)*)', '#', 'g'),
    '\s+', ' ', 'g')), 300);

-- The product that the body of a message names, null where there is none to be read: a dead letter may hold anything.
create function product_of(body bytea) returns text language plpgsql immutable parallel safe as $$
begin
  return convert_from(body, 'UTF8')::jsonb #>> '{order,product}';
exception when others then
  return null;
end
$$;

alter table dead_letters
  add column cause text not null generated always as (cause_of(error_message)) stored,
  add column cause_key uuid not null
    generated always as (md5(reason || chr(10) || error_kind || chr(10) || cause_of(error_message))::uuid) stored,
  add column product text generated always as (product_of(body)) stored;
create index dead_letters_by_cause on dead_letters (cause_key, state, died_at, message_id);
create index dead_letters_by_state on dead_letters (state, died_at, message_id);

-- Everything that somebody did at the desk, or tried and was refused, with name and time.
create table audit (
  id     bigint generated always as identity primary key,
  at     timestamptz not null default clock_timestamp(),
  -- Name of the user; empty where nobody was logged in.
  actor  text not null,
  -- Such as login, login_refused, redrive, discard, pause, edit.
  action text not null,
  detail jsonb not null default '{}'
);
create index audit_by_time on audit (at, id);
