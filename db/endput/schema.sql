-- What the migrations beside this file add up to. Printed by npm run schema-dump, held by a test; not to be edited, and
-- not to be run: a process migrates its database when it starts.

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
  CONSTRAINT dead_letters_pkey PRIMARY KEY (message_id),
  CONSTRAINT dead_letters_attempt_check CHECK ((attempt >= 0)),
  CONSTRAINT dead_letters_cycle_check CHECK ((cycle >= 0)),
  CONSTRAINT dead_letters_reason_check CHECK ((reason = ANY (ARRAY['attempts_exhausted'::text, 'invalid_message'::text, 'refused_by_endput'::text, 'consumer_crashed'::text]))),
  CONSTRAINT dead_letters_state_check CHECK ((state = ANY (ARRAY['dead'::text, 'redriving'::text, 'discarded'::text, 'resolved'::text])))
);
CREATE INDEX dead_letters_died ON public.dead_letters USING btree (died_at);

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
  CONSTRAINT orders_pkey PRIMARY KEY (message_id),
  CONSTRAINT orders_attempt_check CHECK ((attempt >= 1)),
  CONSTRAINT orders_cycle_check CHECK ((cycle >= 0)),
  CONSTRAINT orders_price_check CHECK ((price > (0)::numeric)),
  CONSTRAINT orders_product_check CHECK ((product <> ''::text))
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

CREATE TABLE suspects (
  message_id uuid NOT NULL,
  cycle integer NOT NULL,
  deaths integer NOT NULL,
  raise_token uuid NOT NULL,
  CONSTRAINT suspects_pkey PRIMARY KEY (message_id, cycle),
  CONSTRAINT suspects_deaths_check CHECK ((deaths >= 1))
);
