-- Up Migration
-- Who may change something at the desk. A password is kept only as its hash, with the parameters with which it was made.
create table users (
  name          text primary key check (name ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$'),
  password_hash text not null,
  role          text not null check (role in ('viewer', 'operator')),
  created_at    timestamptz not null default clock_timestamp(),
  -- Since when the user may no longer log in; null for one who may.
  disabled_at   timestamptz
);

-- A login, until its logout. The tokens of a login carry its id, so that a token can be refused before it expires.
create table sessions (
  id              uuid primary key,
  user_name       text not null references users (name) on delete cascade,
  issued_at       timestamptz not null,
  -- When the newest token of it ends.
  expires_at      timestamptz not null,
  -- Until when it can be given further tokens; after that the password is asked for again.
  renewable_until timestamptz not null,
  -- By a logout, another password, or because the user was disabled.
  revoked_at      timestamptz
);
create index sessions_of_user on sessions (user_name);
-- To delete those of which every token has ended.
create index sessions_by_end on sessions (expires_at);

-- Refusals can be caused by anybody, so they alone are deleted after a while.
create index audit_refusals on audit (at) where action in ('refused', 'login_refused');
