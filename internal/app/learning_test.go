package app_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley"
	"parley/diagnose"
	"parley/internal/app"
	"parley/internal/store"
	"parley/internal/store/storetest"
)

// turnstiles is a meeting in which n sentences resist, and all speak of turnstiles.
func turnstiles(n int, ask string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Marta: %s at gate %d, I do not believe that the turnstile is worth it.\n", ask, 100+i)
	}
	return b.String()
}

// decideAll dismisses a third of the open findings, accepts a third, and says of the others that they are about
// trust in the company.
func (w *world) decideAll(e parley.EngagementID) (decided int) {
	w.t.Helper()
	ctx := w.t.Context()
	page, err := w.Findings(ctx, w.owner, e, app.FindingFilter{State: parley.Open, Limit: 200})
	must(w.t, err)
	for i, f := range page.Findings {
		switch i % 3 {
		case 0:
			_, err = w.Correct(ctx, w.owner, f.ID, f.Version, parley.Labels{Resistance: true, Driver: parley.Trust, Subject: parley.Company})
		case 1:
			_, err = w.Accept(ctx, w.owner, f.ID, f.Version, app.Joining{})
		default:
			_, err = w.Dismiss(ctx, w.owner, f.ID, f.Version)
		}
		must(w.t, err)
	}
	return len(page.Findings)
}

func TestModelLearnsFromDecisionsAndGoesBack(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		stop := w.run()
		e := w.engagement()
		w.imported(e.ID, "a.txt", turnstiles(36, "Once more"))
		stop()
		must(t, w.Learn(ctx, w.owner.Space))
		l, err := w.Learning(ctx, w.owner)
		must(t, err)
		if !l.Enabled || l.Used != 0 || l.Needed != 10 || len(l.Versions) != 0 || len(l.Changes) != 0 {
			t.Errorf("before any decision: %+v", l)
		}
		n := w.decideAll(e.ID)
		if n < 33 {
			t.Fatalf("%d findings", n)
		}
		if l, err = w.Learning(ctx, w.owner); err != nil || !l.Waiting || l.Decided.All() != n {
			t.Errorf("after %d decisions: %+v, %v", n, l, err)
		}
		must(t, w.Learn(ctx, w.owner.Space))
		must(t, w.Learn(ctx, w.owner.Space)) // of the same decisions: nothing new
		l, err = w.Learning(ctx, w.owner)
		must(t, err)
		if l.Used != 1 || len(l.Versions) != 1 || l.Versions[0].From != l.Decided || l.Waiting || l.Needed != 0 {
			t.Fatalf("learned: %+v", l)
		}
		said := map[string]app.LearnedHead{}
		for _, q := range l.Questions {
			said[q.Head] = q
		}
		if q := said["resistance"]; q.N != n || q.Needed != 0 || q.Low >= q.High || q.After == 0 {
			t.Errorf("of resistance it says %+v", q)
		}
		if q := said["form"]; q.N >= 30 || q.Needed != 30-q.N || q.After != 0 || q.High != 0 {
			t.Errorf("of form, with few decisions, it says %+v", q)
		}
		word := false
		for _, c := range l.Changes {
			word = word || c.Word == "turnstile" && len(c.Quotes) == 3 && c.Quotes[0].Finding != ""
		}
		if !word {
			t.Errorf("turnstile is not among the words that changed: %+v", l.Changes)
		}
		// Exactly what the events say.
		kept, anew, err := w.Rebuilt(ctx, w.owner.Space, 1)
		must(t, err)
		if len(kept) == 0 || !bytes.Equal(kept, anew) {
			t.Errorf("made again from the events, the version has other bytes: %d and %d", len(kept), len(anew))
		}

		// New imports are read with it, and after going back not any more.
		shipped, learned := w.probability(e.ID, 0, "b.txt"), w.probability(e.ID, 1, "c.txt")
		if shipped == learned {
			t.Errorf("with what was learned the probability is %v as without", learned)
		}
		l, err = w.Learning(ctx, w.owner)
		must(t, err)
		if l.Enabled || l.Used != 1 {
			t.Errorf("after a version was chosen: %+v", l)
		}
		f, err := w.Findings(ctx, w.owner, e.ID, app.FindingFilter{State: parley.Open})
		must(t, err)
		_, err = w.Accept(ctx, w.owner, f.Findings[0].ID, f.Findings[0].Version, app.Joining{})
		must(t, err)
		must(t, w.Learn(ctx, w.owner.Space))
		if l, err = w.Learning(ctx, w.owner); err != nil || len(l.Versions) != 1 || l.Waiting {
			t.Errorf("it learns though that is off: %+v, %v", l, err)
		}
		must(t, w.SetLearning(ctx, w.owner, true))
		must(t, w.Learn(ctx, w.owner.Space))
		if l, err = w.Learning(ctx, w.owner); err != nil || l.Used != 2 || len(l.Versions) != 2 {
			t.Errorf("switched on again: %+v, %v", l, err)
		}
		wantCode(t, "a version that is none", w.UseVersion(ctx, w.owner, 9), parley.Invalid)
		w.whole()
	})
}

