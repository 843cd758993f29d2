package app_test

import (
	"testing"

	"parley"
	"parley/internal/app"
	"parley/internal/store/storetest"
)

// A kept is all that a merge may change of concerns, but for how high the versions are.
type kept struct {
	Concern parley.Concern
	Quotes  []app.Quote
	People  []app.Holder
	Listed  bool
}

// keep returns concerns as they are now.
func (w *world) keep(e parley.Engagement, ids ...parley.ConcernID) map[parley.ConcernID]kept {
	w.t.Helper()
	page, err := w.Concerns(w.t.Context(), w.owner, e.ID, app.ConcernFilter{})
	must(w.t, err)
	listed := map[parley.ConcernID]bool{}
	for _, c := range page.Concerns {
		listed[c.ID] = true
	}
	if page.Total != len(listed) {
		w.t.Errorf("the list has %d concerns, and says %d", len(listed), page.Total)
	}
	all := map[parley.ConcernID]kept{}
	for _, id := range ids {
		v, err := w.Concern(w.t.Context(), w.owner, id)
		must(w.t, err)
		for i := range v.Quotes {
			q := &v.Quotes[i]
			q.Version = 0
			if before := q.StoredFinding.Before; before != nil && before.Version == v.Version {
				before.Version = 0
			} else {
				q.StoredFinding.Before = nil // undoing it leaves the concern as it is
			}
		}
		v.Concern.Version = 0
		all[id] = kept{v.Concern, v.Quotes, v.People, listed[id]}
	}
	return all
}

// joined accepts a finding as a concern of its own.
func (w *world) joined(f app.StoredFinding, to app.Joining) app.StoredFinding {
	w.t.Helper()
	f, err := w.Accept(w.t.Context(), w.owner, f.ID, f.Version, to)
	must(w.t, err)
	return f
}

func TestMergeAndSplitRestoresTheExactState(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e, findings := w.heard()
		first := w.joined(findings[0], app.Joining{NewTitle: "The last change took long"})
		second := w.joined(findings[1], app.Joining{NewTitle: "It took four months"})
		into, from := first.Concern, second.Concern
		loose, err := w.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: "By hand", Labels: parley.Labels{Subject: parley.Company}})
		must(t, err)
		v, err := w.Concern(ctx, w.owner, into)
		must(t, err)
		agreed := v.Concern
		for _, s := range []parley.ConcernState{parley.PlayedBack, parley.Agreed} {
			agreed, err = w.MoveConcern(ctx, w.owner, into, agreed.Version, s, "")
			must(t, err)
		}
		before := w.keep(e, into, from, loose.ID)

		merged, err := w.MergeConcerns(ctx, w.owner, into, agreed.Version, []parley.ConcernID{from, loose.ID})
		must(t, err)
		v, err = w.Concern(ctx, w.owner, into)
		must(t, err)
		if v.State != parley.Reopened || len(v.Quotes) != 2 || v.Quotes[0].Concern != into || len(v.Merges) != 1 || len(v.Merges[0].Concerns) != 2 || v.Merges[0].ByName == "" {
			t.Fatalf("merged, it is %s with %d quotes, and says %+v", v.State, len(v.Quotes), v.Merges)
		}
		gone := w.keep(e, from, loose.ID)
		if gone[from].Listed || gone[loose.ID].Listed || gone[from].Concern.Merged != into || len(gone[from].Quotes) != 0 {
			t.Errorf("those that became part of it: %+v", gone)
		}
		list, err := w.Engagements(ctx, w.owner)
		must(t, err)
		if n := list[0].Counts.AllConcerns(); n != 1 {
			t.Errorf("%d concerns are counted, want 1", n)
		}
		w.whole()

		w = open(t, dsn) // split after a restart
		_, err = w.SplitConcern(ctx, w.owner, into, merged.Version-1, "")
		wantCode(t, "split with a stale version", err, parley.Conflict)
		split, err := w.SplitConcern(ctx, w.owner, into, merged.Version, "")
		must(t, err)
		same(t, "after merge and split", before, w.keep(e, into, from, loose.ID))
		if split.Version <= merged.Version {
			t.Errorf("the version went from %d to %d", merged.Version, split.Version)
		}
		_, err = w.SplitConcern(ctx, w.owner, into, split.Version, "")
		wantCode(t, "split what is whole", err, parley.NotFound)

		// What could be undone before can still be: a concern opened for a finding goes with it.
		f, err := w.Finding(ctx, w.owner, second.ID)
		must(t, err)
		_, err = w.Reopen(ctx, w.owner, f.ID, f.Version)
		must(t, err)
		_, err = w.Concern(ctx, w.owner, from)
		wantCode(t, "the concern of a finding that was reopened", err, parley.NotFound)
		w.whole()
	})
}

