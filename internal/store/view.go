package store

import (
	"context"

	"parley"
)

type viewRow struct {
	Space      parley.WorkspaceID  `db:"space"`
	ID         parley.ViewID       `db:"id"`
	Engagement parley.EngagementID `db:"engagement"`
	Member     parley.MemberID     `db:"member"`
	Name       string              `db:"name"`
	Look       JSON[parley.Look]   `db:"look"`
	Created    Time                `db:"created"`
}

const viewColumns = "space, id, engagement, member, name, look, created"

func (r viewRow) view() parley.View {
	return parley.View{ID: r.ID, Space: r.Space, Engagement: r.Engagement, Member: r.Member, Name: r.Name, Look: r.Look.V, Created: r.Created.Time}
}

// CreateView keeps a new view.
func (tx *Tx) CreateView(ctx context.Context, v parley.View) error {
	_, err := tx.exec(ctx, "INSERT INTO saved_view ("+viewColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7)",
		v.Space, v.ID, v.Engagement, v.Member, v.Name, JSON[parley.Look]{v.Look}, Time{v.Created})
	return err
}

// View returns one view.
func (tx *Tx) View(ctx context.Context, space parley.WorkspaceID, id parley.ViewID) (parley.View, error) {
	var row viewRow
	err := tx.get(ctx, "view", &row, "SELECT "+viewColumns+" FROM saved_view WHERE space = $1 AND id = $2", space, id)
	return row.view(), err
}

// Views returns the views that a member has of an engagement, the oldest first, at most 100.
func (tx *Tx) Views(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID, member parley.MemberID) ([]parley.View, error) {
	var rows []viewRow
	err := tx.list(ctx, &rows, "SELECT "+viewColumns+" FROM saved_view WHERE space = $1 AND engagement = $2 AND member = $3 ORDER BY id LIMIT 100", space, engagement, member)
	list := make([]parley.View, len(rows))
	for i, r := range rows {
		list[i] = r.view()
	}
	return list, err
}

// DeleteView drops a view.
func (tx *Tx) DeleteView(ctx context.Context, space parley.WorkspaceID, id parley.ViewID) error {
	_, err := tx.exec(ctx, "DELETE FROM saved_view WHERE space = $1 AND id = $2", space, id)
	return err
}

// CountFiltered returns how many concerns a filter chooses.
func (tx *Tx) CountFiltered(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID, f ConcernFilter) (n int, err error) {
	where, args := f.where(space, engagement)
	err = tx.get(ctx, "count", &n, "SELECT COUNT(*)"+where, args...)
	return n, err
}
