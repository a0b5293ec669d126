-- What planners arrange for forecasts (events, overrides, rules of staffing) and what is published: choices of methods,
-- runs, forecasts with their content-addressed inputs. Bodies are JSON; inputs are gzip in base64.

-- +goose Up
CREATE TABLE forecast_events (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  site_id  TEXT REFERENCES sites (id),
  date     TEXT NOT NULL,
  name     TEXT NOT NULL,
  kind     TEXT NOT NULL,
  like_day BIGINT NOT NULL,
  note     TEXT NOT NULL
);

CREATE TABLE forecast_overrides (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  queue_id TEXT NOT NULL REFERENCES queues (id),
  date     TEXT NOT NULL,
  from_at  TEXT NOT NULL,
  to_at    TEXT NOT NULL,
  measure  TEXT NOT NULL,
  mode     TEXT NOT NULL,
  amount   DOUBLE PRECISION NOT NULL,
  why      TEXT NOT NULL,
  by_user  TEXT NOT NULL
);
CREATE INDEX forecast_overrides_by_day ON forecast_overrides (queue_id, date);

CREATE TABLE staffing_rules (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, retired_at BIGINT NOT NULL DEFAULT 0,
  queue_id      TEXT NOT NULL UNIQUE REFERENCES queues (id),
  model         TEXT NOT NULL,
  patience_s    DOUBLE PRECISION NOT NULL,
  shrinkage     DOUBLE PRECISION NOT NULL,
  max_occupancy DOUBLE PRECISION NOT NULL,
  rounding      TEXT NOT NULL,
  country       TEXT NOT NULL
);

CREATE TABLE forecast_choices (
  queue_id TEXT PRIMARY KEY,
  made_at  BIGINT NOT NULL,
  origin   TEXT NOT NULL,
  body     TEXT NOT NULL
);

CREATE TABLE forecast_runs (
  id      TEXT PRIMARY KEY,
  made_at BIGINT NOT NULL,
  by_user TEXT NOT NULL,
  origin  TEXT NOT NULL,
  days    BIGINT NOT NULL,
  minutes BIGINT NOT NULL,
  queues  BIGINT NOT NULL,
  seconds DOUBLE PRECISION NOT NULL,
  build   TEXT NOT NULL
);
CREATE INDEX forecast_runs_by_time ON forecast_runs (made_at);

CREATE TABLE forecasts (
  run_id   TEXT NOT NULL REFERENCES forecast_runs (id),
  queue_id TEXT NOT NULL,
  inputs   TEXT NOT NULL,
  digest   TEXT NOT NULL,
  body     TEXT NOT NULL,
  PRIMARY KEY (run_id, queue_id)
);
CREATE INDEX forecasts_by_queue ON forecasts (queue_id);

CREATE TABLE forecast_inputs (
  hash    TEXT PRIMARY KEY,
  made_at BIGINT NOT NULL,
  body    TEXT NOT NULL
);
