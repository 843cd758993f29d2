package app_test

import (
	"slices"
	"testing"

	"parley"
	"parley/internal/app"
	"parley/internal/store/storetest"
)

// TestSameReasons: the price in three languages is put forward as one reason, what is kept apart no more, and what was merged
// comes back when it is split.
func TestSameReasons(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	e := w.engagement()
	concern := func(title string) parley.Concern {
		c, err := w.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: title})
		must(t, err)
		return c
	}
	price, precio, prix := concern("It is too expensive for us"), concern("Es demasiado caro, no hay presupuesto"), concern("C'est trop cher, on n'a pas le budget")
	nobody := concern("Nobody asked us")
	pairs := func(of parley.ConcernID) (got [][2]parley.ConcernID) {
		t.Helper()
		list, err := w.SameReasons(ctx, w.owner, e.ID, of)
		must(t, err)
		for _, s := range list {
			got = append(got, [2]parley.ConcernID{s.Concerns[0].ID, s.Concerns[1].ID})
			if s.Score < 0.7 || len(s.Words[0]) == 0 || len(s.Words[1]) == 0 {
				t.Errorf("suggestion %+v", s)
			}
		}
		slices.SortFunc(got, func(a, b [2]parley.ConcernID) int { return slices.Compare(a[:], b[:]) })
		return got
	}
	pair := func(a, b parley.Concern) [2]parley.ConcernID {
		return [2]parley.ConcernID{min(a.ID, b.ID), max(a.ID, b.ID)}
	}
	ab, ac, bc := pair(price, precio), pair(price, prix), pair(precio, prix)
	check := func(what string, got [][2]parley.ConcernID, want ...[2]parley.ConcernID) {
		t.Helper()
		slices.SortFunc(want, func(a, b [2]parley.ConcernID) int { return slices.Compare(a[:], b[:]) })
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	check("at first", pairs(""), ab, ac, bc)
	check("of one", pairs(prix.ID), ac, bc)

	must(t, w.KeepApart(ctx, w.owner, prix.ID, price.ID))
	must(t, w.KeepApart(ctx, w.owner, price.ID, prix.ID))
	check("two kept apart", pairs(""), ab, bc)

	merged, err := w.MergeConcerns(ctx, w.owner, price.ID, price.Version, []parley.ConcernID{precio.ID})
	must(t, err)
	check("two merged", pairs(""))
	_, err = w.SplitConcern(ctx, w.owner, merged.ID, merged.Version, "")
	must(t, err)
	check("split again", pairs(""), ab, bc)

	view, err := w.Concern(ctx, w.owner, precio.ID)
	must(t, err)
	other := view.Concern
	other.Title = "Nadie nos ha preguntado"
	other, err = w.UpdateConcern(ctx, w.owner, other)
	must(t, err)
	check("another title", pairs(""), pair(other, nobody))
	other.Title = precio.Title
	_, err = w.UpdateConcern(ctx, w.owner, other)
	must(t, err)
	check("its title again", pairs(""), ab, bc)
	_, err = w.MoveConcern(ctx, w.owner, price.ID, merged.Version+1, parley.Settled, parley.Withdrawn)
	must(t, err)
	check("one settled", pairs(""), bc)

	wantCode(t, "from itself", w.KeepApart(ctx, w.owner, prix.ID, prix.ID), parley.Invalid)
	wantCode(t, "from none", w.KeepApart(ctx, w.owner, prix.ID, "con_00000000000000000000000000"), parley.NotFound)
	w.whole()
}

// TestSameReasonsOfOneProject: all name the project; those who give the same reason come first.
func TestSameReasonsOfOneProject(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	e := w.engagement()
	same := map[parley.ConcernID]bool{}
	for i, title := range []string{
		"The new booking system costs far too much", "El nuevo sistema de reservas es demasiado caro", "Le nouveau système de réservation coûte trop cher",
		"The new booking system was never tested with our patients", "Nobody asked us before the new booking system was chosen",
		"El nuevo sistema de reservas se cae cada lunes", "Con el nuevo sistema de reservas mis datos los ve cualquiera",
		"Le nouveau système de réservation va supprimer des postes", "Personne n'est formé au nouveau système de réservation",
		"Old people will not manage the new booking system without help",
	} {
		c, err := w.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: title})
		must(t, err)
		same[c.ID] = i < 3
	}
	list, err := w.SameReasons(ctx, w.owner, e.ID, "")
	must(t, err)
	for i, s := range list {
		if a, b := s.Concerns[0], s.Concerns[1]; (same[a.ID] && same[b.ID]) != (i < 3) {
			t.Errorf("in place %d: %q and %q, alike by %.2f", i+1, a.Title, b.Title, s.Score)
		}
	}
	if len(list) < 3 || len(list) > 8 { // of 45
		t.Errorf("%d pairs are put forward", len(list))
	}
}