// TestUndoOfAQuoteOutlivesMergeAndSplit joins a quote to a settled concern, merges, splits, and then takes the quote back.
func TestUndoOfAQuoteOutlivesMergeAndSplit(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	e, findings := w.heard()
	c, err := w.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: "It took long"})
	must(t, err)
	c, err = w.MoveConcern(ctx, w.owner, c.ID, c.Version, parley.Settled, parley.Honoured)
	must(t, err)
	quote := w.joined(findings[0], app.Joining{Concern: c.ID})
	other := w.joined(findings[1], app.Joining{NewTitle: "Four months"})
	v, err := w.Concern(ctx, w.owner, c.ID)
	must(t, err)
	merged, err := w.MergeConcerns(ctx, w.owner, c.ID, v.Version, []parley.ConcernID{other.Concern})
	must(t, err)
	_, err = w.SplitConcern(ctx, w.owner, c.ID, merged.Version, "")
	must(t, err)
	_, err = w.Reopen(ctx, w.owner, quote.ID, quote.Version)
	must(t, err)
	v, err = w.Concern(ctx, w.owner, c.ID)
	must(t, err)
	if v.State != parley.Settled || v.Outcome != parley.Honoured {
		t.Errorf("after undoing the quote it is %s %s", v.State, v.Outcome)
	}
}

func TestSplitLaterKeepsWhatHappenedSince(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	e, findings := w.heard()
	if len(findings) < 3 {
		t.Fatalf("%d findings", len(findings))
	}
	a, b := w.joined(findings[0], app.Joining{NewTitle: "A"}), w.joined(findings[1], app.Joining{NewTitle: "B"})
	va, err := w.Concern(ctx, w.owner, a.Concern)
	must(t, err)
	merged, err := w.MergeConcerns(ctx, w.owner, a.Concern, va.Version, []parley.ConcernID{b.Concern})
	must(t, err)
	merged.Title = "A and B"
	renamed, err := w.UpdateConcern(ctx, w.owner, merged)
	must(t, err)
	w.joined(findings[2], app.Joining{Concern: a.Concern})
	fb, err := w.Finding(ctx, w.owner, b.ID)
	must(t, err)
	if fb.Concern != a.Concern {
		t.Fatalf("the quote is of %s", fb.Concern)
	}
	// Into a third one, and out of it again.
	third, err := w.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: "C"})
	must(t, err)
	third, err = w.MergeConcerns(ctx, w.owner, third.ID, third.Version, []parley.ConcernID{a.Concern})
	must(t, err)
	va, err = w.Concern(ctx, w.owner, a.Concern)
	must(t, err)
	_, err = w.SplitConcern(ctx, w.owner, a.Concern, va.Version, "")
	wantCode(t, "split what is part of another", err, parley.Conflict)
	_, err = w.MoveConcern(ctx, w.owner, a.Concern, va.Version, parley.PlayedBack, "")
	wantCode(t, "move what is part of another", err, parley.Conflict)
	_, err = w.Accept(ctx, w.owner, findings[2].ID, findings[2].Version+1, app.Joining{Concern: a.Concern})
	wantCode(t, "join what is part of another", err, parley.Conflict)
	_, err = w.SplitConcern(ctx, w.owner, third.ID, third.Version, "")
	must(t, err)

	va, err = w.Concern(ctx, w.owner, a.Concern)
	must(t, err)
	_, err = w.SplitConcern(ctx, w.owner, a.Concern, va.Version, va.Merges[0].ID)
	must(t, err)
	va, err = w.Concern(ctx, w.owner, a.Concern)
	must(t, err)
	vb, err := w.Concern(ctx, w.owner, b.Concern)
	must(t, err)
	if va.Title != renamed.Title || len(va.Quotes) != 2 || vb.Title != "B" || vb.Merged != "" || len(vb.Quotes) != 1 || vb.Quotes[0].ID != b.ID {
		t.Errorf("split, there are %q with %d quotes and %q with %d", va.Title, len(va.Quotes), vb.Title, len(vb.Quotes))
	}
	w.whole()
}

func TestWhatCannotBeMerged(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	e, other := w.engagement(), w.engagement()
	concern := func(in parley.EngagementID) parley.Concern {
		c, err := w.CreateConcern(ctx, w.owner, in, app.NewConcern{Title: "It took long"})
		must(t, err)
		return c
	}
	a, b, elsewhere := concern(e.ID), concern(e.ID), concern(other.ID)
	for _, tt := range []struct {
		name   string
		others []parley.ConcernID
		want   parley.Code
	}{
		{"nothing", nil, parley.Invalid},
		{"itself", []parley.ConcernID{a.ID}, parley.Invalid},
		{"one twice", []parley.ConcernID{b.ID, b.ID}, parley.Invalid},
		{"too many", make([]parley.ConcernID, 51), parley.Invalid},
		{"one of another engagement", []parley.ConcernID{elsewhere.ID}, parley.NotFound},
		{"one that is not there", []parley.ConcernID{"con_00000000000000000000000000"}, parley.NotFound},
	} {
		_, err := w.MergeConcerns(ctx, w.owner, a.ID, a.Version, tt.others)
		wantCode(t, tt.name, err, tt.want)
	}
	_, err := w.MergeConcerns(ctx, w.owner, a.ID, a.Version+1, []parley.ConcernID{b.ID})
	wantCode(t, "a stale version", err, parley.Conflict)
	a, err = w.MergeConcerns(ctx, w.owner, a.ID, a.Version, []parley.ConcernID{b.ID})
	must(t, err)
	_, err = w.MergeConcerns(ctx, w.owner, a.ID, a.Version, []parley.ConcernID{b.ID})
	wantCode(t, "one that is part of it already", err, parley.Conflict)
}