// probability imports a sentence with a version of the model, and returns how probable resistance in it is.
func (w *world) probability(e parley.EngagementID, version int, name string) float64 {
	w.t.Helper()
	must(w.t, w.UseVersion(w.t.Context(), w.owner, version))
	stop := w.run()
	defer stop()
	imp := w.imported(e, name, "Nerea: Honestly, I do not believe that the turnstile is worth it for "+name+".\n")
	if imp.Findings != 1 {
		w.t.Fatalf("%s has %d findings", name, imp.Findings)
	}
	page, err := w.Findings(w.t.Context(), w.owner, e, app.FindingFilter{State: parley.Open, Limit: 200})
	must(w.t, err)
	for _, f := range page.Findings {
		if f.Message.Source == name {
			return f.Probability
		}
	}
	w.t.Fatalf("the finding of %s is not there", name)
	return 0
}

func TestUndoneImportsAreForgotten(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	stop := w.run()
	e := w.engagement()
	imp := w.imported(e.ID, "a.txt", turnstiles(15, "Once more"))
	stop()
	w.decideAll(e.ID)
	must(t, w.Learn(ctx, w.owner.Space))
	must(t, w.UndoImport(ctx, w.owner, imp.ID))
	must(t, w.Learn(ctx, w.owner.Space))
	l, err := w.Learning(ctx, w.owner)
	must(t, err)
	if l.Used != 0 || l.Decided.All() != 0 || len(l.Changes) != 0 {
		t.Errorf("after the import was undone: %+v", l)
	}
}

func TestWordsOfRestrictedEngagementsStayThere(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	stop := w.run()
	e := w.engagement()
	w.imported(e.ID, "a.txt", turnstiles(15, "Once more"))
	stop()
	w.decideAll(e.ID)
	must(t, w.Learn(ctx, w.owner.Space))
	e, err := w.Engagement(ctx, w.owner, e.ID)
	must(t, err)
	e.Restricted = true
	_, err = w.UpdateEngagement(ctx, w.owner, e)
	must(t, err)
	m, err := w.AddMember(ctx, w.owner, app.NewMember{Name: "Vera", Email: "vera@halden.example", Password: password, Role: parley.ViewerRole})
	must(t, err)
	viewer, err := w.ActorOf(ctx, m.ID)
	must(t, err)
	l, err := w.Learning(ctx, viewer)
	must(t, err)
	if len(l.Changes) != 0 || l.Decided.All() == 0 {
		t.Errorf("who may not see the engagement reads %+v", l.Changes)
	}
	if l, err = w.Learning(ctx, w.owner); err != nil || len(l.Changes) == 0 {
		t.Errorf("the owner reads no words: %v", err)
	}
}

func TestLearningHappensInTheBackground(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn, app.Options{Wait: 1})
		w.run()
		e := w.engagement()
		w.imported(e.ID, "a.txt", turnstiles(15, "Once more"))
		w.decideAll(e.ID)
		var l app.Learning
		eventually(t, func() bool {
			var err error
			l, err = w.Learning(ctx, w.owner)
			must(t, err)
			return l.Used > 0 && !l.Waiting && l.Versions[0].From == l.Decided
		})
		before, err := w.Findings(ctx, w.owner, e.ID, app.FindingFilter{})
		must(t, err)
		_, err = w.Reopen(ctx, w.owner, before.Findings[0].ID, before.Findings[0].Version)
		must(t, err)
		must(t, w.RereadOpen(ctx, w.owner))
		var after app.FindingPage
		eventually(t, func() bool {
			after, err = w.Findings(ctx, w.owner, e.ID, app.FindingFilter{})
			must(t, err)
			return len(after.Findings) == len(before.Findings) && after.Findings[0].ID != before.Findings[0].ID
		})
		if f := after.Findings[0]; f.State != parley.Open || f.Probability == before.Findings[0].Probability {
			t.Errorf("read again with what was learned: %v %.4f, before %.4f", f.State, f.Probability, before.Findings[0].Probability)
		}
		same(t, "a finding that was decided about", before.Findings[1], after.Findings[1])
		w.whole()
	})
}

