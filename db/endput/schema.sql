-- What the migrations beside this file add up to. Printed by npm run schema-dump, held by a test; not to be edited, and
-- not to be run: a process migrates its database when it starts.

CREATE OR REPLACE FUNCTION public.cause_of(error_message text)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
declare
  -- Step by step, and what is rare only where it may be there: all of it as one pattern takes five times as long.
  rest text := error_message;
begin
  if rest ~ '["''`“„«‘]' then
    rest := regexp_replace(rest,
      'Unexpected token .*(?= is not valid JSON)'
      '|"([^"\\]|\\.)*"|(?<![[:alnum:]])"[^"[:space:]][^"]*$|`[^`]*`|“[^”]*”|„[^“”]*[“”]|«[^»]*»|‘[^’]*’', '…', 'g');
    rest := regexp_replace(rest, '(?<![[:alnum:]])''([^'']|''(?=[[:alnum:]]))*''(?![[:alnum:]])', '…', 'g');
    rest := regexp_replace(rest, '(?<![[:alnum:]])''[^''[:space:]][^'']*$', '…');
  end if;
  rest := regexp_replace(rest, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}', '…', 'g');
  if position('://' in rest) > 0 then
    rest := regexp_replace(rest, '(?<=://)[^/@[:space:]]*@', '…', 'g');
    rest := regexp_replace(rest, '(?<=[[:alnum:]/])\?[^[:space:]=]+=[^[:space:]]*', '…', 'g');
  end if;
  if position('@' in rest) > 0 then
    rest := regexp_replace(rest,
      '(?<![^[:space:]"''<>(),;:=])[^[:space:]@"''<>(),;:=/]+@[[:alnum:].-]+\.[[:alpha:]]{2,}', '…', 'g');
  end if;
  if rest ~ '[0-9]' then
    rest := regexp_replace(rest,
      '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?Z| ?[-+][0-9]{2}(:?[0-9]{2})?)?)?',
      '#', 'g');
    if rest ~ '(Mon|Tue|Wed|Thu|Fri|Sat|Sun),? ' then
      rest := regexp_replace(rest,
        '\m(Mon|Tue|Wed|Thu|Fri|Sat|Sun),? ([0-9]{1,2} )?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) '
        '([0-9]{1,2} )?[0-9]{4}( [0-9:]+)?( (GMT|UTC)([-+][0-9]{4})?)?', '#', 'g');
    end if;
    if rest ~ ':[0-9a-fA-F]*:' then
      rest := regexp_replace(rest,
        '(?<![[:alnum:]:])(?=[0-9a-fA-F:]*[0-9])([0-9a-fA-F]{0,4}:){2,8}([0-9]+(\.[0-9]+)*|[0-9a-fA-F]{0,4})(?![[:alnum:]])',
        '#', 'g');
    end if;
    rest := regexp_replace(rest,
      '(?<![[:alnum:]])(0x[0-9a-fA-F]+|(?=[a-fA-F]*[0-9])[0-9a-fA-F]{7,}'
      '|(?=[[:alnum:]]*[0-9][[:alnum:]]*[0-9])[[:alnum:]]{16,})(?![[:alnum:]])', '#', 'g');
    rest := regexp_replace(rest, '(?<![[:alnum:]])[-+]?[0-9]+([.,:][0-9]+)*([eE][-+]?[0-9]+)?', '#', 'g');
  end if;
  return left(btrim(regexp_replace(rest, '[[:space:]]+', ' ', 'g')), 300);
end
$function$;

