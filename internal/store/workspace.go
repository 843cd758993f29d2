package store

import (
	"context"

	"parley"
)

type workspaceRow struct {
	ID        parley.WorkspaceID `db:"id"`
	Name      string             `db:"name"`
	Created   Time               `db:"created"`
	EventSeq  int64              `db:"event_seq"`
	EventHash string             `db:"event_hash"`
}

const workspaceColumns = "id, name, created, event_seq, event_hash"

func (r workspaceRow) workspace() parley.Workspace {
	return parley.Workspace{ID: r.ID, Name: r.Name, Created: r.Created.Time}
}

// CreateWorkspace keeps a new workspace.
func (tx *Tx) CreateWorkspace(ctx context.Context, w parley.Workspace) error {
	_, err := tx.exec(ctx, "INSERT INTO workspace ("+workspaceColumns+") VALUES ($1, $2, $3, 0, '')", w.ID, w.Name, Time{w.Created})
	return err
}

// Workspace returns one workspace.
func (tx *Tx) Workspace(ctx context.Context, id parley.WorkspaceID) (parley.Workspace, error) {
	var row workspaceRow
	err := tx.get(ctx, "workspace", &row, "SELECT "+workspaceColumns+" FROM workspace WHERE id = $1", id)
	return row.workspace(), err
}

// Workspaces returns every workspace in the order in which they were made.
func (tx *Tx) Workspaces(ctx context.Context) ([]parley.Workspace, error) {
	var rows []workspaceRow
	if err := tx.list(ctx, &rows, "SELECT "+workspaceColumns+" FROM workspace ORDER BY id LIMIT 10000"); err != nil {
		return nil, err
	}
	list := make([]parley.Workspace, len(rows))
	for i, r := range rows {
		list[i] = r.workspace()
	}
	return list, nil
}

// Setting returns the value of a small fact about this store, "" if it was never set.
func (tx *Tx) Setting(ctx context.Context, name string) (string, error) {
	var values []string
	if err := tx.list(ctx, &values, "SELECT value FROM setting WHERE name = $1", name); err != nil || len(values) == 0 {
		return "", err
	}
	return values[0], nil
}

// SetSetting sets the value of a small fact about this store.
func (tx *Tx) SetSetting(ctx context.Context, name, value string) error {
	_, err := tx.exec(ctx, "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}
