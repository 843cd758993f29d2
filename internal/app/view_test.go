package app_test

import (
	"fmt"
	"testing"

	"parley"
	"parley/internal/app"
	"parley/internal/store/storetest"
)

func TestViewsAreOnesOwnAndCount(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e := w.engagement()
		for i, d := range []parley.Driver{parley.Trust, parley.Trust, parley.Value} {
			_, err := w.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: fmt.Sprintf("Reason %d", i), Labels: parley.Labels{Driver: d}})
			must(t, err)
		}
		look := parley.Look{Open: true, Driver: parley.Trust, Sort: "title", Group: "person"}
		v, err := w.CreateView(ctx, w.owner, e.ID, " Trust ", look)
		must(t, err)
		_, err = w.CreateView(ctx, w.owner, e.ID, "One of them", parley.Look{Text: "REASON 2"})
		must(t, err)
		list, err := w.Views(ctx, w.owner, e.ID)
		must(t, err)
		if len(list) != 2 || list[0].Name != "Trust" || list[0].Look != look || list[0].Concerns != 2 || list[1].Concerns != 1 {
			t.Errorf("the views are %+v", list)
		}
		m, err := w.AddMember(ctx, w.owner, app.NewMember{Name: "Vera", Email: "vera@halden.example", Password: password, Role: parley.ViewerRole})
		must(t, err)
		vera, err := w.ActorOf(ctx, m.ID)
		must(t, err)
		list, err = w.Views(ctx, vera, e.ID)
		must(t, err)
		if len(list) != 0 {
			t.Errorf("another sees %+v", list)
		}
		wantCode(t, "delete another's view", w.DeleteView(ctx, vera, v.ID), parley.NotFound)
		_, err = w.CreateView(ctx, vera, e.ID, "Mine", parley.Look{})
		must(t, err) // who only reads may keep a view
		must(t, w.DeleteView(ctx, w.owner, v.ID))
		wantCode(t, "delete it again", w.DeleteView(ctx, w.owner, v.ID), parley.NotFound)
		for i := range 19 {
			_, err = w.CreateView(ctx, w.owner, e.ID, fmt.Sprint(i), parley.Look{})
			must(t, err)
		}
		for what, bad := range map[string]parley.Look{"one too many": {}, "no state": {State: "asleep"}, "no driver": {Driver: "x"}, "no order": {Sort: "x"}} {
			_, err = w.CreateView(ctx, w.owner, e.ID, "Another", bad)
			wantCode(t, what, err, parley.Invalid)
		}
		w.whole()
	})
}