CREATE OR REPLACE FUNCTION public.claims_message_id(body bytea, message_id uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
begin
  return length(body) <= 262144 and coalesce(convert_from(body, 'UTF8')::jsonb ->> 'message_id' = message_id::text, false);
exception when others then
  return false;
end
$function$;

CREATE OR REPLACE FUNCTION public.describe_dead_letter()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.cause := cause_of(new.error_message);
  new.cause_key := md5(new.reason || chr(10) || new.error_kind || chr(10) || new.cause)::uuid;
  new.product := product_of(new.body);
  new.product_terms := array_to_tsvector(product_words(coalesce(new.product, '')));
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION public.note_removed_letters()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into removed_rows (kind, message_id) select 'letter', message_id from removed;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.note_removed_orders()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into removed_rows (kind, message_id, xid, source, attempt, price, product)
  select 'order', message_id, xid, system, attempt, price, product_key(product) from removed;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.note_truncated_letters()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from counted_dead_letters;
  delete from dead_letter_totals;
  delete from cause_totals;
  delete from removed_rows where kind = 'letter';
  update count_position set version = version + 1;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.note_truncated_orders()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from order_totals;
  delete from product_sales;
  delete from products;
  delete from removed_rows where kind = 'order';
  update count_position set version = version + 1, products = 0;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.product_key(product text)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (encode(SUBSTRING(sha256(convert_to(product, 'UTF8'::name)) FROM 1 FOR 16), 'hex'::text))::uuid;

CREATE OR REPLACE FUNCTION public.product_of(body bytea)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.product_query(words text)
 RETURNS tsquery
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((SELECT string_agg((quote_literal(word.word) || ':*'::text), ' & '::text) AS string_agg FROM unnest(product_words(product_query.words)) word(word)))::tsquery;

CREATE OR REPLACE FUNCTION public.product_words(product text)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN array_remove(regexp_split_to_array(lower("left"(product, 256)), '[^[:alnum:]]+'::text), ''::text);

CREATE OR REPLACE FUNCTION public.stamp_xid()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.xid := pg_current_xact_id();
  return new;
end
$function$;

CREATE TABLE audit (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL,
  action text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'::jsonb,
  CONSTRAINT audit_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_by_time ON public.audit USING btree (at, id);
CREATE INDEX audit_refusals ON public.audit USING btree (at) WHERE (action = ANY (ARRAY['refused'::text, 'login_refused'::text]));

CREATE TABLE cause_totals (
  cause_key uuid NOT NULL,
  state text NOT NULL,
  source text NOT NULL,
  reason text NOT NULL,
  letters bigint NOT NULL,
  CONSTRAINT cause_totals_pkey PRIMARY KEY (cause_key, state, source)
) WITH (fillfactor=50);
CREATE INDEX cause_totals_by_letters ON public.cause_totals USING btree (state, letters DESC) WHERE (letters > 0);

CREATE TABLE count_position (
  single boolean NOT NULL DEFAULT true,
  system_identifier bigint NOT NULL,
  version bigint NOT NULL DEFAULT 0,
  complete boolean NOT NULL DEFAULT false,
  products bigint NOT NULL DEFAULT 0,
  orders_xid xid8 NOT NULL DEFAULT '0'::xid8,
  orders_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'::uuid,
  letters_xid xid8 NOT NULL DEFAULT '0'::xid8,
  letters_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'::uuid,
  CONSTRAINT count_position_pkey PRIMARY KEY (single),
  CONSTRAINT count_position_single_check CHECK (single)
);

CREATE TABLE counted_dead_letters (
  message_id uuid NOT NULL,
  source text NOT NULL,
  reason text NOT NULL,
  state text NOT NULL,
  cause_key uuid NOT NULL,
  CONSTRAINT counted_dead_letters_pkey PRIMARY KEY (message_id)
) WITH (fillfactor=90);

CREATE TABLE dead_letter_sweep (
  single boolean NOT NULL DEFAULT true,
  wanted integer NOT NULL DEFAULT 0,
  served integer NOT NULL DEFAULT 0,
  began_at timestamp with time zone,
  ended_at timestamp with time zone,
  looked_at integer NOT NULL DEFAULT 0,
  stale integer NOT NULL DEFAULT 0,
  kept integer NOT NULL DEFAULT 0,
  unknown integer NOT NULL DEFAULT 0,
  published integer NOT NULL DEFAULT 0,
  CONSTRAINT dead_letter_sweep_pkey PRIMARY KEY (single),
  CONSTRAINT dead_letter_sweep_single_check CHECK (single)
);

CREATE TABLE dead_letter_totals (
  source text NOT NULL,
  reason text NOT NULL,
  state text NOT NULL,
  letters bigint NOT NULL,
  CONSTRAINT dead_letter_totals_pkey PRIMARY KEY (source, reason, state)
) WITH (fillfactor=50);

CREATE TABLE dead_letters (
  message_id uuid NOT NULL,
  cycle integer NOT NULL,
  attempt integer NOT NULL,
  source text NOT NULL,
  type text NOT NULL,
  reason text NOT NULL,
  error_kind text NOT NULL,
  error_message text NOT NULL,
  state text NOT NULL DEFAULT 'dead'::text,
  first_seen_at timestamp with time zone NOT NULL,
  died_at timestamp with time zone NOT NULL,
  headers jsonb NOT NULL,
  body bytea NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  cause text NOT NULL,
  cause_key uuid NOT NULL,
  product text,
  product_terms tsvector NOT NULL,
  redriven_at timestamp with time zone,
  restored_cycles integer[] NOT NULL DEFAULT '{}'::integer[],
  CONSTRAINT dead_letters_pkey PRIMARY KEY (message_id),
  CONSTRAINT dead_letters_attempt_check CHECK ((attempt >= 0)),
  CONSTRAINT dead_letters_cycle_check CHECK ((cycle >= 0)),
  CONSTRAINT dead_letters_reason_check CHECK ((reason = ANY (ARRAY['attempts_exhausted'::text, 'invalid_message'::text, 'refused_by_endput'::text, 'consumer_crashed'::text]))),
  CONSTRAINT dead_letters_state_check CHECK ((state = ANY (ARRAY['dead'::text, 'redriving'::text, 'discarded'::text, 'resolved'::text])))
);
CREATE INDEX dead_letters_by_cause ON public.dead_letters USING btree (cause_key, state, source, died_at, message_id);
CREATE INDEX dead_letters_by_product ON public.dead_letters USING gin (product_terms);
CREATE INDEX dead_letters_by_state ON public.dead_letters USING btree (state, died_at, message_id);
CREATE INDEX dead_letters_in_commit_order ON public.dead_letters USING btree (xid, message_id);
CREATE TRIGGER dead_letters_describe_changed BEFORE UPDATE OF reason, error_kind, error_message, body, cause, cause_key, product, product_terms ON public.dead_letters FOR EACH ROW EXECUTE FUNCTION describe_dead_letter();
CREATE TRIGGER dead_letters_describe_new BEFORE INSERT ON public.dead_letters FOR EACH ROW EXECUTE FUNCTION describe_dead_letter();
CREATE TRIGGER dead_letters_removed AFTER DELETE ON public.dead_letters REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION note_removed_letters();
CREATE TRIGGER dead_letters_stamp_xid BEFORE INSERT OR UPDATE ON public.dead_letters FOR EACH ROW WHEN ((new.xid IS DISTINCT FROM pg_current_xact_id())) EXECUTE FUNCTION stamp_xid();
CREATE TRIGGER dead_letters_truncated AFTER TRUNCATE ON public.dead_letters FOR EACH STATEMENT EXECUTE FUNCTION note_truncated_letters();

CREATE TABLE desk_operation_messages (
  operation uuid NOT NULL,
  seq integer NOT NULL,
  message_id uuid NOT NULL,
  cycle integer NOT NULL,
  attempt integer NOT NULL,
  reason text NOT NULL,
  error_kind text NOT NULL,
  error_message text NOT NULL,
  body_before bytea,
  body_after bytea,
  state text NOT NULL DEFAULT 'waiting'::text,
  skipped_because text,
  acted_at timestamp with time zone,
  CONSTRAINT desk_operation_messages_pkey PRIMARY KEY (operation, seq),
  CONSTRAINT desk_operation_messages_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'marked'::text, 'stored'::text, 'dead_again'::text, 'skipped'::text])))
) WITH (fillfactor=80);
CREATE INDEX desk_messages_by_message ON public.desk_operation_messages USING btree (message_id);
CREATE INDEX desk_messages_dead_again ON public.desk_operation_messages USING btree (operation, seq) WHERE (state = 'dead_again'::text);
CREATE INDEX desk_messages_skipped ON public.desk_operation_messages USING btree (operation, seq) WHERE (state = 'skipped'::text);
CREATE INDEX desk_messages_stored ON public.desk_operation_messages USING btree (operation, (
CASE
    WHEN (state = 'stored'::text) THEN seq
    ELSE NULL::integer
END)) WHERE (
CASE
    WHEN (state = 'stored'::text) THEN seq
    ELSE NULL::integer
END IS NOT NULL);
CREATE INDEX desk_messages_unsettled ON public.desk_operation_messages USING btree (operation, (
CASE
    WHEN (state = ANY (ARRAY['waiting'::text, 'sent'::text])) THEN seq
    ELSE NULL::integer
END)) WHERE (
CASE
    WHEN (state = ANY (ARRAY['waiting'::text, 'sent'::text])) THEN seq
    ELSE NULL::integer
END IS NOT NULL);

