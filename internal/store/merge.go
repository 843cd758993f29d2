package store

import (
	"context"

	"parley"
)

type mergeRow struct {
	Space   parley.WorkspaceID `db:"space"`
	ID      parley.MergeID     `db:"id"`
	Concern parley.ConcernID   `db:"concern"`
	Member  parley.MemberID    `db:"member"`
	Created Time               `db:"created"`
	After   int                `db:"after"`
	Before  JSON[MergeBefore]  `db:"before"`
}

const mergeColumns = "space, id, concern, member, created, after, before"

// CreateMerge keeps a merge.
func (tx *Tx) CreateMerge(ctx context.Context, m Merge) error {
	_, err := tx.exec(ctx, "INSERT INTO concern_merge ("+mergeColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7)",
		m.Space, m.ID, m.Concern, m.By, Time{m.Created}, m.After, JSON[MergeBefore]{m.Before})
	return err
}

// Merges returns what became part of a concern and was not split, the last first, at most 100.
func (tx *Tx) Merges(ctx context.Context, space parley.WorkspaceID, concern parley.ConcernID) ([]Merge, error) {
	var rows []mergeRow
	err := tx.list(ctx, &rows, "SELECT "+mergeColumns+" FROM concern_merge WHERE space = $1 AND concern = $2 ORDER BY id DESC LIMIT 100", space, concern)
	list := make([]Merge, len(rows))
	for i, r := range rows {
		list[i] = Merge{r.ID, r.Space, r.Concern, r.Member, r.Created.Time, r.After, r.Before.V}
	}
	return list, err
}

// SetMergeBefore saves what is remembered of a merge's concerns as they were before it.
func (tx *Tx) SetMergeBefore(ctx context.Context, m Merge) error {
	_, err := tx.exec(ctx, "UPDATE concern_merge SET before = $1 WHERE space = $2 AND id = $3", JSON[MergeBefore]{m.Before}, m.Space, m.ID)
	return err
}

// RenewMerge says that a concern with the version is, is what it was after the merge that left it with the version was.
func (tx *Tx) RenewMerge(ctx context.Context, space parley.WorkspaceID, concern parley.ConcernID, was, is int) error {
	_, err := tx.exec(ctx, "UPDATE concern_merge SET after = $1 WHERE space = $2 AND concern = $3 AND after = $4", is, space, concern, was)
	return err
}

// DeleteMerge forgets a merge that was taken back.
func (tx *Tx) DeleteMerge(ctx context.Context, space parley.WorkspaceID, id parley.MergeID) error {
	_, err := tx.exec(ctx, "DELETE FROM concern_merge WHERE space = $1 AND id = $2", space, id)
	return err
}

// ConcernsByID returns concerns by their ids, those that are part of another too.
func (tx *Tx) ConcernsByID(ctx context.Context, space parley.WorkspaceID, ids []parley.ConcernID) (map[parley.ConcernID]parley.Concern, error) {
	var rows []concernRow
	err := tx.list(ctx, &rows, "SELECT "+concernColumns+" FROM concern WHERE space = $1 AND id "+tx.in(2)+" ORDER BY id", space, listOf(ids))
	byID := make(map[parley.ConcernID]parley.Concern, len(rows))
	for _, r := range rows {
		byID[r.ID] = r.concern()
	}
	return byID, err
}

// JoinedFindings returns the quotes of each of the concerns and what joining it had changed, in the order of their ids.
func (tx *Tx) JoinedFindings(ctx context.Context, space parley.WorkspaceID, ids []parley.ConcernID) (map[parley.ConcernID][]FindingBefore, error) {
	var rows []struct {
		ID      parley.FindingID `db:"id"`
		Concern parley.ConcernID `db:"concern"`
		Before  JSON[*Joined]    `db:"before"`
	}
	err := tx.list(ctx, &rows, "SELECT id, concern, before FROM finding WHERE space = $1 AND concern "+tx.in(2)+" ORDER BY id", space, listOf(ids))
	quotes := map[parley.ConcernID][]FindingBefore{}
	for _, r := range rows {
		quotes[r.Concern] = append(quotes[r.Concern], FindingBefore{r.ID, r.Before.V})
	}
	return quotes, err
}

// MoveQuotes gives all quotes of a concern to another.
func (tx *Tx) MoveQuotes(ctx context.Context, space parley.WorkspaceID, from, to parley.ConcernID) error {
	_, err := tx.exec(ctx, "UPDATE finding SET concern = $1, before = $2, version = version + 1 WHERE space = $3 AND concern = $4", to, JSON[*Joined]{}, space, from)
	return err
}

// ReturnQuote gives a quote back to the concern that it was of, unless it has left the one that holds it now.
func (tx *Tx) ReturnQuote(ctx context.Context, space parley.WorkspaceID, from, to parley.ConcernID, f FindingBefore) error {
	_, err := tx.exec(ctx, "UPDATE finding SET concern = $1, before = $2, version = version + 1 WHERE space = $3 AND id = $4 AND concern = $5",
		to, JSON[*Joined]{f.Before}, space, f.ID, from)
	return err
}

// SetBefore changes what is remembered of a quote's joining.
func (tx *Tx) SetBefore(ctx context.Context, space parley.WorkspaceID, f FindingBefore) error {
	_, err := tx.exec(ctx, "UPDATE finding SET before = $1 WHERE space = $2 AND id = $3", JSON[*Joined]{f.Before}, space, f.ID)
	return err
}
