-- What the decisions in a workspace change about the model: its versions, and which of them is used.
-- +goose Up

CREATE TABLE learning (
    space   TEXT    NOT NULL PRIMARY KEY REFERENCES workspace (id),
    enabled BOOLEAN NOT NULL, -- new decisions make new versions, and the newest is used
    used    BIGINT  NOT NULL, -- version of the adaptation that findings are made with, 0 for the shipped model
    asked   BOOLEAN NOT NULL  -- work that will learn from the newest decisions is queued
);

CREATE TABLE adaptation (
    space       TEXT   NOT NULL REFERENCES workspace (id),
    version     BIGINT NOT NULL CHECK (version > 0),
    through     BIGINT NOT NULL, -- the event after whose decisions it was made
    base        TEXT   NOT NULL, -- fingerprint of the model it is for
    data        TEXT   NOT NULL, -- fingerprint of the decisions
    accepted    BIGINT NOT NULL,
    corrected   BIGINT NOT NULL,
    dismissed   BIGINT NOT NULL,
    comparisons JSONB  NOT NULL, -- by head: before and after, on decisions it has not seen
    body        BYTEA  NOT NULL,
    created     BIGINT NOT NULL,
    PRIMARY KEY (space, version)
);