CREATE TABLE desk_operation_steps (
  operation uuid NOT NULL,
  up_to integer NOT NULL,
  acted_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT desk_operation_steps_pkey PRIMARY KEY (operation, up_to)
);

CREATE TABLE desk_operations (
  id uuid NOT NULL,
  kind text NOT NULL,
  state text NOT NULL DEFAULT 'running'::text,
  state_reason text,
  actor text NOT NULL,
  comment text,
  filter jsonb,
  rate integer,
  max_dead_share double precision,
  canary_step integer,
  canary_sent integer NOT NULL DEFAULT 0,
  canary_dead integer NOT NULL DEFAULT 0,
  ordered_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamp with time zone,
  taken integer NOT NULL DEFAULT 0,
  confirmed integer NOT NULL DEFAULT 0,
  total integer NOT NULL,
  sent integer NOT NULL DEFAULT 0,
  stored integer NOT NULL DEFAULT 0,
  dead_again integer NOT NULL DEFAULT 0,
  skipped integer NOT NULL DEFAULT 0,
  active boolean NOT NULL DEFAULT ((state = 'running'::text) OR (confirmed < taken) OR ((kind = ANY (ARRAY['redrive'::text, 'edit'::text])) AND ((stored + dead_again) < sent))),
  CONSTRAINT desk_operations_pkey PRIMARY KEY (id),
  CONSTRAINT desk_operations_kind_check CHECK ((kind = ANY (ARRAY['redrive'::text, 'discard'::text, 'restore'::text, 'edit'::text]))),
  CONSTRAINT desk_operations_max_dead_share_check CHECK (((max_dead_share >= (0)::double precision) AND (max_dead_share <= (1)::double precision))),
  CONSTRAINT desk_operations_rate_check CHECK ((rate > 0)),
  CONSTRAINT desk_operations_state_check CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'stopped'::text, 'cancelled'::text, 'done'::text])))
);
CREATE INDEX desk_operations_active ON public.desk_operations USING btree (ordered_at) WHERE active;
CREATE INDEX desk_operations_by_time ON public.desk_operations USING btree (ordered_at, id);

