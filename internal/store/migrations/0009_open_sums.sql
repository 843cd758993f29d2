-- The overview counts open findings by driver. The sums are kept by import, so that writers seldom meet in one row.
-- +goose Up

CREATE TABLE finding_open (
    space      TEXT   NOT NULL,
    engagement TEXT   NOT NULL,
    import     TEXT   NOT NULL, -- of their messages
    driver     TEXT   NOT NULL,
    n          BIGINT NOT NULL,
    PRIMARY KEY (space, engagement, import, driver),
    FOREIGN KEY (space, import) REFERENCES import (space, id)
);
INSERT INTO finding_open (space, engagement, import, driver, n)
    SELECT f.space, f.engagement, m.import, f.driver, COUNT(*) FROM finding f JOIN message m ON m.space = f.space AND m.id = f.message
    WHERE f.state = 'open' GROUP BY f.space, f.engagement, m.import, f.driver;
