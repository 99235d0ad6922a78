-- What the migrations beside this file add up to. Printed by npm run schema-dump, held by a test; not to be edited, and
-- not to be run: a process migrates its database when it starts.

CREATE TABLE attempts (
  message_id uuid NOT NULL,
  cycle integer NOT NULL,
  attempt integer NOT NULL,
  processed_at timestamp with time zone NOT NULL,
  document json NOT NULL,
  CONSTRAINT attempts_pkey PRIMARY KEY (message_id, cycle, attempt)
) WITH (autovacuum_vacuum_scale_factor=0.05);
CREATE INDEX attempts_processed_at ON public.attempts USING brin (processed_at) WITH (autosummarize='on');