CREATE TABLE order_totals (
  source text NOT NULL,
  attempt integer NOT NULL,
  orders bigint NOT NULL,
  revenue numeric NOT NULL,
  CONSTRAINT order_totals_pkey PRIMARY KEY (source, attempt)
) WITH (fillfactor=50);

CREATE TABLE orders (
  message_id uuid NOT NULL,
  cycle integer NOT NULL,
  attempt integer NOT NULL,
  system text NOT NULL,
  database_resource text NOT NULL,
  schema_resource text NOT NULL,
  table_resource text NOT NULL,
  source_id bigint NOT NULL,
  product text NOT NULL,
  price numeric(14,2) NOT NULL,
  security_check boolean NOT NULL,
  created_at timestamp with time zone NOT NULL,
  stored_at timestamp with time zone NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT orders_pkey PRIMARY KEY (message_id),
  CONSTRAINT orders_attempt_check CHECK ((attempt >= 1)),
  CONSTRAINT orders_cycle_check CHECK ((cycle >= 0)),
  CONSTRAINT orders_price_check CHECK ((price > (0)::numeric)),
  CONSTRAINT orders_product_check CHECK ((product <> ''::text))
);
CREATE INDEX orders_by_source_id ON public.orders USING btree (source_id);
CREATE INDEX orders_in_commit_order ON public.orders USING btree (xid, message_id);
CREATE TRIGGER orders_removed AFTER DELETE ON public.orders REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION note_removed_orders();
CREATE TRIGGER orders_stamp_xid BEFORE INSERT ON public.orders FOR EACH ROW WHEN ((new.xid IS DISTINCT FROM pg_current_xact_id())) EXECUTE FUNCTION stamp_xid();
CREATE TRIGGER orders_truncated AFTER TRUNCATE ON public.orders FOR EACH STATEMENT EXECUTE FUNCTION note_truncated_orders();

