package app_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
	"parley/internal/store/storetest"
)

// said returns the message of an engagement that contains some words, with where they stand in it.
func (w *world) said(e parley.Engagement, words string) (app.MessageView, parley.Span) {
	w.t.Helper()
	list, err := w.Conversations(w.t.Context(), w.owner, e.ID, "")
	must(w.t, err)
	for _, c := range list.Conversations {
		page, err := w.Conversation(w.t.Context(), w.owner, c.ID, "")
		must(w.t, err)
		for _, m := range page.Messages {
			if at := strings.Index(m.Text, words); at >= 0 {
				return m, parley.Span{Start: at, End: at + len(words)}
			}
		}
	}
	w.t.Fatalf("nobody said %q", words)
	return app.MessageView{}, parley.Span{}
}

func TestSentencesSayWhatAReadingSays(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	stop := w.run()
	e := w.engagement()
	long := turnstiles(90, "Once more") // more than a reader remembers
	w.imported(e.ID, "thread.mbox", mails, "meeting.vtt", meeting, "long.txt", "Anna Ruiz: What about the gates?\n"+long)
	stop()
	list, err := w.Findings(ctx, w.owner, e.ID, app.FindingFilter{Limit: 200})
	must(t, err)
	if len(list.Findings) < 90 {
		t.Fatalf("%d findings", len(list.Findings))
	}
	for _, f := range list.Findings[:20] {
		sentences, err := w.Sentences(ctx, w.owner, f.Message.ID)
		must(t, err)
		var is app.Sentence
		for _, s := range sentences {
			if s.Finding == f.ID {
				is = s
			}
		}
		want := app.Sentence{Span: f.Span, Text: f.Text(), Probability: f.Probability, Labels: f.Labels, Confidence: f.Confidence, Second: f.Second, Finding: f.ID}
		if fmt.Sprint(want.Span, want.Text, want.Probability, want.Labels, want.Confidence, want.Second, want.Finding) !=
			fmt.Sprint(is.Span, is.Text, is.Probability, is.Labels, is.Confidence, is.Second, is.Finding) {
			t.Errorf("of %q it says %+v, and the finding was %+v", f.Text(), is, want)
		}
	}
	ours, _ := w.said(e, "We propose to go live")
	if sentences, err := w.Sentences(ctx, w.owner, ours.ID); err != nil || len(sentences) != 0 {
		t.Errorf("of what one of ours said there are the sentences %+v, %v", sentences, err)
	}
}

