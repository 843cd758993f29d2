package store

import (
	"context"

	"parley"
)

type engagementRow struct {
	Space      parley.WorkspaceID      `db:"space"`
	ID         parley.EngagementID     `db:"id"`
	Name       string                  `db:"name"`
	Client     string                  `db:"client"`
	Kind       parley.EngagementKind   `db:"kind"`
	Lang       parley.Lang             `db:"lang"`
	Starts     string                  `db:"starts"`
	Ends       string                  `db:"ends"`
	Sides      JSON[parley.Sides]      `db:"sides"`
	Sample     bool                    `db:"sample"`
	Restricted bool                    `db:"restricted"`
	Members    JSON[[]parley.MemberID] `db:"members"`
	Created    Time                    `db:"created"`
	Version    int                     `db:"version"`
}

const engagementColumns = "space, id, name, client, kind, lang, starts, ends, sides, sample, restricted, members, created, version"

func (r engagementRow) engagement() parley.Engagement {
	return parley.Engagement{
		ID: r.ID, Space: r.Space, Name: r.Name, Client: r.Client, Kind: r.Kind, Lang: r.Lang, Starts: r.Starts, Ends: r.Ends, Sides: r.Sides.V,
		Sample: r.Sample, Restricted: r.Restricted, Members: r.Members.V, Created: r.Created.Time, Version: r.Version,
	}
}

// CreateEngagement keeps a new engagement.
func (tx *Tx) CreateEngagement(ctx context.Context, e parley.Engagement) error {
	_, err := tx.exec(ctx, "INSERT INTO engagement ("+engagementColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)",
		e.Space, e.ID, e.Name, e.Client, e.Kind, e.Lang, e.Starts, e.Ends, JSON[parley.Sides]{e.Sides}, e.Sample, e.Restricted, JSON[[]parley.MemberID]{e.Members}, Time{e.Created})
	return err
}

// Engagement returns one engagement.
func (tx *Tx) Engagement(ctx context.Context, space parley.WorkspaceID, id parley.EngagementID) (parley.Engagement, error) {
	var row engagementRow
	err := tx.get(ctx, "engagement", &row, "SELECT "+engagementColumns+" FROM engagement WHERE space = $1 AND id = $2", space, id)
	return row.engagement(), err
}

// Engagements returns the engagements of a workspace, newest first, at most 1,000.
func (tx *Tx) Engagements(ctx context.Context, space parley.WorkspaceID) ([]parley.Engagement, error) {
	var rows []engagementRow
	if err := tx.list(ctx, &rows, "SELECT "+engagementColumns+" FROM engagement WHERE space = $1 ORDER BY id DESC LIMIT 1000", space); err != nil {
		return nil, err
	}
	list := make([]parley.Engagement, len(rows))
	for i, r := range rows {
		list[i] = r.engagement()
	}
	return list, nil
}

// UpdateEngagement saves e if the stored version is e's.
func (tx *Tx) UpdateEngagement(ctx context.Context, e parley.Engagement) (parley.Engagement, error) {
	err := tx.update(ctx, `UPDATE engagement SET name = $1, client = $2, kind = $3, lang = $4, starts = $5, ends = $6, sides = $7, restricted = $8, members = $9,
		version = version + 1 WHERE space = $10 AND id = $11 AND version = $12`,
		e.Name, e.Client, e.Kind, e.Lang, e.Starts, e.Ends, JSON[parley.Sides]{e.Sides}, e.Restricted, JSON[[]parley.MemberID]{e.Members}, e.Space, e.ID, e.Version)
	e.Version++
	return e, err
}

// DeleteEngagement removes an engagement and all that is in it, but for its history.
func (tx *Tx) DeleteEngagement(ctx context.Context, space parley.WorkspaceID, id parley.EngagementID) error {
	const (
		concerns  = "SELECT id FROM concern WHERE space = $1 AND engagement = $2"
		ofImports = "space = $1 AND import IN (SELECT id FROM import WHERE space = $1 AND engagement = $2)"
	)
	if err := tx.forgetApart(ctx, space, concerns, id); err != nil {
		return err
	}
	for _, query := range []string{ // those first to which nothing refers
		"DELETE FROM finding WHERE space = $1 AND engagement = $2",
		"DELETE FROM finding_open WHERE space = $1 AND engagement = $2",
		"DELETE FROM concern_merge WHERE space = $1 AND concern IN (" + concerns + ")",
		"UPDATE concern SET merged = NULL WHERE space = $1 AND engagement = $2 AND merged IS NOT NULL",
		"DELETE FROM concern WHERE space = $1 AND engagement = $2",
		"DELETE FROM message WHERE space = $1 AND engagement = $2",
		"DELETE FROM conversation WHERE space = $1 AND engagement = $2",
		"DELETE FROM stakeholder WHERE space = $1 AND engagement = $2",
		"DELETE FROM saved_view WHERE space = $1 AND engagement = $2",
		"DELETE FROM import_piece WHERE " + ofImports,
		"DELETE FROM import_file WHERE " + ofImports,
		"DELETE FROM import_skip WHERE " + ofImports,
		"DELETE FROM import WHERE space = $1 AND engagement = $2",
		"DELETE FROM engagement WHERE space = $1 AND id = $2",
	} {
		if _, err := tx.exec(ctx, query, space, id); err != nil {
			return err
		}
	}
	return nil
}

