package store

import (
	"context"
	"fmt"
)

// A Check is what Tx.Check found.
type Check struct {
	Messages int64
	Findings int64
	Problems []string // sentences
}

// Check counts what is kept, and looks for what the tables themselves do not rule out: sums that are off,
// and findings out of place.
func (tx *Tx) Check(ctx context.Context, most int) (c Check, err error) {
	if err := tx.get(ctx, "count", &c.Messages, "SELECT COUNT(*) FROM message"); err != nil {
		return c, err
	}
	if err := tx.get(ctx, "count", &c.Findings, "SELECT COUNT(*) FROM finding"); err != nil {
		return c, err
	}
	checks := []struct{ query, problem string }{
		{`SELECT c.id FROM conversation c LEFT JOIN (SELECT space, conversation, COUNT(*) AS n FROM message GROUP BY space, conversation) m
			ON m.space = c.space AND m.conversation = c.id WHERE c.messages <> COALESCE(m.n, 0) ORDER BY c.id LIMIT $1`,
			"conversation %s does not have as many messages as it says"},
		{`SELECT c.id FROM conversation c LEFT JOIN (SELECT space, conversation, COUNT(*) AS n FROM finding GROUP BY space, conversation) f
			ON f.space = c.space AND f.conversation = c.id WHERE c.findings <> COALESCE(f.n, 0) ORDER BY c.id LIMIT $1`,
			"conversation %s does not have as many findings as it says"},
		{`SELECT COALESCE(f.import, o.import) AS id FROM finding_open o FULL JOIN (SELECT f.space, f.engagement, m.import, f.driver, COUNT(*) AS n FROM finding f
			JOIN message m ON m.space = f.space AND m.id = f.message WHERE f.state = 'open' GROUP BY f.space, f.engagement, m.import, f.driver) f
			ON o.space = f.space AND o.engagement = f.engagement AND o.import = f.import AND o.driver = f.driver
			WHERE COALESCE(o.n, 0) <> COALESCE(f.n, 0) ORDER BY 1 LIMIT $1`,
			"import %s does not have as many open findings as is said"},
		{`SELECT f.id FROM finding f JOIN message m ON m.space = f.space AND m.id = f.message
			WHERE m.conversation <> f.conversation OR m.engagement <> f.engagement OR m.at <> f.at OR m.seq <> f.seq ORDER BY f.id LIMIT $1`,
			"finding %s is not where its message is"},
		{`SELECT f.id FROM finding f JOIN message m ON m.space = f.space AND m.id = f.message
			WHERE f.start_byte < 0 OR f.start_byte >= f.end_byte OR f.end_byte > OCTET_LENGTH(m.text) ORDER BY f.id LIMIT $1`,
			"finding %s is not within its message"},
		{"SELECT f.id FROM finding f JOIN message m ON m.space = f.space AND m.id = f.message WHERE " + tx.withinLetter("m.text", "f.start_byte") +
			" OR " + tx.withinLetter("m.text", "f.end_byte") + " ORDER BY f.id LIMIT $1",
			"finding %s begins or ends within a letter"},
		{`SELECT f.id FROM finding f WHERE EXISTS (SELECT 1 FROM finding g WHERE g.space = f.space AND g.message = f.message AND g.id <> f.id
			AND g.start_byte < f.end_byte AND f.start_byte < g.end_byte) ORDER BY f.id LIMIT $1`,
			"finding %s and another are about the same words"},
		{`SELECT f.id FROM finding f JOIN concern c ON c.space = f.space AND c.id = f.concern
			WHERE c.engagement <> f.engagement OR f.state IN ('open', 'dismissed') ORDER BY f.id LIMIT $1`,
			"finding %s is a quote of a concern and should not be"},
		{`SELECT f.id FROM finding f LEFT JOIN member m ON m.space = f.space AND m.id = f.marked_by WHERE (f.marked_by <> '' OR f.marked_at <> 0)
			AND (f.state = 'open' OR f.marked_at = 0 OR m.id IS NULL) ORDER BY f.id LIMIT $1`,
			"finding %s was marked by nobody who is known, or at no time, or is open though it was marked"},
		{`SELECT c.id FROM concern c JOIN concern t ON t.id = c.merged WHERE t.space <> c.space OR t.engagement <> c.engagement OR t.id = c.id
			OR EXISTS (SELECT 1 FROM finding f WHERE f.space = c.space AND f.concern = c.id) ORDER BY c.id LIMIT $1`,
			"concern %s is part of another and should not be, or has quotes of its own"},
		{`SELECT i.id FROM import i JOIN (SELECT space, import, SUM(added) AS added FROM import_file GROUP BY space, import) f ON f.space = i.space AND f.import = i.id
			LEFT JOIN (SELECT space, import, COUNT(*) AS n FROM message GROUP BY space, import) m ON m.space = i.space AND m.import = i.id
			WHERE i.state <> 'undone' AND f.added <> COALESCE(m.n, 0) ORDER BY i.id LIMIT $1`,
			"import %s did not add as many messages as it says"},
		{`SELECT id FROM import WHERE state = 'done' AND EXISTS (SELECT 1 FROM import_file f WHERE f.space = import.space AND f.import = import.id AND NOT f.finished)
			ORDER BY id LIMIT $1`, "import %s ended before its files did"},
	}
	for _, check := range checks {
		var ids []string
		if err := tx.list(ctx, &ids, check.query, most); err != nil {
			return c, err
		}
		for _, id := range ids {
			c.Problems = append(c.Problems, fmt.Sprintf(check.problem, id))
		}
	}
	return c, nil
}

// withinLetter returns the condition that a text has a letter of more than one byte begin before the byte at an offset, and
// end after it or with it: the byte is 10xxxxxx. There is no SQL for this that both databases know.
func (tx *Tx) withinLetter(text, offset string) string {
	octet := "HEX(SUBSTR(CAST(" + text + " AS BLOB), " + offset + " + 1, 1))"
	if tx.postgres {
		octet = "UPPER(ENCODE(SUBSTRING(CONVERT_TO(" + text + ", 'UTF8') FROM CAST(" + offset + " AS INTEGER) + 1 FOR 1), 'hex'))"
	}
	return "SUBSTR(" + octet + ", 1, 1) IN ('8', '9', 'A', 'B')"
}