// TestWhatIsMarkedIsLikeWhatWasHeard marks a sentence that Parley missed, and does with it what one does with a finding.
func TestWhatIsMarkedIsLikeWhatWasHeard(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e, heard := w.heard()
		m, at := w.said(e, "canteen is closed")
		if len(m.Findings) != 0 {
			t.Fatalf("Parley heard it: %+v", m.Findings)
		}
		labels := parley.Labels{Resistance: true, Driver: parley.Trust, Subject: parley.Company}
		f, err := w.Mark(ctx, w.owner, m.ID, at, labels)
		must(t, err)
		if f.Text() != "The canteen is closed on Friday." || f.State != parley.Accepted || f.Final() != labels || f.Marked == nil || f.Marked.By != w.owner.Member || f.Marked.ByName != "Inés Carrasco" || f.Probability <= 0 || f.Probability >= 0.5 {
			t.Errorf("marked, it is %+v", f)
		}
		stored, err := w.Finding(ctx, w.owner, f.ID)
		must(t, err)
		same(t, "as it is kept", f.Marked, stored.Marked)
		count := func(what string, accepted, all int) {
			t.Helper()
			list, err := w.Engagements(ctx, w.owner)
			must(t, err)
			page, err := w.Findings(ctx, w.owner, e.ID, app.FindingFilter{})
			must(t, err)
			if n := list[0].Counts.Findings[parley.Accepted]; n != accepted || len(page.Findings) != all {
				t.Errorf("%s: %d are accepted of %d, want %d of %d", what, n, len(page.Findings), accepted, all)
			}
			w.whole()
		}
		count("marked", 1, len(heard)+1)

		// Into a concern of its own, with another that was heard, and out of it.
		f = w.joined(f, app.Joining{NewTitle: "The canteen"})
		own := f.Concern
		w.joined(heard[0], app.Joining{Concern: own})
		v, err := w.Concern(ctx, w.owner, own)
		must(t, err)
		if len(v.Quotes) != 2 || v.Labels != labels || v.People[0].Name != "Marta Etxeberria" && v.People[1].Name != "Marta Etxeberria" {
			t.Errorf("the concern is %+v", v)
		}
		f, err = w.Correct(ctx, w.owner, f.ID, f.Version, parley.Labels{Resistance: true, Driver: parley.Value})
		must(t, err)
		f, err = w.Dismiss(ctx, w.owner, f.ID, f.Version)
		must(t, err)
		count("dismissed", 1, len(heard)+1)
		f, err = w.Reopen(ctx, w.owner, f.ID, f.Version)
		must(t, err)
		if f.State != parley.Accepted || f.Final() != labels || f.Concern != "" || f.Marked == nil {
			t.Errorf("with what was decided taken back it is %+v, want it as it was marked", f)
		}
		count("as it was marked", 2, len(heard)+1)

		// It is there when all was read again, with who is whose changed, and not twice.
		must(t, w.SetSides(ctx, w.owner, e.ID, parley.Sides{Advisers: []string{"halden.example"}, Clients: []string{"Marta Etxeberria"}}))
		must(t, w.RereadOpen(ctx, w.owner))
		stop := w.run()
		eventually(t, func() bool {
			list, err := w.Engagements(ctx, w.owner)
			must(t, err)
			return list[0].Counts.Reread.Left == 0
		})
		stop()
		again, err := w.Finding(ctx, w.owner, f.ID)
		must(t, err)
		same(t, "after all was read again", f.Marked, again.Marked)
		count("read again", 2, len(heard)+1)

		// Taken back, and with it the concern that was opened for it.
		f = w.joined(again, app.Joining{NewTitle: "The canteen again"})
		wantCode(t, "withdrawn with a stale version", w.Withdraw(ctx, w.owner, f.ID, f.Version-1), parley.Conflict)
		must(t, w.Withdraw(ctx, w.owner, f.ID, f.Version))
		_, err = w.Finding(ctx, w.owner, f.ID)
		wantCode(t, "what was withdrawn", err, parley.NotFound)
		_, err = w.Concern(ctx, w.owner, f.Concern)
		wantCode(t, "the concern opened for it", err, parley.NotFound)
		count("withdrawn", 1, len(heard))
		f, err = w.Mark(ctx, w.owner, m.ID, at, labels)
		must(t, err)
		count("marked once more", 2, len(heard)+1)
		events, err := w.Events(ctx, w.owner, e.ID, string(f.ID), "")
		must(t, err)
		if len(events.Events) != 1 || events.Events[0].Kind != "finding.marked" || events.Events[0].ByName == "" || strings.Contains(string(events.Events[0].Data), "anteen") {
			t.Errorf("the history says %+v", events.Events)
		}
	})
}

func TestWhatCannotBeMarked(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	e, heard := w.heard()
	labels := parley.Labels{Resistance: true}
	ours, we := w.said(e, "We propose")
	theirs, they := w.said(e, "canteen is")
	tom, there := w.said(e, "it cost us")
	text := parley.Span{Start: 0, End: len(tom.Text)}
	for _, tt := range []struct {
		name   string
		id     parley.MessageID
		span   parley.Span
		labels parley.Labels
		want   parley.Code
	}{
		{"what one of ours said", ours.ID, we, labels, parley.Invalid},
		{"two sentences", tom.ID, text, labels, parley.Invalid},
		{"nothing", theirs.ID, parley.Span{Start: they.Start, End: they.Start}, labels, parley.Invalid},
		{"backwards", theirs.ID, parley.Span{Start: they.End, End: they.Start}, labels, parley.Invalid},
		{"beyond the end", theirs.ID, parley.Span{Start: they.Start, End: 1 << 40}, labels, parley.Invalid},
		{"before the start", theirs.ID, parley.Span{Start: -5, End: 3}, labels, parley.Invalid},
		{"what is no resistance", theirs.ID, they, parley.Labels{}, parley.Invalid},
		{"another taxonomy's", theirs.ID, they, parley.Labels{Resistance: true, Driver: "weather"}, parley.Invalid},
		{"a passage", tom.ID, there, labels, parley.Conflict},
		{"a message that is not there", "msg_00000000000000000000000000", they, labels, parley.NotFound},
	} {
		_, err := w.Mark(ctx, w.owner, tt.id, tt.span, tt.labels)
		wantCode(t, tt.name, err, tt.want)
	}
	wantCode(t, "withdraw what was heard", w.Withdraw(ctx, w.owner, heard[0].ID, heard[0].Version), parley.Conflict)
	f, err := w.Mark(ctx, w.owner, theirs.ID, they, labels)
	must(t, err)
	if f.Final() != labels {
		t.Errorf("with nothing known of it, it is %+v", f.Final())
	}
	_, err = w.Mark(ctx, w.owner, theirs.ID, they, labels)
	wantCode(t, "the same once more", err, parley.Conflict)
	w.whole()
}