// TestAnotherModelIsLearnedAnew has a version in use that was made for a model which is not shipped any more.
func TestAnotherModelIsLearnedAnew(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t), app.Options{Wait: 1})
	stop := w.run()
	e := w.engagement()
	w.imported(e.ID, "a.txt", turnstiles(15, "Once more"))
	stop()
	w.decideAll(e.ID)
	old, err := diagnose.NewAdaptation(diagnose.AdaptationInfo{Version: "0", Base: "of last year", Bias: []float64{0}, Unit: []float32{1}}, nil, nil)
	must(t, err)
	body, err := old.MarshalBinary()
	must(t, err)
	must(t, w.store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.CreateAdaptation(ctx, w.owner.Space, store.Adaptation{Version: 1, Base: "of last year"}, body); err != nil {
			return err
		}
		return tx.SaveLearning(ctx, w.owner.Space, store.Learning{Enabled: true, Used: 1})
	}))
	l, err := w.Learning(ctx, w.owner)
	must(t, err)
	if l.Used != 0 || l.Versions[0].Current || len(l.Changes) != 0 {
		t.Errorf("it says that version %d is used: %+v", l.Used, l.Versions)
	}
	wantCode(t, "using it", w.UseVersion(ctx, w.owner, 1), parley.Conflict)
	defer w.run()()
	eventually(t, func() bool {
		l, err = w.Learning(ctx, w.owner)
		must(t, err)
		return l.Used == 2 && l.Versions[0].Current
	})
}

// TestAnImportIsReadWithTheModelItBeganWith asks for imports while one version of the model is in use, and has another
// be used before they are read, or when half of one is.
func TestAnImportIsReadWithTheModelItBeganWith(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		stop := w.run()
		e := w.engagement()
		w.imported(e.ID, "a.txt", turnstiles(15, "Once more"))
		stop()
		w.decideAll(e.ID)
		must(t, w.Learn(ctx, w.owner.Space))

		const messages = 450
		text := turnstiles(messages, "Again")
		begin := func() (parley.Engagement, app.Import) {
			e := w.engagement()
			imp, err := w.StartImport(ctx, w.owner, e.ID, []app.Upload{{Name: "b.txt", Body: strings.NewReader(text)}})
			must(t, err)
			return e, imp
		}
		read := func(imp app.Import) {
			must(t, w.WorkImport(ctx, w.owner.Space, imp.ID))
			if imp = w.wait(imp.ID); imp.State != app.Done || imp.New != messages {
				t.Fatalf("the import says %+v", imp)
			}
		}
		whole, first := begin()
		later, second := begin()
		cut, third := begin()
		read(first)
		want := w.everything(whole)

		// A worker that dies in its second chunk.
		dying, die := context.WithCancel(ctx)
		ids, made := new(parley.IDs), 0
		a, err := app.New(ctx, w.store, app.Options{NewID: func(now time.Time) string {
			if made++; made == messages {
				die()
			}
			return ids.New(now)
		}})
		must(t, err)
		must(t, a.WorkImport(dying, w.owner.Space, third.ID))
		third, err = w.Import(ctx, w.owner, third.ID)
		must(t, err)
		if third.Over() || third.Messages == 0 || third.Messages >= messages {
			t.Fatalf("the import that was cut in two says %+v", third)
		}

		must(t, w.UseVersion(ctx, w.owner, 0))
		w = open(t, dsn) // after a restart
		read(second)
		read(third)
		same(t, "asked for before, read after another version was in use", want, w.everything(later))
		same(t, "cut in two by it", want, w.everything(cut))
		now, fourth := begin()
		read(fourth)
		shipped := w.everything(now)

		// Who has everything read again with another version means what is being imported too.
		must(t, w.UseVersion(ctx, w.owner, 1))
		again, fifth := begin()
		must(t, w.UseVersion(ctx, w.owner, 0))
		must(t, w.RereadOpen(ctx, w.owner))
		read(fifth)
		same(t, "asked for before all was to be read again with another version", shipped, w.everything(again))
		for said := range want {
			if shipped[said] > 0 {
				t.Fatalf("both versions say the same of %s", said)
			}
		}
		w.whole()
	})
}
