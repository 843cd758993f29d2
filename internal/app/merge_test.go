package app_test

import (
	"fmt"
	"testing"
	"time"

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

// A hand is a clock that a test sets.
type hand struct{ t time.Time }

func (h *hand) now() time.Time { return h.t }

// TestMergesAreTakenBackInAnyOrder merges three concerns one after the other into a settled one that knows nothing of its
// diagnosis, and takes the merges back in every order: after each step all is as if only the others had been made.
func TestMergesAreTakenBackInAnyOrder(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		clock := &hand{time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
		w := open(t, dsn, app.Options{Now: clock.now})
		labels := []parley.Labels{{Driver: parley.Trust}, {Driver: parley.Value, Subject: parley.Company}, {Driver: parley.Capacity, Subject: parley.Product, Form: parley.Objection}}

		type situation struct {
			e      parley.Engagement
			ids    []parley.ConcernID // that the others become part of, then the others
			quote  app.StoredFinding  // undone, the first concern is settled again
			merges []parley.MergeID
		}
		// made returns a new engagement in which only the merges are made that are wanted.
		made := func(want [3]bool) (s situation) {
			clock.t = time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
			stop := w.run()
			s.e = w.engagement()
			w.imported(s.e.ID, "thread.mbox", mails, "meeting.vtt", meeting)
			stop()
			quotes := w.findings(s.e)
			c, err := w.CreateConcern(ctx, w.owner, s.e.ID, app.NewConcern{Title: "It took long"})
			must(t, err)
			c, err = w.MoveConcern(ctx, w.owner, c.ID, c.Version, parley.Settled, parley.Honoured)
			must(t, err)
			s.ids = []parley.ConcernID{c.ID}
			s.quote = w.joined(quotes[0], app.Joining{Concern: c.ID})
			for i, l := range labels {
				o, err := w.CreateConcern(ctx, w.owner, s.e.ID, app.NewConcern{Title: string(rune('A' + i)), Labels: l})
				must(t, err)
				s.ids = append(s.ids, o.ID)
				if i < 2 { // the third has no quotes
					w.joined(quotes[1+i], app.Joining{Concern: o.ID})
				}
			}
			v, err := w.Concern(ctx, w.owner, c.ID)
			must(t, err)
			c = v.Concern
			for i, wanted := range want {
				clock.t = clock.t.Add(time.Hour)
				if !wanted {
					continue
				}
				c, err = w.MergeConcerns(ctx, w.owner, c.ID, c.Version, []parley.ConcernID{s.ids[1+i]})
				must(t, err)
				v, err = w.Concern(ctx, w.owner, c.ID)
				must(t, err)
				s.merges = append(s.merges, v.Merges[0].ID)
			}
			return s
		}
		// told returns what can be compared between two engagements.
		told := func(s situation) (list []string) {
			for i, id := range s.ids {
				v, err := w.Concern(ctx, w.owner, id)
				must(t, err)
				merged := ""
				if v.Merged != "" {
					merged = "merged"
				}
				var quotes []string
				for _, q := range v.Quotes {
					quotes = append(quotes, q.Text())
				}
				list = append(list, fmt.Sprint(i, " ", v.Title, " ", v.Labels, " ", v.State, " ", v.Outcome, " ", v.Updated, " ", merged, " ", len(v.Merges), " ", quotes))
			}
			return list
		}
		wanted := map[[3]bool][]string{}
		for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			s := made([3]bool{true, true, true})
			left := [3]bool{true, true, true}
			for _, i := range order {
				clock.t = clock.t.Add(time.Hour)
				v, err := w.Concern(ctx, w.owner, s.ids[0])
				must(t, err)
				_, err = w.SplitConcern(ctx, w.owner, s.ids[0], v.Version, s.merges[i])
				must(t, err)
				if left[i] = false; wanted[left] == nil {
					wanted[left] = told(made(left))
				}
				same(t, fmt.Sprintf("taken back in the order %v, with %v left", order, left), wanted[left], told(s))
			}
			_, err := w.Reopen(ctx, w.owner, s.quote.ID, s.quote.Version)
			must(t, err)
			v, err := w.Concern(ctx, w.owner, s.ids[0])
			must(t, err)
			if v.State != parley.Settled || v.Outcome != parley.Honoured {
				t.Errorf("taken back in the order %v, and the quote undone, it is %s %s", order, v.State, v.Outcome)
			}
		}
		w.whole()
	})
}

// TestWhatAPersonDidBetweenMergesStays renames a concern between two merges and takes them back, the first one first; and
// takes a merge back of a concern that itself became part of another and was split off.
func TestWhatAPersonDidBetweenMergesStays(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	e := w.engagement()
	concern := func(title string, l parley.Labels) parley.Concern {
		c, err := w.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: title, Labels: l})
		must(t, err)
		return c
	}
	merge := func(into parley.Concern, other parley.ConcernID) (parley.Concern, parley.MergeID) {
		c, err := w.MergeConcerns(ctx, w.owner, into.ID, into.Version, []parley.ConcernID{other})
		must(t, err)
		v, err := w.Concern(ctx, w.owner, c.ID)
		must(t, err)
		return c, v.Merges[0].ID
	}
	split := func(c parley.Concern, m parley.MergeID) parley.Concern {
		c, err := w.SplitConcern(ctx, w.owner, c.ID, c.Version, m)
		must(t, err)
		return c
	}
	c := concern("It took long", parley.Labels{})
	c, first := merge(c, concern("A", parley.Labels{Driver: parley.Trust}).ID)
	c.Title = "The last one took long"
	c, err := w.UpdateConcern(ctx, w.owner, c)
	must(t, err)
	c, second := merge(c, concern("B", parley.Labels{Subject: parley.Company}).ID)
	c = split(c, first)
	if want := (parley.Labels{Resistance: true, Driver: parley.Trust, Subject: parley.Company}); c.Labels != want || c.Title != "The last one took long" {
		t.Errorf("without the first it is %q with %v, want %v", c.Title, c.Labels, want)
	}
	c = split(c, second)
	if want := (parley.Labels{Resistance: true, Driver: parley.Trust}); c.Labels != want || c.Title != "The last one took long" {
		t.Errorf("without both it is %q with %v, want %v", c.Title, c.Labels, want)
	}

	inner := concern("Inner", parley.Labels{})
	inner, within := merge(inner, concern("D", parley.Labels{Driver: parley.Value}).ID)
	c, outer := merge(c, inner.ID)
	split(c, outer)
	v, err := w.Concern(ctx, w.owner, inner.ID)
	must(t, err)
	if inner = split(v.Concern, within); inner.Labels.Driver != "" {
		t.Errorf("split after it was part of another, it is still about %s", inner.Labels.Driver)
	}
}
