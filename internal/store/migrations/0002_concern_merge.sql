-- Concerns that say the same become one. What each of them was is kept in the row of the merge, so that they can be
-- split again; the row goes when they are.
-- +goose Up

ALTER TABLE concern ADD COLUMN merged TEXT REFERENCES concern (id); -- the concern that it became part of
CREATE INDEX concern_merged ON concern (merged) WHERE merged IS NOT NULL;

CREATE TABLE concern_merge (
    space   TEXT   NOT NULL,
    id      TEXT   NOT NULL UNIQUE,
    concern TEXT   NOT NULL, -- that the others became part of
    member  TEXT   NOT NULL, -- who said so
    created BIGINT NOT NULL,
    after   BIGINT NOT NULL, -- the version that the concern had then
    before  JSONB  NOT NULL, -- the concern as it was, and the others with their quotes
    PRIMARY KEY (space, id),
    FOREIGN KEY (space, concern) REFERENCES concern (space, id)
);
CREATE INDEX concern_merge_concern ON concern_merge (space, concern, id);
