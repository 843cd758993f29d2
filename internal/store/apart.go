package store

import (
	"context"
	"time"

	"parley"
)

// KeepApart keeps that two concerns do not give the same reason; saying so again changes nothing.
func (tx *Tx) KeepApart(ctx context.Context, space parley.WorkspaceID, a, b parley.ConcernID, by parley.MemberID, now time.Time) error {
	_, err := tx.exec(ctx, "INSERT INTO concern_apart (space, a, b, member, created) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
		space, min(a, b), max(a, b), by, Time{now})
	return err
}

// Apart returns which of the concerns are kept apart, the lower id first in each pair, in order.
func (tx *Tx) Apart(ctx context.Context, space parley.WorkspaceID, ids []parley.ConcernID) ([][2]parley.ConcernID, error) {
	var rows []struct {
		A parley.ConcernID `db:"a"`
		B parley.ConcernID `db:"b"`
	}
	err := tx.list(ctx, &rows, "SELECT a, b FROM concern_apart WHERE space = $1 AND a "+tx.in(2)+" AND b "+tx.in(2)+" ORDER BY a, b LIMIT 100000", space, listOf(ids))
	pairs := make([][2]parley.ConcernID, len(rows))
	for i, r := range rows {
		pairs[i] = [2]parley.ConcernID{r.A, r.B}
	}
	return pairs, err
}

// forgetApart forgets of the concerns that a query gives, whose argument $2 is arg, from which others they are kept apart.
func (tx *Tx) forgetApart(ctx context.Context, space parley.WorkspaceID, query string, arg any) error {
	_, err := tx.exec(ctx, "DELETE FROM concern_apart WHERE space = $1 AND (a IN ("+query+") OR b IN ("+query+"))", space, arg)
	return err
}
