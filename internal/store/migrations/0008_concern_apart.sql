-- Two concerns that somebody said do not give the same reason are not put forward as one again.
-- +goose Up

CREATE TABLE concern_apart (
    space   TEXT   NOT NULL,
    a       TEXT   NOT NULL, -- the lower id
    b       TEXT   NOT NULL,
    member  TEXT   NOT NULL, -- who said so
    created BIGINT NOT NULL,
    PRIMARY KEY (space, a, b),
    FOREIGN KEY (space, a) REFERENCES concern (space, id),
    FOREIGN KEY (space, b) REFERENCES concern (space, id),
    CHECK (a < b)
);