// TestWhatWasMissedTeaches marks sentences about turnstiles that the shipped model does not hear, and has it learn.
func TestWhatWasMissedTeaches(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e := w.engagement()
		var b strings.Builder
		const n = 14
		for i := range n {
			fmt.Fprintf(&b, "Marta: The turnstile at gate %d is a lovely ornament.\n", 100+i)
		}
		stop := w.run()
		w.imported(e.ID, "a.txt", b.String())
		stop()
		var marked []app.StoredFinding
		before := 0.0
		for i := range n {
			m, at := w.said(e, fmt.Sprintf("gate %d ", 100+i))
			sentences, err := w.Sentences(ctx, w.owner, m.ID)
			must(t, err)
			if len(m.Findings) != 0 {
				t.Fatalf("Parley heard it: %+v", m.Findings)
			}
			before = sentences[0].Probability
			if i == 0 {
				continue // to be asked again afterwards
			}
			f, err := w.Mark(ctx, w.owner, m.ID, at, parley.Labels{Resistance: true, Form: parley.Passive, Driver: parley.Value})
			must(t, err)
			marked = append(marked, f)
		}
		must(t, w.Withdraw(ctx, w.owner, marked[0].ID, marked[0].Version))
		_, err := w.Dismiss(ctx, w.owner, marked[1].ID, marked[1].Version)
		must(t, err)
		f, err := w.Dismiss(ctx, w.owner, marked[2].ID, marked[2].Version)
		must(t, err)
		_, err = w.Reopen(ctx, w.owner, f.ID, f.Version)
		must(t, err)
		w.joined(marked[3], app.Joining{NewTitle: "The turnstiles"})
		must(t, w.Learn(ctx, w.owner.Space))
		l, err := w.Learning(ctx, w.owner)
		must(t, err)
		want := app.LearnedFrom{Dismissed: 1, Marked: n - 3}
		if l.Used != 1 || l.Decided != want || l.Versions[0].From != want {
			t.Fatalf("learned from %+v in %+v, want %+v", l.Decided, l.Versions, want)
		}
		kept, anew, err := w.Rebuilt(ctx, w.owner.Space, 1)
		must(t, err)
		if len(kept) == 0 || string(kept) != string(anew) {
			t.Error("made again from the events, the version has other bytes")
		}
		m, _ := w.said(e, "gate 100 ")
		sentences, err := w.Sentences(ctx, w.owner, m.ID)
		must(t, err)
		if after := sentences[0].Probability; after <= before || sentences[0].Labels.Driver != parley.Value {
			t.Errorf("it went from %.3f to %.3f, with %+v", before, after, sentences[0].Labels)
		}

		lines, err := w.Labelled(ctx, w.owner)
		must(t, err)
		said := map[string]int{}
		for _, line := range lines {
			said[line.Labels["resistance"]+" "+line.Labels["driver"]]++
		}
		same(t, "labelled lines", map[string]int{"true value": n - 3, "false ": 1, " ": 2}, said)
		w.whole()
	})
}

// TestOfAllWhoMarkASentenceOneDoes marks one sentence from many sides while all is read again.
func TestOfAllWhoMarkASentenceOneDoes(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e, _ := w.heard()
		w.run()
		canteen, at := w.said(e, "canteen is closed")
		tom, heard := w.said(e, "it cost us")
		marked := make(chan error, 8)
		var wg sync.WaitGroup
		for range cap(marked) {
			wg.Go(func() {
				_, err := w.Mark(ctx, w.owner, canteen.ID, at, parley.Labels{Resistance: true})
				marked <- err
			})
		}
		wg.Go(func() {
			if err := w.RereadOpen(ctx, w.owner); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() { // while it is read again it may be no passage for a moment
			_, err := w.Mark(ctx, w.owner, tom.ID, heard, parley.Labels{Resistance: true})
			if err != nil && parley.CodeOf(err) != parley.Conflict {
				t.Error(err)
			}
		})
		wg.Wait()
		close(marked)
		n := 0
		for err := range marked {
			if err == nil {
				n++
			} else {
				wantCode(t, "the same at the same time", err, parley.Conflict)
			}
		}
		if n != 1 {
			t.Errorf("%d marked the sentence, want one", n)
		}
		eventually(t, func() bool {
			list, err := w.Engagements(ctx, w.owner)
			must(t, err)
			return list[0].Counts.Reread.Left == 0
		})
		w.whole()
	})
}

