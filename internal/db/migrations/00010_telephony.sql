-- What the switch needs to know: where inbound numbers lead, menus, phones, trunks, how queues are routed and who serves them.

-- +goose Up
CREATE TABLE flows (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  name TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL
);

CREATE TABLE numbers (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  number   TEXT NOT NULL UNIQUE,
  site_id  TEXT REFERENCES sites (id),
  flow_id  TEXT REFERENCES flows (id),
  queue_id TEXT REFERENCES queues (id)
);

CREATE TABLE phones (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  account    TEXT NOT NULL UNIQUE,
  agent_id   TEXT REFERENCES agents (id),
  ha1_md5    TEXT NOT NULL,
  ha1_sha256 TEXT NOT NULL
);

CREATE TABLE trunks (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  name        TEXT NOT NULL UNIQUE,
  addresses   TEXT NOT NULL,
  host        TEXT NOT NULL,
  from_number TEXT NOT NULL,
  login       TEXT NOT NULL,
  secret      TEXT NOT NULL
);

CREATE TABLE queue_routing (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  queue_id    TEXT NOT NULL UNIQUE REFERENCES queues (id),
  strategy    TEXT NOT NULL,
  weight      BIGINT NOT NULL,
  ring_s      DOUBLE PRECISION NOT NULL,
  wrap_up_s   DOUBLE PRECISION NOT NULL,
  max_waiting BIGINT NOT NULL,
  max_wait_s  DOUBLE PRECISION NOT NULL,
  entry       TEXT NOT NULL,
  announce_s  DOUBLE PRECISION NOT NULL,
  actions     TEXT NOT NULL,
  record      TEXT NOT NULL,
  keep_days   BIGINT NOT NULL
);

CREATE TABLE queue_members (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  queue_id TEXT NOT NULL REFERENCES queues (id),
  agent_id TEXT NOT NULL REFERENCES agents (id),
  tier     BIGINT NOT NULL,
  place    BIGINT NOT NULL,
  UNIQUE (queue_id, agent_id)
);

-- +goose Down
DROP TABLE queue_members;
DROP TABLE queue_routing;
DROP TABLE trunks;
DROP TABLE phones;
DROP TABLE numbers;
DROP TABLE flows;
