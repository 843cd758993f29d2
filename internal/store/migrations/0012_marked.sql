-- A person may say that a sentence resists which Parley did not hear: a finding with who marked it, and when.
-- +goose Up

ALTER TABLE finding ADD COLUMN marked_by TEXT NOT NULL DEFAULT ''; -- empty: the model found it
ALTER TABLE finding ADD COLUMN marked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE adaptation ADD COLUMN marked BIGINT NOT NULL DEFAULT 0; -- decisions it was made from that were marked by hand
