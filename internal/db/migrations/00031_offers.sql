-- Hours that are offered to take on or to give up with the claims on them, what agents wish for, and requests for
-- a part of a day.

-- +goose Up
CREATE TABLE planning_offers (
  id          TEXT PRIMARY KEY,
  version     BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  schedule_id TEXT NOT NULL REFERENCES schedules (id),
  kind        TEXT NOT NULL,
  start_at    BIGINT NOT NULL,
  minutes     BIGINT NOT NULL,
  skill       TEXT NOT NULL,
  places      BIGINT NOT NULL,
  rule        TEXT NOT NULL,
  closes_at   BIGINT NOT NULL,
  note        TEXT NOT NULL,
  state       TEXT NOT NULL
);
CREATE INDEX planning_offers_by_state ON planning_offers (state, closes_at);

CREATE TABLE planning_claims (
  offer_id   TEXT NOT NULL REFERENCES planning_offers (id),
  agent_id   TEXT NOT NULL REFERENCES agents (id),
  at         BIGINT NOT NULL,
  state      TEXT NOT NULL,
  reason     TEXT NOT NULL,
  PRIMARY KEY (offer_id, agent_id)
);

CREATE TABLE planning_wishes (
  agent_id   TEXT PRIMARY KEY REFERENCES agents (id),
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  body       TEXT NOT NULL
);

ALTER TABLE planning_requests ADD COLUMN from_time TEXT NOT NULL DEFAULT '';
ALTER TABLE planning_requests ADD COLUMN to_time TEXT NOT NULL DEFAULT '';