// TestMarkedWordsAreWholeSentences marks from within characters of several bytes, and what is quoted.
func TestMarkedWordsAreWholeSentences(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	stop := w.run()
	e := w.engagement()
	w.imported(e.ID, "reply.eml", strings.ReplaceAll(`From: Marta Etxeberria <marta@ibarra.example>
To: anna@halden.example
Subject: Re: Menu
Message-ID: <9@ibarra.example>
Date: Tue, 3 Mar 2026 08:00:00 +0000
Content-Type: text/plain; charset=utf-8

Ñandú señal 🎉 mañana. The menu is on the wall.

On Mon, Anna Ruiz wrote:
> The spoon is on the table.
`, "\n", "\r\n"))
	stop()
	m, words := w.said(e, "🎉")
	_, quoted := w.said(e, "The spoon is on the table.")
	labels := parley.Labels{Resistance: true}
	for _, span := range []parley.Span{quoted, {Start: words.Start, End: quoted.End}, {Start: quoted.Start - 1, End: quoted.Start + 1}} {
		_, err := w.Mark(ctx, w.owner, m.ID, span, labels)
		wantCode(t, fmt.Sprintf("%q", m.Text[span.Start:span.End]), err, parley.Invalid)
	}
	f, err := w.Mark(ctx, w.owner, m.ID, parley.Span{Start: words.Start + 1, End: words.Start + 2}, labels)
	must(t, err)
	if f.Text() != "Ñandú señal 🎉 mañana." {
		t.Errorf("marked is %q", f.Text())
	}
	w.whole()
}

// TestMarkTakenBackAfterWhatHappenedToItsConcern takes back marks whose concern became part of another, was settled, or
// is kept apart from another.
func TestMarkTakenBackAfterWhatHappenedToItsConcern(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e, heard := w.heard()
		m, at := w.said(e, "canteen is closed")
		mark := func(to app.Joining) app.StoredFinding {
			t.Helper()
			f, err := w.Mark(ctx, w.owner, m.ID, at, parley.Labels{Resistance: true, Driver: parley.Trust})
			must(t, err)
			return w.joined(f, to)
		}
		withdraw := func(id parley.FindingID) {
			t.Helper()
			f, err := w.Finding(ctx, w.owner, id)
			must(t, err)
			must(t, w.Withdraw(ctx, w.owner, id, f.Version))
			w.whole()
		}
		other := w.joined(heard[0], app.Joining{NewTitle: "The last change"}).Concern
		concern := func(id parley.ConcernID) app.ConcernView {
			t.Helper()
			v, err := w.Concern(ctx, w.owner, id)
			must(t, err)
			return v
		}

		// Part of another: that has one quote less, and the two can still be split.
		f := mark(app.Joining{NewTitle: "The canteen"})
		_, err := w.MergeConcerns(ctx, w.owner, other, concern(other).Version, []parley.ConcernID{f.Concern})
		must(t, err)
		withdraw(f.ID)
		if v := concern(other); len(v.Quotes) != 1 {
			t.Errorf("there are %d quotes left, want 1", len(v.Quotes))
		}
		_, err = w.SplitConcern(ctx, w.owner, other, concern(other).Version, "")
		must(t, err)
		if v := concern(f.Concern); v.Merged != "" || len(v.Quotes) != 0 {
			t.Errorf("split, the concern of what was withdrawn is %+v", v)
		}

		// Settled before it was marked: settled again. Settled since: it stays so.
		settle := func(id parley.ConcernID) {
			t.Helper()
			for _, s := range []parley.ConcernState{parley.PlayedBack, parley.Agreed, parley.Answered, parley.Settled} {
				outcome := parley.Outcome("")
				if s == parley.Settled {
					outcome = parley.Resolved
				}
				_, err := w.MoveConcern(ctx, w.owner, id, concern(id).Version, s, outcome)
				must(t, err)
			}
		}
		settle(other)
		f = mark(app.Joining{Concern: other})
		if v := concern(other); v.State != parley.Reopened {
			t.Errorf("heard again it is %s", v.State)
		}
		withdraw(f.ID)
		if v := concern(other); v.State != parley.Settled || v.Outcome != parley.Resolved {
			t.Errorf("withdrawn it is %s, %s", v.State, v.Outcome)
		}
		f = mark(app.Joining{NewTitle: "The canteen once more"})
		settle(f.Concern)
		withdraw(f.ID)
		if v := concern(f.Concern); v.State != parley.Settled || len(v.Quotes) != 0 {
			t.Errorf("settled since, it is %+v", v)
		}

		// Kept apart from another: it goes, as it was opened for the sentence alone.
		f = mark(app.Joining{NewTitle: "The canteen for good"})
		must(t, w.KeepApart(ctx, w.owner, f.Concern, other))
		withdraw(f.ID)
		_, err = w.Concern(ctx, w.owner, f.Concern)
		wantCode(t, "what was opened for it", err, parley.NotFound)
	})
}

