package app_test

import (
	"slices"
	"testing"
	"time"

	"parley"
	"parley/diagnose/train"
	"parley/internal/app"
	"parley/internal/store/storetest"
)

// heard imports the mails and returns the engagement with its findings.
func (w *world) heard() (parley.Engagement, []app.StoredFinding) {
	w.t.Helper()
	stop := w.run()
	e := w.engagement()
	w.imported(e.ID, "thread.mbox", mails)
	stop()
	return e, w.findings(e)
}

// corrected imports the mails and corrects the labels of the first finding to passive and culture.
func (w *world) corrected() (parley.Engagement, app.StoredFinding) {
	w.t.Helper()
	e, findings := w.heard()
	given := parley.Labels{Resistance: true, Form: parley.Passive, Driver: parley.Culture}
	f, err := w.Correct(w.t.Context(), w.owner, findings[0].ID, findings[0].Version, given)
	must(w.t, err)
	same(w.t, "labels", given, f.Given)
	return e, f
}

func (w *world) findings(e parley.Engagement) []app.StoredFinding {
	w.t.Helper()
	page, err := w.Findings(w.t.Context(), w.owner, e.ID, app.FindingFilter{})
	must(w.t, err)
	if len(page.Findings) < 2 {
		w.t.Fatalf("there are only %d findings", len(page.Findings))
	}
	return page.Findings
}

// TestAnswersToASurveyStandAlone accepts what one person answered: what another did is not what it answers.
func TestAnswersToASurveyStandAlone(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.SQLite(t))
	w.run()
	e := w.engagement()
	w.imported(e.ID, "survey.csv", "Name,What worries you?\nIsa,It is far too expensive for us and nobody asked us.\nMara,We tried this in 2021 and it failed badly.\n")
	findings := w.findings(e)
	f := findings[len(findings)-1]
	f, err := w.Accept(t.Context(), w.owner, f.ID, f.Version, app.Joining{NewTitle: "It failed before"})
	must(t, err)
	c, err := w.Concern(t.Context(), w.owner, f.Concern)
	must(t, err)
	if q := c.Quotes[0]; q.Message.Kind != parley.Survey || q.Before != nil {
		t.Errorf("the %s answer %q answers %+v", q.Message.Kind, q.Text(), q.Before)
	}
}

func TestAcceptJoinsAndReopenUndoes(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e, findings := w.heard()
		first, second := findings[0], findings[1]

		f, err := w.Accept(ctx, w.owner, first.ID, first.Version, app.Joining{NewTitle: "The last change took long"})
		must(t, err)
		if f.State != parley.Accepted || f.Concern == "" || f.Version != first.Version+1 {
			t.Fatalf("accepted: %+v", f)
		}
		_, err = w.Accept(ctx, w.owner, first.ID, first.Version, app.Joining{})
		wantCode(t, "a stale version", err, parley.Conflict)

		c, err := w.Concern(ctx, w.owner, f.Concern)
		must(t, err)
		if len(c.Quotes) != 1 || c.Quotes[0].Text() != first.Text() || c.Quotes[0].Title != "Go-live" || c.Quotes[0].Before == nil || len(c.People) != 1 {
			t.Errorf("the concern has %+v", c.Quotes)
		}
		// Settle it; a new quote brings it back, and undoing that settles it again.
		moved := c.Concern
		for _, s := range []parley.ConcernState{parley.PlayedBack, parley.Settled} {
			outcome := parley.Outcome("")
			if s == parley.Settled {
				outcome = parley.Adapted
			}
			moved, err = w.MoveConcern(ctx, w.owner, moved.ID, moved.Version, s, outcome)
			must(t, err)
		}
		g, err := w.Accept(ctx, w.owner, second.ID, second.Version, app.Joining{Concern: moved.ID})
		must(t, err)
		c, err = w.Concern(ctx, w.owner, moved.ID)
		must(t, err)
		if c.State != parley.Reopened || c.Outcome != "" || len(c.Quotes) != 2 {
			t.Errorf("after a new quote it is %s %s with %d quotes", c.State, c.Outcome, len(c.Quotes))
		}
		g, err = w.Reopen(ctx, w.owner, g.ID, g.Version)
		must(t, err)
		c, err = w.Concern(ctx, w.owner, moved.ID)
		must(t, err)
		if c.State != parley.Settled || c.Outcome != parley.Adapted || len(c.Quotes) != 1 || g.Concern != "" || g.State != parley.Open {
			t.Errorf("after undoing it is %s %s with %d quotes, the finding %s", c.State, c.Outcome, len(c.Quotes), g.State)
		}
		// A concern that was opened for a finding and touched by nobody goes with it.
		h, err := w.Accept(ctx, w.owner, second.ID, g.Version, app.Joining{NewTitle: "Too few people"})
		must(t, err)
		opened := h.Concern
		_, err = w.Dismiss(ctx, w.owner, h.ID, h.Version)
		must(t, err)
		_, err = w.Concern(ctx, w.owner, opened)
		wantCode(t, "the concern of a dismissed finding", err, parley.NotFound)
		_, err = w.Reopen(ctx, w.owner, first.ID, f.Version)
		must(t, err)
		_, err = w.Concern(ctx, w.owner, moved.ID) // it was moved: it stays, without a quote
		must(t, err)
		page, err := w.Findings(ctx, w.owner, e.ID, app.FindingFilter{State: parley.Open})
		must(t, err)
		if len(page.Findings) != len(findings)-1 {
			t.Errorf("%d findings are open, want %d", len(page.Findings), len(findings)-1)
		}
		w.whole()
	})
}

