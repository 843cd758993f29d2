package app

import (
	"context"
	"slices"
	"strings"

	"parley"
	"parley/internal/store"
)

// viewsMost is how many views a member may have of an engagement.
const viewsMost = 20

// lookFilter returns which concerns a look shows.
func lookFilter(l parley.Look) store.ConcernFilter {
	return store.ConcernFilter{State: l.State, Open: l.Open, Driver: l.Driver, Person: l.Person, Text: l.Text}
}

// Views returns the views that by has of an engagement, the oldest first, with how many concerns each shows.
func (a *App) Views(ctx context.Context, by parley.Actor, eng parley.EngagementID) (list []ViewSummary, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		if _, err := a.engagement(ctx, tx, by, eng); err != nil {
			return err
		}
		views, err := tx.Views(ctx, by.Space, eng, by.Member)
		if err != nil {
			return err
		}
		list = make([]ViewSummary, len(views))
		for i, v := range views {
			n, err := tx.CountFiltered(ctx, by.Space, eng, lookFilter(v.Look))
			if err != nil {
				return err
			}
			list[i] = ViewSummary{View: v, Concerns: n}
		}
		return nil
	})
	return list, err
}

// CreateView gives a way to look at the concerns of an engagement a name. It is the member's own; of an engagement one
// has at most 20.
func (a *App) CreateView(ctx context.Context, by parley.Actor, eng parley.EngagementID, name string, look parley.Look) (v parley.View, err error) {
	now := a.now()
	err = a.write(ctx, func(tx *store.Tx) error {
		e, err := a.engagement(ctx, tx, by, eng)
		if err != nil {
			return err
		}
		if err := by.MayKeep(e); err != nil {
			return err
		}
		v = parley.View{
			ID: newID[parley.ViewID](a, "vew", now), Space: by.Space, Engagement: eng, Member: by.Member, Name: strings.TrimSpace(clean(name, len(name))), Look: look, Created: now,
		}
		v.Look.Text = clean(look.Text, len(look.Text))
		if err := checkView(v); err != nil {
			return err
		}
		there, err := tx.Views(ctx, by.Space, eng, by.Member)
		if err != nil {
			return err
		}
		if len(there) >= viewsMost {
			return &parley.Error{Code: parley.Invalid, Field: "name", Message: "20 views are enough; remove one first"}
		}
		if err := tx.CreateView(ctx, v); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "view.created", subject: string(v.ID)})
	})
	return v, err
}

// checkView returns an Invalid error unless v can be kept.
func checkView(v parley.View) error {
	if err := v.Check(); err != nil {
		return err
	}
	switch {
	case v.Look.State != "" && !slices.Contains(parley.ConcernStates, v.Look.State):
		return &parley.Error{Code: parley.Invalid, Field: "state", Message: "there is no such state"}
	case v.Look.Driver != "" && !slices.Contains(parley.Drivers, v.Look.Driver):
		return &parley.Error{Code: parley.Invalid, Field: "driver", Message: "there is no such driver"}
	case v.Look.Sort != "" && !slices.Contains(store.ConcernSorts, ConcernSort(v.Look.Sort)):
		return &parley.Error{Code: parley.Invalid, Field: "sort", Message: "sort by updated, created, title, driver or state"}
	case len(v.Look.Group) > 20 || len(v.Look.Person) > 40:
		return &parley.Error{Code: parley.Invalid, Field: "group", Message: "that is no way to look at them"}
	}
	return nil
}

// DeleteView drops a view of by's own. Of another's, there is none.
func (a *App) DeleteView(ctx context.Context, by parley.Actor, id parley.ViewID) error {
	now := a.now()
	return a.write(ctx, func(tx *store.Tx) error {
		if err := mayBeHere(by); err != nil {
			return err
		}
		v, err := tx.View(ctx, by.Space, id)
		if err != nil {
			return err
		}
		e, err := a.engagement(ctx, tx, by, v.Engagement)
		if err != nil {
			return of("view", err)
		}
		if v.Member != by.Member {
			return of("view", &parley.Error{Code: parley.NotFound})
		}
		if err := by.MayKeep(e); err != nil {
			return err
		}
		if err := tx.DeleteView(ctx, by.Space, id); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "view.deleted", subject: string(id)})
	})
}
