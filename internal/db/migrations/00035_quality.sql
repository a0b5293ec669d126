-- Scorecards and the reviews made with them. A review keeps the card as it was. Turns are named by number: no words stand here.

-- +goose Up
CREATE TABLE scorecards (
  id         TEXT PRIMARY KEY,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  retired_at BIGINT NOT NULL,
  name       TEXT NOT NULL,
  body       TEXT NOT NULL
);

CREATE TABLE reviews (
  id          TEXT PRIMARY KEY,
  version     BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  card_id     TEXT NOT NULL REFERENCES scorecards (id),
  interaction TEXT NOT NULL,
  agent_id    TEXT NOT NULL,
  queue_id    TEXT NOT NULL,
  by_user     TEXT NOT NULL,
  state       TEXT NOT NULL,
  score       DOUBLE PRECISION NOT NULL,
  auto_fail   BIGINT NOT NULL,
  calibration TEXT NOT NULL,
  body        TEXT NOT NULL
);
CREATE INDEX reviews_by_call ON reviews (interaction, created_at);
CREATE INDEX reviews_by_agent ON reviews (agent_id, created_at);