// Sums are how much there is in an engagement, whatever its state.
type Sums struct {
	Engagement    parley.EngagementID `db:"engagement"`
	Conversations int                 `db:"conversations"`
	Messages      int                 `db:"messages"`
	Findings      int                 `db:"findings"`
}

// Sums sums up those engagements with these ids that have a conversation. Messages and findings are counted
// in the conversations' rows as they come: to count them all takes long.
func (tx *Tx) Sums(ctx context.Context, space parley.WorkspaceID, ids []parley.EngagementID) (list []Sums, err error) {
	err = tx.list(ctx, &list, `SELECT engagement, COUNT(*) AS conversations, CAST(SUM(messages) AS BIGINT) AS messages, CAST(SUM(findings) AS BIGINT) AS findings
		FROM conversation WHERE space = $1 AND engagement `+tx.in(2)+" GROUP BY engagement ORDER BY engagement", space, listOf(ids))
	return list, err
}

// A Count is how many of something there are in an engagement, by state where it has one.
type Count struct {
	Engagement parley.EngagementID `db:"engagement"`
	State      string              `db:"state"`
	N          int                 `db:"n"`
}

// Countable is what an engagement has some of.
type Countable string

// What can be counted.
const (
	CountStakeholders Countable = "'' AS state, COUNT(*) AS n FROM stakeholder WHERE"
	CountDecided      Countable = "state, COUNT(*) AS n FROM finding WHERE state IN ('accepted', 'corrected', 'dismissed') AND" // findings that are not open
	CountConcerns     Countable = "state, COUNT(*) AS n FROM concern WHERE merged IS NULL AND"                                  // without those that are part of another
)

// Counts counts what the engagements with these ids have of one kind.
func (tx *Tx) Counts(ctx context.Context, space parley.WorkspaceID, ids []parley.EngagementID, what Countable) (list []Count, err error) {
	err = tx.list(ctx, &list, "SELECT engagement, "+string(what)+" space = $1 AND engagement "+tx.in(2)+" GROUP BY 1, 2 ORDER BY 1, 2", space, listOf(ids))
	return list, err
}

// A Reread is how many messages of an engagement are still to be read again, of how many.
type Reread struct {
	Engagement parley.EngagementID `db:"engagement" json:"-"`
	Left       int                 `db:"n" json:"left"`
	All        int                 `db:"reread" json:"all"`
}

// BeginReread remembers how many messages of an engagement are to be read again now.
func (tx *Tx) BeginReread(ctx context.Context, space parley.WorkspaceID, id parley.EngagementID) error {
	_, err := tx.exec(ctx, `UPDATE engagement SET reread = (SELECT COUNT(*) FROM message WHERE message.space = engagement.space AND message.engagement = engagement.id AND unread)
		WHERE space = $1 AND id = $2`, space, id)
	return err
}

// Rereads returns those of the engagements with these ids that have messages to be read again.
func (tx *Tx) Rereads(ctx context.Context, space parley.WorkspaceID, ids []parley.EngagementID) (list []Reread, err error) {
	// Grouped by the column itself, SQLite takes an index on it, and walks all messages instead of the unread ones.
	err = tx.list(ctx, &list, `SELECT e.id AS engagement, e.reread, m.n FROM
		(SELECT CAST(engagement AS TEXT) AS of, COUNT(*) AS n FROM message WHERE space = $1 AND unread GROUP BY CAST(engagement AS TEXT)) m
		JOIN engagement e ON e.space = $1 AND e.id = m.of WHERE e.id `+tx.in(2)+` ORDER BY e.id`, space, listOf(ids))
	return list, err
}

// LastImports returns when the newest import of each engagement with these ids began.
func (tx *Tx) LastImports(ctx context.Context, space parley.WorkspaceID, ids []parley.EngagementID) (map[parley.EngagementID]Time, error) {
	var rows []struct {
		Engagement parley.EngagementID `db:"engagement"`
		Last       Time                `db:"last"`
	}
	err := tx.list(ctx, &rows, "SELECT engagement, MAX(created) AS last FROM import WHERE space = $1 AND state <> 'receiving' AND engagement "+tx.in(2)+" GROUP BY engagement", space, listOf(ids))
	last := map[parley.EngagementID]Time{}
	for _, r := range rows {
		last[r.Engagement] = r.Last
	}
	return last, err
}

// DriverCounts returns how many concerns that are not settled, and open findings, have each driver.
func (tx *Tx) DriverCounts(ctx context.Context, space parley.WorkspaceID, id parley.EngagementID) (concerns, findings map[parley.Driver]int, err error) {
	count := func(query string) (map[parley.Driver]int, error) {
		var rows []struct {
			Driver parley.Driver `db:"driver"`
			N      int           `db:"n"`
		}
		err := tx.list(ctx, &rows, query, space, id)
		byDriver := map[parley.Driver]int{}
		for _, r := range rows {
			byDriver[r.Driver] = r.N
		}
		return byDriver, err
	}
	concerns, err = count("SELECT driver, COUNT(*) AS n FROM concern WHERE space = $1 AND engagement = $2 AND state <> 'settled' AND merged IS NULL GROUP BY driver")
	if err != nil {
		return nil, nil, err
	}
	findings, err = count("SELECT driver, CAST(SUM(n) AS BIGINT) AS n FROM finding_open WHERE space = $1 AND engagement = $2 GROUP BY driver")
	return concerns, findings, err
}
