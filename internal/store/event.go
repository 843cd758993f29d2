package store

import (
	"context"
	"encoding/json"

	"parley"
)

type eventRow struct {
	Space      parley.WorkspaceID  `db:"space"`
	Seq        int64               `db:"seq"`
	ID         parley.EventID      `db:"id"`
	Time       Time                `db:"time"`
	Member     parley.MemberID     `db:"member"`
	Kind       string              `db:"kind"`
	Engagement parley.EngagementID `db:"engagement"`
	Subject    string              `db:"subject"`
	Data       string              `db:"data"`
	Prev       string              `db:"prev"`
	Hash       string              `db:"hash"`
}

const eventColumns = "space, seq, id, time, member, kind, engagement, subject, data, prev, hash"

func (r eventRow) event() parley.Event {
	e := parley.Event{
		ID: r.ID, Space: r.Space, Seq: r.Seq, Time: r.Time.Time, By: r.Member, Kind: r.Kind, Engagement: r.Engagement, Subject: r.Subject,
		Prev: r.Prev, Hash: r.Hash,
	}
	if r.Data != "" {
		e.Data = json.RawMessage(r.Data)
	}
	return e
}

func events(rows []eventRow) []parley.Event {
	list := make([]parley.Event, len(rows))
	for i, r := range rows {
		list[i] = r.event()
	}
	return list
}

// AppendEvent adds e to the history of its workspace, as the entry after the last.
func (tx *Tx) AppendEvent(ctx context.Context, e parley.Event) error {
	last, err := tx.LastEvent(ctx, e.Space)
	if err != nil {
		return err
	}
	e = e.After(last)
	if err := tx.update(ctx, "UPDATE workspace SET event_seq = $1, event_hash = $2 WHERE id = $3", e.Seq, e.Hash, e.Space); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "INSERT INTO event ("+eventColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		e.Space, e.Seq, e.ID, Time{e.Time}, e.By, e.Kind, e.Engagement, e.Subject, string(e.Data), e.Prev, e.Hash)
	return err
}

// LastEvent returns number and hash of the last event, as the workspace remembers them; both zero before the first.
func (tx *Tx) LastEvent(ctx context.Context, space parley.WorkspaceID) (parley.Event, error) {
	var row workspaceRow
	err := tx.get(ctx, "workspace", &row, "SELECT "+workspaceColumns+" FROM workspace WHERE id = $1", space)
	return parley.Event{Seq: row.EventSeq, Hash: row.EventHash}, err
}

// EventsAfter returns up to limit events of a workspace that follow the one numbered seq, in order.
func (tx *Tx) EventsAfter(ctx context.Context, space parley.WorkspaceID, seq int64, limit int) ([]parley.Event, error) {
	var rows []eventRow
	err := tx.list(ctx, &rows, "SELECT "+eventColumns+" FROM event WHERE space = $1 AND seq > $2 ORDER BY seq LIMIT $3", space, seq, limit)
	return events(rows), err
}

// Events returns up to limit events of an engagement, of one subject unless that is "", before the one
// numbered seq unless that is 0, newest first.
func (tx *Tx) Events(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID, subject string, seq int64, limit int) ([]parley.Event, error) {
	query := "SELECT " + eventColumns + " FROM event WHERE space = $1 AND engagement = $2"
	args := []any{space, engagement}
	if subject != "" {
		args = append(args, subject)
		query += arg(" AND subject = ", args)
	}
	if seq > 0 {
		args = append(args, seq)
		query += arg(" AND seq < ", args)
	}
	args = append(args, limit)
	var rows []eventRow
	err := tx.list(ctx, &rows, query+arg(" ORDER BY seq DESC LIMIT ", args), args...)
	return events(rows), err
}
