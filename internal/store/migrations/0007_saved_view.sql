-- Views of the concerns of an engagement that a member has given a name.
-- +goose Up

CREATE TABLE saved_view (
    space      TEXT   NOT NULL,
    id         TEXT   NOT NULL UNIQUE,
    engagement TEXT   NOT NULL,
    member     TEXT   NOT NULL, -- whose it is
    name       TEXT   NOT NULL CHECK (name <> ''),
    look       JSONB  NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (space, id),
    FOREIGN KEY (space, engagement) REFERENCES engagement (space, id),
    FOREIGN KEY (space, member) REFERENCES member (space, id)
);
CREATE INDEX saved_view_member ON saved_view (space, engagement, member, id);