// TestUndoGoesBackOneStep: what was decided after a correction is taken back without it, and then it as well.
func TestUndoGoesBackOneStep(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	_, f := w.corrected()
	given := f.Given
	var err error
	for _, decide := range []func() (app.StoredFinding, error){
		func() (app.StoredFinding, error) { return w.Dismiss(ctx, w.owner, f.ID, f.Version) },
		func() (app.StoredFinding, error) {
			return w.Accept(ctx, w.owner, f.ID, f.Version, app.Joining{NewTitle: "Ours to plan"})
		},
	} {
		f, err = decide()
		must(t, err)
		f, err = w.Reopen(ctx, w.owner, f.ID, f.Version)
		must(t, err)
		if f.State != parley.Corrected || f.Final() != given || f.Concern != "" {
			t.Fatalf("a step back it is %s, %+v", f.State, f.Final())
		}
	}
	f, err = w.Dismiss(ctx, w.owner, f.ID, f.Version)
	must(t, err)
	f, err = w.Accept(ctx, w.owner, f.ID, f.Version, app.Joining{})
	must(t, err)
	if f.State != parley.Corrected || f.Final() != given {
		t.Errorf("accepted after it was dismissed it is %s, %+v", f.State, f.Final())
	}
	lines, err := w.Labelled(ctx, w.owner)
	must(t, err)
	if !slices.ContainsFunc(lines, func(l train.Line) bool { return l.Labels["driver"] == string(parley.Culture) }) {
		t.Error("nobody learns from the correction any more")
	}
	f, err = w.Reopen(ctx, w.owner, f.ID, f.Version)
	must(t, err)
	if f.State != parley.Open || f.Final() != f.Labels {
		t.Errorf("another step back it is %s, %+v", f.State, f.Final())
	}
	w.whole()
}

// TestUnsettle takes back that a concern was settled, as long as nothing else happened to it.
func TestUnsettle(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	_, findings := w.heard()
	f, err := w.Accept(ctx, w.owner, findings[0].ID, findings[0].Version, app.Joining{NewTitle: "The last change took long"})
	must(t, err)
	got, err := w.Concern(ctx, w.owner, f.Concern)
	must(t, err)
	c := got.Concern
	_, err = w.Unsettle(ctx, w.owner, c.ID, c.Version)
	wantCode(t, "one that is not settled", err, parley.Conflict)
	c, err = w.MoveConcern(ctx, w.owner, c.ID, c.Version, parley.PlayedBack, "")
	must(t, err)
	settled, err := w.MoveConcern(ctx, w.owner, c.ID, c.Version, parley.Settled, parley.Honoured)
	must(t, err)
	c, err = w.Unsettle(ctx, w.owner, c.ID, settled.Version)
	must(t, err)
	if c.State != parley.PlayedBack || c.Outcome != "" {
		t.Errorf("it is %s %s", c.State, c.Outcome)
	}
	_, err = w.Unsettle(ctx, w.owner, c.ID, settled.Version)
	wantCode(t, "twice", err, parley.Conflict)
	w.whole()
}

