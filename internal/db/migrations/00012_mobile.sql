-- An agent may take calls on a telephone outside, which is dialled instead of registering.

-- +goose Up
ALTER TABLE phones ADD COLUMN number TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE phones DROP COLUMN number;
