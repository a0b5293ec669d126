-- Effective-dated rows: each holds from valid_from (µs, 0 = since ever) until the next row of the same key begins, so ranges can
-- neither overlap nor leave a hole. What ends is said by a row too: level 0, stream_id NULL, team_id NULL.

-- +goose Up
CREATE TABLE agent_terms (
  agent_id   TEXT NOT NULL REFERENCES agents (id),
  valid_from BIGINT NOT NULL,
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  team_id        TEXT REFERENCES teams (id),
  contract       TEXT NOT NULL,
  weekly_minutes BIGINT NOT NULL,
  wage_cents     BIGINT NOT NULL,
  PRIMARY KEY (agent_id, valid_from)
);

CREATE TABLE agent_skills (
  agent_id   TEXT NOT NULL REFERENCES agents (id),
  skill_id   TEXT NOT NULL REFERENCES skills (id),
  valid_from BIGINT NOT NULL,
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  level      BIGINT NOT NULL,
  PRIMARY KEY (agent_id, skill_id, valid_from)
);

CREATE TABLE queue_targets (
  queue_id   TEXT NOT NULL REFERENCES queues (id),
  valid_from BIGINT NOT NULL,
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  share     DOUBLE PRECISION NOT NULL,
  within_us BIGINT NOT NULL,
  short_us  BIGINT NOT NULL,
  overrides TEXT NOT NULL,
  PRIMARY KEY (queue_id, valid_from)
);

CREATE TABLE stream_rules (
  queue_id   TEXT NOT NULL,
  number     TEXT NOT NULL,
  reason     TEXT NOT NULL,
  valid_from BIGINT NOT NULL,
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  stream_id  TEXT REFERENCES streams (id),
  PRIMARY KEY (queue_id, number, reason, valid_from)
);
