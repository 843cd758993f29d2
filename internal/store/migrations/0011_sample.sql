-- A sample case can be tried in a workspace and taken out again with all that is in it. What makes it different from an
-- engagement of the workspace's own, which is never removed, must not depend on its name.
-- +goose Up
ALTER TABLE engagement ADD COLUMN sample BOOLEAN NOT NULL DEFAULT FALSE;