func TestCorrectedLabelsHold(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	e, f := w.corrected()
	given := f.Given
	f, err := w.Accept(ctx, w.owner, f.ID, f.Version, app.Joining{NewTitle: "Ours to plan"})
	must(t, err)
	same(t, "labels", given, f.Final())
	if f.State != parley.Corrected {
		t.Errorf("joining made of it %s", f.State)
	}
	learned, err := w.Learning(ctx, w.owner)
	must(t, err)
	same(t, "what there is to learn from", app.LearnedFrom{Corrected: 1}, learned.Decided)
	page, err := w.Findings(ctx, w.owner, e.ID, app.FindingFilter{Driver: parley.Culture, Person: f.Message.Stakeholder, Concern: f.Concern, Conversation: f.Conversation})
	must(t, err)
	if len(page.Findings) != 1 || page.Findings[0].ID != f.ID {
		t.Errorf("by its labels one finds %+v", page.Findings)
	}
	c, err := w.Concern(ctx, w.owner, f.Concern)
	must(t, err)
	same(t, "labels of the concern", given, c.Labels)
	for _, labels := range []parley.Labels{{}, {Resistance: true, Driver: "greed"}} {
		_, err := w.Correct(ctx, w.owner, f.ID, f.Version, labels)
		wantCode(t, "wrong labels", err, parley.Invalid)
	}
	page, err = w.Findings(ctx, w.owner, e.ID, app.FindingFilter{Loose: true})
	must(t, err)
	if len(page.Findings) != 0 {
		t.Errorf("without a concern are %d", len(page.Findings))
	}
}

func TestFindingsAndConcernsPageOnce(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e, findings := w.heard()
		var got []parley.FindingID
		for cursor := ""; ; {
			page, err := w.Findings(ctx, w.owner, e.ID, app.FindingFilter{Limit: 1, Cursor: cursor})
			must(t, err)
			for _, f := range page.Findings {
				got = append(got, f.ID)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		var want []parley.FindingID
		for _, f := range findings {
			want = append(want, f.ID)
		}
		same(t, "findings page by page", want, got)

		c := &clock{t: time.Now()} // a second between them, which is their order
		a, err := app.New(ctx, w.store, app.Options{Now: c.now})
		must(t, err)
		for i, title := range []string{"Éclair", "ancho", "Zebra", "ancho", "beta"} {
			_, err := a.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: title, Labels: parley.Labels{Driver: parley.Drivers[i%3]}})
			must(t, err)
		}
		wanted := map[app.ConcernSort][]string{
			app.ByTitle: {"ancho", "ancho", "beta", "Éclair", "Zebra"}, app.ByCreated: {"beta", "ancho", "Zebra", "ancho", "Éclair"},
			app.ByDriver: {"ancho", "Éclair", "ancho", "beta", "Zebra"}, app.ByState: {"ancho", "ancho", "beta", "Éclair", "Zebra"},
			app.ByUpdated: {"beta", "ancho", "Zebra", "ancho", "Éclair"},
		}
		for sort, want := range wanted {
			var got []string
			for cursor := ""; ; {
				page, err := w.Concerns(ctx, w.owner, e.ID, app.ConcernFilter{Sort: sort, Limit: 2, Cursor: cursor})
				must(t, err)
				if page.Total != 5 {
					t.Errorf("there are %d concerns in all, want 5", page.Total)
				}
				for _, c := range page.Concerns {
					got = append(got, c.Title)
				}
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			same(t, "concerns by "+string(sort), want, got)
		}
		page, err := w.Concerns(ctx, w.owner, e.ID, app.ConcernFilter{Text: "ECLÁIR", Open: true, State: parley.Heard})
		must(t, err)
		if len(page.Concerns) != 1 {
			t.Errorf("without accents one finds %d", len(page.Concerns))
		}
		_, err = w.Concerns(ctx, w.owner, e.ID, app.ConcernFilter{Cursor: "?"})
		wantCode(t, "a wrong cursor", err, parley.Invalid)
		_, err = w.Findings(ctx, w.owner, e.ID, app.FindingFilter{Limit: 201})
		wantCode(t, "a limit too high", err, parley.Invalid)
	})
}

