-- Bookkeeping: who may come in, who did what, what must still be published, what was imported.

-- +goose Up
CREATE TABLE credentials (
  user_id     TEXT PRIMARY KEY REFERENCES users (id),
  hash        TEXT NOT NULL,
  must_change BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL
);

CREATE TABLE sessions (
  hash       TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  csrf       TEXT NOT NULL,
  address    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE tokens (
  id         TEXT PRIMARY KEY,
  hash       TEXT NOT NULL UNIQUE,
  user_id    TEXT NOT NULL REFERENCES users (id),
  name       TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE audit (
  seq        BIGINT PRIMARY KEY,
  at         BIGINT NOT NULL,
  actor      TEXT NOT NULL,
  address    TEXT NOT NULL,
  request_id TEXT NOT NULL,
  action     TEXT NOT NULL,
  object     TEXT NOT NULL,
  object_id  TEXT NOT NULL,
  detail     TEXT NOT NULL,
  prev_hash  TEXT NOT NULL,
  hash       TEXT NOT NULL
);

CREATE TABLE config_outbox (
  seq   BIGINT PRIMARY KEY,
  at    BIGINT NOT NULL,
  tbl   TEXT NOT NULL,
  id    TEXT NOT NULL,
  row   TEXT NOT NULL
);

CREATE TABLE imports (
  id         TEXT PRIMARY KEY,
  file       TEXT NOT NULL,
  format     TEXT NOT NULL,
  state      TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  report     TEXT NOT NULL
);
CREATE INDEX imports_started ON imports (started_at);
