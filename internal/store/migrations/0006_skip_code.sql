-- Why a part was skipped, as a code with what its sentence names, so that pages say it in the reader's language. What was
-- skipped before has none, and is told in the English sentence.
-- +goose Up

ALTER TABLE import_skip ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE import_skip ADD COLUMN args JSONB NOT NULL DEFAULT '[]';