func TestMatchesPutTheLikeliestFirst(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	e, findings := w.heard()
	f := findings[0]
	for _, title := range []string{"The canteen is too small", "What was tried in 2021 cost four months", "Nobody answers at night"} {
		_, err := w.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: title, Labels: f.Labels})
		must(t, err)
	}
	list, err := w.Matches(ctx, w.owner, f.ID)
	must(t, err)
	if len(list) != 3 || list[0].Concern.Title != "What was tried in 2021 cost four months" || list[0].Score <= list[1].Score || list[0].Score > 1 {
		t.Errorf("%q matches %+v", f.Text(), list)
	}
}

// TestMatchesOfAFindingInAConcern: where a finding is now does not draw it away from where it belongs.
func TestMatchesOfAFindingInAConcern(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	e, findings := w.heard()
	f := findings[0]
	for _, title := range []string{"What was tried in 2021 cost four months", "Nobody answers at night"} {
		_, err := w.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: title})
		must(t, err)
	}
	before, err := w.Matches(ctx, w.owner, f.ID)
	must(t, err)
	f, err = w.Accept(ctx, w.owner, f.ID, f.Version, app.Joining{NewTitle: "Something else altogether"})
	must(t, err)
	after, err := w.Matches(ctx, w.owner, f.ID)
	must(t, err)
	if len(before) == 0 || len(after) == 0 || after[0].Concern.ID != before[0].Concern.ID || after[0].Score != before[0].Score {
		t.Errorf("before %+v, in another concern %+v", before, after)
	}
}

func TestSetSidesReadsAgain(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e, before := w.heard()
		kept, err := w.Accept(ctx, w.owner, before[0].ID, before[0].Version, app.Joining{})
		must(t, err)
		must(t, w.SetSides(ctx, w.owner, e.ID, parley.Sides{Advisers: []string{"ibarra.example"}}))
		page, err := w.Findings(ctx, w.owner, e.ID, app.FindingFilter{})
		must(t, err)
		if len(page.Findings) != 1 || page.Findings[0].ID != kept.ID {
			t.Errorf("of advisers there are %d findings, want the accepted one", len(page.Findings))
		}
		must(t, w.SetSides(ctx, w.owner, e.ID, parley.Sides{Advisers: []string{"halden.example"}}))
		reread := func() app.Reread {
			list, err := w.Engagements(ctx, w.owner)
			must(t, err)
			return list[0].Counts.Reread
		}
		if r := reread(); r.Left == 0 || r.Left != r.All {
			t.Errorf("to be read again are %+v", r)
		}
		stop := w.run()
		var after []app.StoredFinding
		eventually(t, func() bool {
			page, err := w.Findings(ctx, w.owner, e.ID, app.FindingFilter{})
			must(t, err)
			after = page.Findings
			return len(after) == len(before) && reread().Left == 0
		})
		stop()
		same(t, "to be read again at the end", app.Reread{}, reread())
		for i := range after {
			if after[i].Text() != before[i].Text() || after[i].Probability != before[i].Probability {
				t.Errorf("read again, %q %.3f became %q %.3f", before[i].Text(), before[i].Probability, after[i].Text(), after[i].Probability)
			}
		}
		w.whole()
	})
}

func TestUndoImportLeavesNothing(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		w.run()
		e := w.engagement()
		imp := w.imported(e.ID, "thread.mbox", mails)
		f := w.findings(e)[0]
		_, err := w.Accept(ctx, w.owner, f.ID, f.Version, app.Joining{NewTitle: "It took long"})
		must(t, err)
		must(t, w.UndoImport(ctx, w.owner, imp.ID))
		wantCode(t, "undone twice", w.UndoImport(ctx, w.owner, imp.ID), parley.Conflict)
		o, err := w.Overview(ctx, w.owner, e.ID)
		must(t, err)
		if c := o.Counts; c.Messages+c.Conversations+c.Stakeholders+c.Open()+c.AllConcerns() != 0 {
			t.Errorf("what is left: %+v", c)
		}
		again := w.imported(e.ID, "thread.mbox", mails)
		if again.New != imp.New || again.Findings != imp.Findings {
			t.Errorf("imported again: %+v", again)
		}
		w.whole()
	})
}