CREATE TABLE product_sales (
  key uuid NOT NULL,
  orders bigint NOT NULL,
  revenue numeric NOT NULL,
  last_price numeric NOT NULL,
  last_stored_at timestamp with time zone NOT NULL,
  last_orders uuid[] NOT NULL,
  CONSTRAINT product_sales_pkey PRIMARY KEY (key)
) WITH (fillfactor=70);
CREATE INDEX product_sales_by_orders ON public.product_sales USING btree (orders, key);

CREATE TABLE products (
  key uuid NOT NULL,
  product text NOT NULL,
  CONSTRAINT products_pkey PRIMARY KEY (key)
);
CREATE INDEX products_by_name ON public.products USING btree (lower("left"(product, 256)) text_pattern_ops);
CREATE INDEX products_by_words ON public.products USING gin (array_to_tsvector(product_words(product)));

CREATE TABLE removed_rows (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL,
  message_id uuid NOT NULL,
  xid xid8,
  source text,
  attempt integer,
  price numeric,
  product uuid,
  CONSTRAINT removed_rows_pkey PRIMARY KEY (id),
  CONSTRAINT removed_rows_kind_check CHECK ((kind = ANY (ARRAY['order'::text, 'letter'::text])))
);

CREATE TABLE retries (
  message_id uuid NOT NULL,
  cycle integer NOT NULL,
  attempt integer NOT NULL,
  due_at timestamp with time zone NOT NULL,
  source text NOT NULL,
  type text NOT NULL,
  error_kind text NOT NULL,
  error_message text NOT NULL,
  first_failed_at timestamp with time zone NOT NULL,
  failed_at timestamp with time zone NOT NULL,
  swept_at timestamp with time zone,
  headers jsonb NOT NULL,
  body bytea NOT NULL,
  held_deliveries integer,
  CONSTRAINT retries_pkey PRIMARY KEY (message_id),
  CONSTRAINT retries_attempt_check CHECK ((attempt >= 1)),
  CONSTRAINT retries_cycle_check CHECK ((cycle >= 0)),
  CONSTRAINT retries_held_deliveries_check CHECK ((held_deliveries >= 0))
);
CREATE INDEX retries_due ON public.retries USING btree (due_at);

CREATE TABLE sessions (
  id uuid NOT NULL,
  user_name text NOT NULL,
  issued_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  renewable_until timestamp with time zone NOT NULL,
  revoked_at timestamp with time zone,
  CONSTRAINT sessions_pkey PRIMARY KEY (id),
  CONSTRAINT sessions_user_name_fkey FOREIGN KEY (user_name) REFERENCES users(name) ON DELETE CASCADE
);
CREATE INDEX sessions_by_end ON public.sessions USING btree (expires_at);
CREATE INDEX sessions_of_user ON public.sessions USING btree (user_name);

CREATE TABLE suspects (
  message_id uuid NOT NULL,
  cycle integer NOT NULL,
  deaths integer NOT NULL,
  raise_token uuid NOT NULL,
  CONSTRAINT suspects_pkey PRIMARY KEY (message_id, cycle),
  CONSTRAINT suspects_deaths_check CHECK ((deaths >= 1))
);

CREATE TABLE users (
  name text NOT NULL,
  password_hash text NOT NULL,
  role text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  disabled_at timestamp with time zone,
  CONSTRAINT users_pkey PRIMARY KEY (name),
  CONSTRAINT users_name_check CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$'::text)),
  CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text])))
);
