-- What a queue, a trunk and a number may be told beyond the first set: see internal/db/phone.

-- +goose Up
ALTER TABLE queue_routing ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE trunks ADD COLUMN register BIGINT NOT NULL DEFAULT 0;
ALTER TABLE trunks ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
ALTER TABLE numbers ADD COLUMN language TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE numbers DROP COLUMN language;
ALTER TABLE trunks DROP COLUMN limits;
ALTER TABLE trunks DROP COLUMN register;
ALTER TABLE queue_routing DROP COLUMN options;
