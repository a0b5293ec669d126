-- Set-up: what an administrator arranges. One dialect for SQLite and PostgreSQL: TEXT ids, BIGINT µs, BIGINT 0/1 flags, JSON as TEXT.
-- Every set-up row carries version (for If-Match), created_at, updated_at and retired_at (0 = in use): rows are retired, never deleted,
-- so that history keeps its names.

-- +goose Up
CREATE TABLE counters (
  name  TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('audit', 0), ('outbox', 0);

CREATE TABLE sites (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  natural_name TEXT NOT NULL UNIQUE,
  name         TEXT NOT NULL,
  zone         TEXT NOT NULL,
  week_start   BIGINT NOT NULL,
  opening      TEXT NOT NULL,
  holidays     TEXT NOT NULL
);

CREATE TABLE queue_groups (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  name    TEXT NOT NULL UNIQUE,
  site_id TEXT REFERENCES sites (id)
);

CREATE TABLE streams (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  name    TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL
);

CREATE TABLE queues (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  natural_name TEXT NOT NULL,
  name         TEXT NOT NULL,
  site_id      TEXT NOT NULL REFERENCES sites (id),
  group_id     TEXT REFERENCES queue_groups (id),
  stream_id    TEXT REFERENCES streams (id),
  channel      TEXT NOT NULL,
  opening      TEXT NOT NULL,
  UNIQUE (site_id, natural_name)
);

CREATE TABLE teams (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  name    TEXT NOT NULL UNIQUE,
  site_id TEXT REFERENCES sites (id)
);

CREATE TABLE agents (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  natural_name TEXT NOT NULL UNIQUE,
  name         TEXT NOT NULL,
  extension    TEXT NOT NULL
);

CREATE TABLE skills (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE activities (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  name       TEXT NOT NULL UNIQUE,
  paid       BIGINT NOT NULL,
  states     TEXT NOT NULL,
  reasons    TEXT NOT NULL,
  shrinkage  TEXT NOT NULL,
  cost_share DOUBLE PRECISION NOT NULL
);

CREATE TABLE codes (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  queue_id TEXT REFERENCES queues (id),
  code     TEXT NOT NULL,
  label    TEXT NOT NULL
);
CREATE UNIQUE INDEX codes_natural ON codes (COALESCE(queue_id, ''), code);

CREATE TABLE users (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  login    TEXT NOT NULL UNIQUE,
  name     TEXT NOT NULL,
  agent_id TEXT REFERENCES agents (id),
  locale   TEXT NOT NULL,
  theme    TEXT NOT NULL
);

CREATE TABLE grants (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  user_id  TEXT NOT NULL REFERENCES users (id),
  role     TEXT NOT NULL,
  scope    TEXT NOT NULL,
  scope_id TEXT NOT NULL
);
CREATE INDEX grants_user ON grants (user_id);

CREATE TABLE settings (
  key        TEXT PRIMARY KEY,
  value      TEXT NOT NULL,
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- The default activities. Shrinkage classes: none (on the phone), in_office (paid, at work, not available), out_of_office (planned absence), unplanned.
INSERT INTO activities (id, version, created_at, updated_at, name, paid, states, reasons, shrinkage, cost_share) VALUES
  ('act_work',      1, 0, 0, 'available work', 1, '["available","reserved","talking","hold","wrap_up"]', '[]', 'none', 1),
  ('act_break',     1, 0, 0, 'break',          1, '["break"]',    '[]', 'in_office', 1),
  ('act_meal',      1, 0, 0, 'meal',           0, '["meal"]',     '[]', 'none', 0),
  ('act_meeting',   1, 0, 0, 'meeting',        1, '["meeting"]',  '[]', 'in_office', 1),
  ('act_training',  1, 0, 0, 'training',       1, '["training"]', '[]', 'in_office', 1),
  ('act_coaching',  1, 0, 0, 'coaching',       1, '["training","meeting"]', '["coaching"]', 'in_office', 1),
  ('act_back',      1, 0, 0, 'back office',    1, '["other"]',    '["back_office"]', 'in_office', 1),
  ('act_leave',     1, 0, 0, 'leave',          1, '["offline"]',  '[]', 'out_of_office', 1),
  ('act_unpaid',    1, 0, 0, 'unpaid leave',   0, '["offline"]',  '[]', 'out_of_office', 0),
  ('act_sick',      1, 0, 0, 'sick',           1, '["offline"]',  '[]', 'unplanned', 1),
  ('act_off',       1, 0, 0, 'off',            0, '["offline"]',  '[]', 'none', 0);
