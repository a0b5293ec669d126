-- Schedules with their published versions, what agents ask for, calendar feeds and planning documents (contracts).
-- Problems and schedules are JSON as docs/formats/schedule.md has them.

-- +goose Up
CREATE TABLE schedules (
  id         TEXT PRIMARY KEY,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  name       TEXT NOT NULL,
  from_date  TEXT NOT NULL,
  days       BIGINT NOT NULL,
  problem    TEXT NOT NULL,
  draft      TEXT NOT NULL,
  published  BIGINT NOT NULL
);

CREATE TABLE schedule_versions (
  schedule_id TEXT NOT NULL REFERENCES schedules (id),
  number      BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  by_user     TEXT NOT NULL,
  note        TEXT NOT NULL,
  cost        DOUBLE PRECISION NOT NULL,
  body        TEXT NOT NULL,
  PRIMARY KEY (schedule_id, number)
);

CREATE TABLE schedule_log (
  id          TEXT PRIMARY KEY,
  schedule_id TEXT NOT NULL REFERENCES schedules (id),
  at          BIGINT NOT NULL,
  by_user     TEXT NOT NULL,
  what        TEXT NOT NULL,
  detail      TEXT NOT NULL
);
CREATE INDEX schedule_log_by_time ON schedule_log (schedule_id, at);

CREATE TABLE planning_requests (
  id          TEXT PRIMARY KEY,
  version     BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  agent_id    TEXT NOT NULL REFERENCES agents (id),
  kind        TEXT NOT NULL,
  from_date   TEXT NOT NULL,
  to_date     TEXT NOT NULL,
  partner_id  TEXT NOT NULL,
  partner_date TEXT NOT NULL,
  note        TEXT NOT NULL,
  state       TEXT NOT NULL,
  reason      TEXT NOT NULL,
  decided_by  TEXT NOT NULL
);
CREATE INDEX planning_requests_by_agent ON planning_requests (agent_id, from_date);

CREATE TABLE planning_feeds (
  agent_id    TEXT PRIMARY KEY REFERENCES agents (id),
  secret_hash TEXT NOT NULL UNIQUE,
  created_at  BIGINT NOT NULL
);

CREATE TABLE planning_documents (
  name       TEXT PRIMARY KEY,
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  body       TEXT NOT NULL
);
