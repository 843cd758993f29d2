-- How many messages were to be read again when it was last said who is whose, so that pages can tell how much of it is done.
-- +goose Up

ALTER TABLE engagement ADD COLUMN reread BIGINT NOT NULL DEFAULT 0;
