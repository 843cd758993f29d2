package app

import (
	"context"
	"fmt"

	"parley"
	"parley/internal/store"
)

// Events returns the history of an engagement, newest first, of one subject unless that is "", 50 at a time.
func (a *App) Events(ctx context.Context, by parley.Actor, eng parley.EngagementID, subject, cursor string) (page EventPage, err error) {
	var before int64
	if err := parseCursor(cursor, &before); err != nil {
		return page, err
	}
	err = a.read(ctx, func(tx *store.Tx) error {
		if _, err := a.engagement(ctx, tx, by, eng); err != nil {
			return err
		}
		page, err = eventPage(ctx, tx, by, eng, subject, before, limitDefault)
		return err
	})
	return page, err
}

// eventPage returns up to limit events before the one numbered before, unless that is 0.
func eventPage(ctx context.Context, tx *store.Tx, by parley.Actor, eng parley.EngagementID, subject string, before int64, limit int) (page EventPage, err error) {
	events, err := tx.Events(ctx, by.Space, eng, subject, before, limit+1)
	if err != nil {
		return page, err
	}
	if len(events) > limit {
		events = events[:limit]
		page.Next = cursorOf(events[limit-1].Seq)
	}
	names, err := memberNames(ctx, tx, by.Space)
	if err != nil {
		return page, err
	}
	page.Events = make([]EventView, len(events))
	for i, e := range events {
		page.Events[i] = EventView{Event: e, ByName: names[e.By]}
	}
	return page, nil
}

func memberNames(ctx context.Context, tx *store.Tx, space parley.WorkspaceID) (map[parley.MemberID]string, error) {
	members, err := tx.Members(ctx, space)
	names := make(map[parley.MemberID]string, len(members))
	for _, m := range members {
		names[m.ID] = m.Name
	}
	return names, err
}

// problemsMost is how many problems Verify tells.
const problemsMost = 100

// Verify walks the history of every workspace and says where it is not whole, and counts what there is. It
// is for whoever runs Parley, at the command line, and asks nobody's rights.
func (a *App) Verify(ctx context.Context) (r VerifyReport, err error) {
	r.Problems = []string{}
	err = a.read(ctx, func(tx *store.Tx) error {
		spaces, err := tx.Workspaces(ctx)
		if err != nil {
			return err
		}
		r.Workspaces = len(spaces)
		for _, space := range spaces {
			if err := verifyHistory(ctx, tx, space, &r); err != nil {
				return err
			}
		}
		checks, err := tx.Check(ctx, problemsMost)
		if err != nil {
			return err
		}
		r.Messages, r.Findings = checks.Messages, checks.Findings
		r.Problems = append(r.Problems, checks.Problems...)
		return nil
	})
	if len(r.Problems) > problemsMost {
		r.Problems = r.Problems[:problemsMost]
	}
	return r, err
}

// verifyHistory walks the events of one workspace.
func verifyHistory(ctx context.Context, tx *store.Tx, space parley.Workspace, r *VerifyReport) error {
	const step = 1000
	var prev parley.Event
	for {
		events, err := tx.EventsAfter(ctx, space.ID, prev.Seq, step)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := e.Follows(prev); err != nil && len(r.Problems) < problemsMost {
				r.Problems = append(r.Problems, fmt.Sprintf("workspace %s: %v", space.ID, err))
			}
			prev = e
			r.Events++
		}
		if len(events) < step {
			break
		}
	}
	last, err := tx.LastEvent(ctx, space.ID)
	if err == nil && (last.Seq != prev.Seq || last.Hash != prev.Hash) {
		r.Problems = append(r.Problems, fmt.Sprintf("workspace %s: the history ends at event %d, and should at %d", space.ID, prev.Seq, last.Seq))
	}
	return err
}
