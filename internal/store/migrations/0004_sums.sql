-- What every page of an engagement counts is kept or indexed: counting 60,000 findings took longer than all else on a page.
-- +goose Up

ALTER TABLE conversation ADD COLUMN findings BIGINT NOT NULL DEFAULT 0; -- in its messages, in any state
UPDATE conversation SET findings = (SELECT COUNT(*) FROM finding WHERE finding.space = conversation.space AND finding.conversation = conversation.id);
CREATE INDEX conversation_sums ON conversation (space, engagement, messages, findings);
CREATE INDEX concern_state ON concern (space, engagement, merged, state, driver);

-- The newest quote of a concern stands at the end.
DROP INDEX finding_concern;
CREATE INDEX finding_concern ON finding (space, concern, conversation, at, seq, start_byte) WHERE concern IS NOT NULL;