// TestUndoneImportTakesConcernsThatAreKeptApart undoes an import whose concern is kept apart from another.
func TestUndoneImportTakesConcernsThatAreKeptApart(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e, heard := w.heard()
		c, err := w.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: "By hand"})
		must(t, err)
		f := w.joined(heard[0], app.Joining{NewTitle: "The last change"})
		must(t, w.KeepApart(ctx, w.owner, f.Concern, c.ID))
		must(t, w.UndoImport(ctx, w.owner, f.Message.Import))
		_, err = w.Concern(ctx, w.owner, f.Concern)
		wantCode(t, "the concern that came of it", err, parley.NotFound)
		w.whole()
	})
}

// undone writes as do says, takes it back, and ends the test if do fails.
func (w *world) undone(do func(tx *store.Tx) error) {
	w.t.Helper()
	tell := errors.New("not to be kept")
	var failed error
	err := w.store.Write(w.t.Context(), func(tx *store.Tx) error {
		failed = do(tx)
		return tell
	})
	if !errors.Is(err, tell) || failed != nil {
		w.t.Fatal(errors.Join(failed, err))
	}
}

// TestVerifyFindsBrokenFindings breaks rows as no use case would.
func TestVerifyFindsBrokenFindings(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e, heard := w.heard()
		m, at := w.said(e, "canteen is closed")
		f, err := w.Mark(ctx, w.owner, m.ID, at, parley.Labels{Resistance: true})
		must(t, err)
		for _, broken := range []struct{ set, want string }{
			{"end_byte = 100000", "is not within its message"},
			{"start_byte = end_byte", "is not within its message"},
			{"start_byte = -1", "is not within its message"},
			{"marked_by = 'mem_nobody'", "marked by nobody"},
			{"marked_by = ''", "marked by nobody"},
			{"marked_at = 0", "at no time"},
			{"state = 'open'", "marked by nobody"},
			{"message = '" + string(heard[0].Message.ID) + "', start_byte = 3, end_byte = 9", "is not where its message is"},
			{"message = '" + string(heard[0].Message.ID) + "', start_byte = 3, end_byte = 9", "and another are about the same words"},
		} {
			w.undone(func(tx *store.Tx) error {
				if _, err := tx.SQL().ExecContext(ctx, "UPDATE finding SET "+broken.set+" WHERE id = '"+string(f.ID)+"'"); err != nil {
					return fmt.Errorf("%s: %w", broken.set, err)
				}
				c, err := tx.Check(ctx, 10)
				if err == nil && !strings.Contains(strings.Join(c.Problems, "\n"), broken.want) {
					t.Errorf("with %s it finds %q, want %q", broken.set, c.Problems, broken.want)
				}
				return err
			})
		}
		w.whole()
	})
}

// TestVerifyFindsCutLetters moves the ends of a passage about in letters of one to four bytes.
func TestVerifyFindsCutLetters(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e, _ := w.heard()
		m, at := w.said(e, "canteen is closed")
		f, err := w.Mark(ctx, w.owner, m.ID, at, parley.Labels{Resistance: true})
		must(t, err)
		const text = "aé€😀z"
		w.undone(func(tx *store.Tx) error {
			if _, err := tx.SQL().ExecContext(ctx, "UPDATE message SET text = $1 WHERE id = $2", text, m.ID); err != nil {
				return err
			}
			for start := range text + "." { // the beginnings of letters, and the end
				for end := range len(text) + 1 {
					if start >= end {
						continue
					}
					for _, s := range []parley.Span{{Start: start, End: end}, {Start: len(text) - end, End: len(text) - start}} {
						if _, err := tx.SQL().ExecContext(ctx, "UPDATE finding SET start_byte = $1, end_byte = $2 WHERE id = $3", s.Start, s.End, f.ID); err != nil {
							return err
						}
						c, err := tx.Check(ctx, 10)
						if err != nil {
							return err
						}
						found := slices.Contains(c.Problems, "finding "+string(f.ID)+" begins or ends within a letter")
						if want := !utf8.ValidString(text[s.Start:s.End]); found != want {
							t.Errorf("of %q, %d to %d, it finds %q", text, s.Start, s.End, c.Problems)
						}
					}
				}
			}
			return nil
		})
	})
}
