-- An import is read to its end with the version of the workspace's model that it began with, however often it is interrupted.
-- +goose Up

ALTER TABLE import ADD COLUMN model BIGINT NOT NULL DEFAULT 0; -- version of the adaptation, 0 for the shipped model
UPDATE import SET model = COALESCE((SELECT l.used FROM learning l WHERE l.space = import.space), 0) WHERE state IN ('queued', 'running');
