-- Up Migration
-- What the desk asks the ledger for, kept beside what it is made from, so that no writer can forget it.

-- The cause of a death: its error message without what differs from one message to the next, so that "the same error" is
-- one text. "…" stands for quoted parts (also those that were cut before their end, and what JSON.parse repeats of a
-- body, quotes and all), UUIDs, mail addresses, logins and queries of URLs; "#" for times, IP addresses, long ids, numbers.
create function cause_of(error_message text) returns text language sql immutable parallel safe return
  left(btrim(regexp_replace(regexp_replace(regexp_replace(error_message,
    'Unexpected token .*(?= is not valid JSON)'
    '|"([^"\\]|\\.)*"|(?<![[:alnum:]])"[^"[:space:]][^"]*$'
    '|`[^`]*`|“[^”]*”|„[^“”]*[“”]|«[^»]*»|‘[^’]*’'
    '|(?<![[:alnum:]])''([^'']|''(?=[[:alnum:]]))*''(?![[:alnum:]])|(?<![[:alnum:]])''[^''[:space:]][^'']*$'
    '|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'
    '|(?<![^[:space:]"''<>(),;:=])[^[:space:]@"''<>(),;:=/]+@[[:alnum:].-]+\.[[:alpha:]]{2,}'
    '|(?<=://)[^/@[:space:]]*@|(?<=[[:alnum:]/])\?[^[:space:]=]+=[^[:space:]]*',
    '…', 'g'),
    '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?Z| ?[-+][0-9]{2}(:?[0-9]{2})?)?)?'
    '|\m(Mon|Tue|Wed|Thu|Fri|Sat|Sun),? ([0-9]{1,2} )?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([0-9]{1,2} )?[0-9]{4}( [0-9:]+)?( (GMT|UTC)([-+][0-9]{4})?)?'
    '|(?<![[:alnum:]:])(?=[0-9a-fA-F:]*[0-9])([0-9a-fA-F]{0,4}:){2,8}([0-9]+(\.[0-9]+)*|[0-9a-fA-F]{0,4})(?![[:alnum:]])'
    '|(?<![[:alnum:]])(0x[0-9a-fA-F]+|(?=[a-fA-F]*[0-9])[0-9a-fA-F]{7,}|(?=[[:alnum:]]*[0-9][[:alnum:]]*[0-9])[[:alnum:]]{16,})(?![[:alnum:]])'
    '|(?<![[:alnum:]])[-+]?[0-9]+([.,:][0-9]+)*([eE][-+]?[0-9]+)?',
    '#', 'g'),
    '[[:space:]]+', ' ', 'g')), 300);

-- The product that the body of a message names, as far as searches look at it; null where there is none to be read: a
-- dead letter may hold anything, and is not read where it is larger than a message may be.
create function product_of(body bytea) returns text language plpgsql immutable parallel safe as $$
declare
  product jsonb;
begin
  if octet_length(body) > 262144 then
    return null;
  end if;
  product := convert_from(body, 'UTF8')::jsonb #> '{order,product}';
  return case when jsonb_typeof(product) = 'string' then left(product #>> '{}', 256) end;
exception when others then
  return null;
end
$$;

-- Kept by triggers: a generated column would be worked out anew with every change of state, and twice, as one cannot be made
-- from another.
alter table dead_letters
  add column cause text,
  add column cause_key uuid,
  add column product text,
  add column product_terms tsvector;
create function describe_dead_letter() returns trigger language plpgsql as $$
begin
  new.cause := cause_of(new.error_message);
  new.cause_key := md5(new.reason || chr(10) || new.error_kind || chr(10) || new.cause)::uuid;
  new.product := product_of(new.body);
  new.product_terms := array_to_tsvector(product_words(coalesce(new.product, '')));
  return new;
end
$$;
create trigger dead_letters_describe_new before insert on dead_letters
  for each row execute function describe_dead_letter();
create trigger dead_letters_describe_changed
  before update of reason, error_kind, error_message, body, cause, cause_key, product, product_terms on dead_letters
  for each row execute function describe_dead_letter();
update dead_letters set cause = null;
alter table dead_letters
  alter column cause set not null,
  alter column cause_key set not null,
  alter column product_terms set not null;

-- Every page of dead letters is read along one of these two, by the time of death: `db/endput/letter-branches.ts`.
drop index dead_letters_died;
create index dead_letters_by_state on dead_letters (state, died_at, message_id);
create index dead_letters_by_cause on dead_letters (cause_key, state, source, died_at, message_id);
create index dead_letters_by_product on dead_letters using gin (product_terms);

-- Totals by cause, counted on like the others; dead letters are counted anew for them.
create table cause_totals (
  cause_key uuid not null,
  state     text not null,
  source    text not null,
  -- Part of what the key is made of.
  reason    text not null,
  letters   bigint not null,
  primary key (cause_key, state, source)
) with (fillfactor = 50);
create index cause_totals_by_letters on cause_totals (state, letters desc) where letters > 0;
delete from counted_dead_letters;
delete from dead_letter_totals;
alter table counted_dead_letters add column cause_key uuid not null;
update count_position
   set version = version + 1, complete = false, letters_xid = '0', letters_id = '00000000-0000-0000-0000-000000000000';

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
