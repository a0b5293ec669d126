-- The erasable side tables: the only place where a caller's number, name, notes and transcript texts may stand.

-- +goose Up
CREATE TABLE parties (
  party   TEXT PRIMARY KEY,
  number  TEXT NOT NULL,
  name    TEXT NOT NULL,
  seen_at BIGINT NOT NULL
);
CREATE INDEX parties_number ON parties (number);

CREATE TABLE notes (
  id          TEXT PRIMARY KEY,
  party       TEXT NOT NULL,
  interaction TEXT NOT NULL,
  at          BIGINT NOT NULL,
  author      TEXT NOT NULL,
  body        TEXT NOT NULL
);
CREATE INDEX notes_party ON notes (party);
CREATE INDEX notes_interaction ON notes (interaction);

CREATE TABLE transcript_texts (
  interaction TEXT NOT NULL,
  turn        BIGINT NOT NULL,
  party       TEXT NOT NULL,
  body        TEXT NOT NULL,
  PRIMARY KEY (interaction, turn)
);
CREATE INDEX transcript_texts_party ON transcript_texts (party);

CREATE TABLE legal_holds (
  id          TEXT PRIMARY KEY,
  party       TEXT NOT NULL,
  reason      TEXT NOT NULL,
  placed_by   TEXT NOT NULL,
  placed_at   BIGINT NOT NULL,
  released_by TEXT NOT NULL,
  released_at BIGINT NOT NULL
);
CREATE INDEX legal_holds_party ON legal_holds (party);

-- What was erased stays erased: a later import of an older record must not bring the number back.
CREATE TABLE erased_parties (
  party     TEXT PRIMARY KEY,
  erased_at BIGINT NOT NULL
);

-- One row: proof of the pseudonym key this database was written with, so that a lost or foreign key is noticed before it splits callers in two.
CREATE TABLE vault (
  id        BIGINT PRIMARY KEY,
  key_check TEXT NOT NULL
);
