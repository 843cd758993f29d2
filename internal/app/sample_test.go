package app_test

import (
	"slices"
	"testing"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
	"parley/internal/store/storetest"
)

// TestSampleCaseComesAndGoes loads the sample case beside an engagement, uses it, and removes it: what was there before is
// as it was, and the history is whole and tells of both.
func TestSampleCaseComesAndGoes(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		w := open(t, dsn)
		w.run()
		ctx := t.Context()
		own := w.engagement()
		w.imported(own.ID, "thread.mbox", mails)
		before, err := w.Verify(ctx)
		must(t, err)
		engagements, err := w.Engagements(ctx, w.owner)
		must(t, err)
		learned, err := w.Learning(ctx, w.owner)
		must(t, err)

		for range 2 { // once removed, it can be tried again
			sample, err := w.LoadSample(ctx, w.owner)
			must(t, err)
			if !sample.Sample || sample.Name != "Implantación del ERP, Basauri" {
				t.Errorf("the sample case is %+v", sample)
			}
			_, err = w.LoadSample(ctx, w.owner)
			wantCode(t, "a second sample case", err, parley.Conflict)
			w.use(sample)
			now, err := w.Learning(ctx, w.owner)
			must(t, err)
			same(t, "decided, with the sample case", learned.Decided, now.Decided)

			changed := sample
			changed.Sample, changed.Name = false, "Mine now"
			changed, err = w.UpdateEngagement(ctx, w.owner, changed)
			must(t, err)
			if !changed.Sample {
				t.Error("a sample case was made an engagement")
			}
			must(t, w.RemoveSample(ctx, w.owner, sample.ID))
			wantCode(t, "removing it again", w.RemoveSample(ctx, w.owner, sample.ID), parley.NotFound)
			_, err = w.Overview(ctx, w.owner, sample.ID)
			wantCode(t, "its overview", err, parley.NotFound)
		}
		wantCode(t, "removing what is no sample", w.RemoveSample(ctx, w.owner, own.ID), parley.Conflict)
		pretended, err := w.CreateEngagement(ctx, w.owner, parley.Engagement{Name: "Pretended", Kind: parley.ClientEngagement, Lang: parley.English, Sample: true})
		must(t, err)
		wantCode(t, "removing what was made a sample by hand", w.RemoveSample(ctx, w.owner, pretended.ID), parley.Conflict)

		after, err := w.Engagements(ctx, w.owner)
		must(t, err)
		same(t, "the engagements there were", engagements, after[1:])
		r, err := w.Verify(ctx)
		must(t, err)
		same(t, "problems", []string{}, r.Problems)
		if r.Messages != before.Messages || r.Findings != before.Findings {
			t.Errorf("%d messages and %d findings are left, want %d and %d", r.Messages, r.Findings, before.Messages, before.Findings)
		}
		var kinds []string
		must(t, w.store.Read(ctx, func(tx *store.Tx) error {
			events, err := tx.EventsAfter(ctx, w.owner.Space, 0, 1000)
			for _, e := range events {
				kinds = append(kinds, e.Kind)
			}
			return err
		}))
		if n := len(slices.DeleteFunc(kinds, func(kind string) bool { return kind != "engagement.removed" })); n != 2 {
			t.Errorf("the history tells of %d removals, want 2", n)
		}
	})
}

// use does in the sample case what leaves something in each table.
func (w *world) use(e parley.Engagement) {
	w.t.Helper()
	ctx := w.t.Context()
	page, err := w.Concerns(ctx, w.owner, e.ID, app.ConcernFilter{})
	must(w.t, err)
	quotes := 0
	for _, c := range page.Concerns {
		quotes += c.Quotes
	}
	overview, err := w.Overview(ctx, w.owner, e.ID)
	must(w.t, err)
	if len(page.Concerns) != 6 || quotes < 6 || overview.Counts.Open() < 2 {
		w.t.Fatalf("the sample case has %d concerns with %d quotes, and %d open findings", len(page.Concerns), quotes, overview.Counts.Open())
	}
	a, b, c := page.Concerns[0], page.Concerns[1], page.Concerns[2]
	must(w.t, w.KeepApart(ctx, w.owner, a.ID, c.ID))
	_, err = w.MergeConcerns(ctx, w.owner, a.ID, a.Version, []parley.ConcernID{b.ID})
	must(w.t, err)
	_, err = w.CreateView(ctx, w.owner, e.ID, "Trust", parley.Look{Driver: parley.Trust})
	must(w.t, err)
	_, err = w.Dismiss(ctx, w.owner, overview.Findings[0].ID, overview.Findings[0].Version)
	must(w.t, err)
}

func TestSampleCaseIsWrittenInEachLanguage(t *testing.T) {
	t.Parallel()
	for _, lang := range []parley.Lang{parley.Spanish, parley.French} {
		said, english := app.SampleTexts(lang)
		for i := range said {
			if said[i] == english[i] && said[i] != "maintenance" {
				t.Errorf("in %s %q is not translated", lang, english[i])
			}
		}
	}
}

// TestSampleCaseIsRemovedWhateverGoesOn removes the sample case while it is being loaded, and while all is read again.
func TestSampleCaseIsRemovedWhateverGoesOn(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		w := open(t, dsn)
		w.run()
		ctx := t.Context()
		loaded := make(chan error, 1)
		go func() {
			_, err := w.LoadSample(ctx, w.owner)
			loaded <- err
		}()
		var id parley.EngagementID
		eventually(t, func() bool {
			list, err := w.Engagements(ctx, w.owner)
			must(t, err)
			if len(list) > 0 && list[0].Counts.Messages > 0 {
				id = list[0].ID
			}
			return id != ""
		})
		must(t, w.RemoveSample(ctx, w.owner, id))
		if err := <-loaded; err != nil { // else it was just done
			wantCode(t, "loading what is removed meanwhile", err, parley.NotFound)
		}
		w.whole()

		sample, err := w.LoadSample(ctx, w.owner)
		must(t, err)
		conversations, err := w.Conversations(ctx, w.owner, sample.ID, "")
		must(t, err)
		must(t, w.RereadOpen(ctx, w.owner))
		must(t, w.RemoveSample(ctx, w.owner, sample.ID))
		must(t, w.RereadConversation(ctx, w.owner.Space, conversations.Conversations[0].ID))
		if r := w.whole(); r.Messages != 0 || r.Findings != 0 {
			t.Errorf("removed, it leaves %+v", r)
		}
	})
}
