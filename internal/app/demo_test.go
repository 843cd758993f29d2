package app_test

import (
	"testing"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
	"parley/internal/store/storetest"
)

func TestDemoShowsEachPageWithLife(t *testing.T) {
	t.Parallel()
	st := storetest.Open(t, storetest.SQLite(t))
	_, err := app.New(t.Context(), st, app.Options{Demo: true})
	must(t, err)
	a, err := app.New(t.Context(), st, app.Options{Demo: true}) // again, as when it is started again
	must(t, err)
	id, err := a.DemoMember(t.Context())
	must(t, err)
	by, err := a.ActorOf(t.Context(), id)
	must(t, err)
	list, err := a.Engagements(t.Context(), by)
	must(t, err)
	if len(list) != 2 {
		t.Fatalf("there are %d engagements, want 2", len(list))
	}
	langs := map[parley.Lang]bool{}
	states := map[parley.ConcernState]bool{}
	quotes := 0
	for _, e := range list {
		if e.Counts.Open() < 2 {
			t.Errorf("%s has only %d open findings", e.Name, e.Counts.Open())
		}
		page, err := a.Concerns(t.Context(), by, e.ID, app.ConcernFilter{})
		must(t, err)
		for _, c := range page.Concerns {
			states[c.State] = true
			quotes += c.Quotes
			langs[c.Quote.Lang] = true
		}
		imports, err := a.Imports(t.Context(), by, e.ID)
		must(t, err)
		for _, i := range imports {
			if i.State != app.Done || i.SkippedAll != 0 {
				t.Errorf("an import of %s is %+v", e.Name, i)
			}
			full, err := a.Import(t.Context(), by, i.ID)
			must(t, err)
			if len(full.Unknown) != 0 {
				t.Errorf("on no side in %s: %v", e.Name, full.Unknown)
			}
		}
	}
	for _, s := range parley.ConcernStates {
		if !states[s] {
			t.Errorf("no concern is %s", s)
		}
	}
	if quotes < 10 {
		t.Errorf("the concerns have only %d quotes", quotes)
	}
	for _, l := range parley.Langs {
		if !langs[l] {
			t.Errorf("no concern has a newest quote in %s", l)
		}
	}
	r, err := a.Verify(t.Context())
	must(t, err)
	same(t, "problems", []string{}, r.Problems)
}

func TestDemoMemberIsOfNoRealStore(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.SQLite(t))
	_, err := w.DemoMember(t.Context())
	wantCode(t, "DemoMember", err, parley.Conflict)
	a, err := app.New(t.Context(), w.store, app.Options{Demo: true})
	must(t, err)
	_, err = a.DemoMember(t.Context())
	wantCode(t, "DemoMember", err, parley.Conflict)
	var spaces []parley.Workspace
	must(t, w.store.Read(t.Context(), func(tx *store.Tx) (err error) {
		spaces, err = tx.Workspaces(t.Context())
		return err
	}))
	if len(spaces) != 1 {
		t.Errorf("the sample case was loaded beside real data")
	}
}
