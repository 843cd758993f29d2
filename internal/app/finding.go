package app

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"parley"
	"parley/diagnose"
	"parley/internal/store"
)

// Findings returns those of an engagement that the filter chooses, in the order in which they were said.
func (a *App) Findings(ctx context.Context, by parley.Actor, eng parley.EngagementID, f FindingFilter) (page FindingPage, err error) {
	filter := store.FindingFilter{State: f.State, Conversation: f.Conversation, Driver: f.Driver, Person: f.Person, Concern: f.Concern, Loose: f.Loose}
	if f.State != "" && !slices.Contains(parley.FindingStates, f.State) {
		return page, &parley.Error{Code: parley.Invalid, Field: "state", Message: "there is no such state"}
	}
	limit, err := pageLimit(f.Limit)
	if err != nil {
		return page, err
	}
	if err := parseCursor(f.Cursor, &filter.After); err != nil {
		return page, err
	}
	filter.Limit = limit + 1
	err = a.read(ctx, func(tx *store.Tx) error {
		if _, err := a.engagement(ctx, tx, by, eng); err != nil {
			return err
		}
		list, err := tx.Findings(ctx, by.Space, eng, filter)
		page = FindingPage{Findings: list}
		if len(list) > limit {
			page.Findings = list[:limit]
			last := list[limit-1]
			page.Next = cursorOf(store.Said{Conversation: last.Conversation, At: last.Message.At, Seq: last.Message.Seq, Start: last.Span.Start})
		}
		return err
	})
	return page, err
}

// Finding returns one finding.
func (a *App) Finding(ctx context.Context, by parley.Actor, id parley.FindingID) (f StoredFinding, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		f, _, err = a.findingOf(ctx, tx, by, id)
		return err
	})
	return f, err
}

// findingOf returns a finding that by may see, and its engagement.
func (a *App) findingOf(ctx context.Context, tx *store.Tx, by parley.Actor, id parley.FindingID) (StoredFinding, parley.Engagement, error) {
	if err := mayBeHere(by); err != nil {
		return StoredFinding{}, parley.Engagement{}, err
	}
	f, err := tx.Finding(ctx, by.Space, id)
	if err != nil {
		return StoredFinding{}, parley.Engagement{}, err
	}
	e, err := a.engagement(ctx, tx, by, f.Engagement)
	if err != nil {
		return StoredFinding{}, parley.Engagement{}, of("finding", err)
	}
	return f, e, nil
}

// decide loads a finding that by may change, lets fn change it, and saves it, if its version is version.
func (a *App) decide(ctx context.Context, by parley.Actor, id parley.FindingID, version int, kind string, fn func(*store.Tx, StoredFinding, time.Time) (StoredFinding, error)) (StoredFinding, error) {
	now := a.now()
	var saved StoredFinding
	err := a.write(ctx, func(tx *store.Tx) error {
		f, e, err := a.findingOf(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := by.MayEdit(e); err != nil {
			return err
		}
		if f.Version != version {
			return &parley.Error{Code: parley.Conflict, Message: "somebody decided about it meanwhile; look again, then decide"}
		}
		if f, err = fn(tx, f, now); err != nil {
			return err
		}
		if saved, err = tx.UpdateFinding(ctx, by.Space, f); err != nil {
			return err
		}
		if err := a.askToLearn(ctx, tx, by.Space, now); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: kind, engagement: e.ID, subject: string(id), data: map[string]any{"labels": saved.Final(), "concern": saved.Concern}})
	})
	if err != nil {
		return StoredFinding{}, err
	}
	return saved, nil
}

// Accept says that a finding is resistance, with the labels it has, and lets it join a concern. What was
// agreed about that concern or settled lapses. A finding that was corrected keeps a person's labels; one
// that has joined a concern may join another.
func (a *App) Accept(ctx context.Context, by parley.Actor, id parley.FindingID, version int, to Joining) (StoredFinding, error) {
	if to.Concern != "" && to.NewTitle != "" {
		return StoredFinding{}, &parley.Error{Code: parley.Invalid, Field: "new_title", Message: "join a concern, or open a new one"}
	}
	return a.decide(ctx, by, id, version, "finding.accepted", func(tx *store.Tx, f StoredFinding, now time.Time) (StoredFinding, error) {
		if f.State != parley.Corrected {
			f.State = parley.Accepted
		}
		if to == (Joining{}) || to.Concern != "" && to.Concern == f.Concern {
			return f, nil
		}
		f, err := a.detach(ctx, tx, by, f, now)
		if err != nil {
			return f, err
		}
		return a.join(ctx, tx, by, f, to, now)
	})
}

// join lets f join a concern or opens one for it.
func (a *App) join(ctx context.Context, tx *store.Tx, by parley.Actor, f StoredFinding, to Joining, now time.Time) (StoredFinding, error) {
	if to.NewTitle != "" {
		c, err := a.openConcern(ctx, tx, by, f.Engagement, NewConcern{Title: to.NewTitle, Labels: f.Final()}, now)
		f.Concern, f.Before = c.ID, &store.Joined{Version: c.Version}
		return f, err
	}
	c, err := tx.Concern(ctx, by.Space, to.Concern)
	if err == nil && c.Engagement != f.Engagement {
		err = &parley.Error{Code: parley.NotFound, Field: "concern", Message: "there is no such concern"}
	}
	if err == nil {
		err = whole(c)
	}
	if err != nil {
		return f, err
	}
	before := store.Joined{State: c.State, Outcome: c.Outcome}
	heard := c.HeardAgain(now)
	if heard, err = tx.UpdateConcern(ctx, heard); err != nil {
		return f, err
	}
	before.Version = heard.Version
	f.Concern, f.Before = c.ID, &before
	return f, a.record(ctx, tx, by, now, happening{kind: "concern.heard", engagement: f.Engagement, subject: string(c.ID), data: map[string]any{"finding": f.ID, "state": heard.State}})
}

// detach takes f out of its concern, if it has one. If nothing else happened to that since f joined it, it
// is as it was before: in its old state, or gone if it was opened for f.
func (a *App) detach(ctx context.Context, tx *store.Tx, by parley.Actor, f StoredFinding, now time.Time) (StoredFinding, error) {
	if f.Concern == "" {
		return f, nil
	}
	id, before := f.Concern, f.Before
	f.Concern, f.Before = "", nil
	c, err := tx.Concern(ctx, by.Space, id)
	if err != nil {
		return f, err
	}
	if before != nil && before.Version == c.Version && before.State == "" {
		quotes, err := tx.Holdings(ctx, by.Space, []parley.ConcernID{id})
		if err != nil {
			return f, err
		}
		if len(quotes) == 1 && quotes[0].Quotes == 1 {
			g := f // it refers to the concern no longer when that goes
			if f, err = tx.UpdateFinding(ctx, by.Space, g); err != nil {
				return f, err
			}
			if err := tx.DeleteConcern(ctx, by.Space, id, c.Version); err != nil {
				return f, err
			}
			return f, a.record(ctx, tx, by, now, happening{kind: "concern.deleted", engagement: f.Engagement, subject: string(id)})
		}
	}
	if before != nil && before.Version == c.Version && before.State != "" {
		c.State, c.Outcome = before.State, before.Outcome
	}
	c.Updated = now
	if _, err := tx.UpdateConcern(ctx, c); err != nil {
		return f, err
	}
	return f, a.record(ctx, tx, by, now, happening{kind: "concern.left", engagement: f.Engagement, subject: string(id), data: map[string]any{"finding": f.ID, "state": c.State}})
}

// Correct says that a finding is resistance with other labels. It stays in its concern.
func (a *App) Correct(ctx context.Context, by parley.Actor, id parley.FindingID, version int, labels parley.Labels) (StoredFinding, error) {
	if !labels.Resistance || !labels.Valid() {
		return StoredFinding{}, &parley.Error{Code: parley.Invalid, Field: "labels", Message: "the labels are not those of the taxonomy; dismiss what is no resistance"}
	}
	return a.decide(ctx, by, id, version, "finding.corrected", func(_ *store.Tx, f StoredFinding, _ time.Time) (StoredFinding, error) {
		f.State, f.Given = parley.Corrected, labels
		return f, nil
	})
}

// Dismiss says that a finding is no resistance. It leaves its concern.
func (a *App) Dismiss(ctx context.Context, by parley.Actor, id parley.FindingID, version int) (StoredFinding, error) {
	return a.decide(ctx, by, id, version, "finding.dismissed", func(tx *store.Tx, f StoredFinding, now time.Time) (StoredFinding, error) {
		f, err := a.detach(ctx, tx, by, f, now)
		f.State, f.Given = parley.Dismissed, parley.Labels{}
		return f, err
	})
}

// Reopen takes back what was decided about a finding: it is open, as the model says, and in no concern. The
// concern is as it was before, unless something else happened to it since.
func (a *App) Reopen(ctx context.Context, by parley.Actor, id parley.FindingID, version int) (StoredFinding, error) {
	return a.decide(ctx, by, id, version, "finding.reopened", func(tx *store.Tx, f StoredFinding, now time.Time) (StoredFinding, error) {
		f, err := a.detach(ctx, tx, by, f, now)
		f.State, f.Given = parley.Open, parley.Labels{}
		return f, err
	})
}

// What Matches looks at and gives.
const (
	matchSame   = 200  // concerns of the finding's driver, changed last
	matchOther  = 100  // any other concerns, changed last
	matchQuotes = 3    // quotes of each, the newest
	matchMost   = 5    // answers
	matchLeast  = 0.25 // score of an answer
)

// Matches returns the concerns that a finding may belong to, likeliest first, at most 5. The score is what
// they share: driver (0.3), subject (0.15), perception (0.05), who says so (0.1), and what is said (0.4 times
// how alike it is to the title or the quote that is most alike, by letters or by what both rest on, in any of the languages).
func (a *App) Matches(ctx context.Context, by parley.Actor, id parley.FindingID) (list []Match, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		f, _, err := a.findingOf(ctx, tx, by, id)
		if err != nil {
			return err
		}
		concerns, err := candidates(ctx, tx, by.Space, f)
		if err != nil {
			return err
		}
		ids := make([]parley.ConcernID, len(concerns))
		for i, c := range concerns {
			ids[i] = c.ID
		}
		quotes, err := tx.Quotes(ctx, by.Space, ids, matchQuotes)
		if err != nil {
			return err
		}
		list = matches(f, concerns, quotes)
		return nil
	})
	return list, err
}

// candidates returns the concerns that a finding is held against.
func candidates(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, f StoredFinding) ([]parley.Concern, error) {
	var list []parley.Concern
	if driver := f.Final().Driver; driver != "" {
		same, _, err := tx.Concerns(ctx, space, f.Engagement, store.ConcernFilter{Driver: driver, Limit: matchSame})
		if err != nil {
			return nil, err
		}
		list = same
	}
	others, _, err := tx.Concerns(ctx, space, f.Engagement, store.ConcernFilter{Limit: matchOther})
	for _, c := range others {
		if !slices.ContainsFunc(list, func(x parley.Concern) bool { return x.ID == c.ID }) {
			list = append(list, c)
		}
	}
	return list, err
}

// matches scores concerns and returns the best.
func matches(f StoredFinding, concerns []parley.Concern, quotes map[parley.ConcernID][]StoredFinding) []Match {
	letters := newLetters()
	want, labels := letters.vector(f.Text()), f.Final()
	sense := diagnose.SenseOf(f.Text(), f.Message.Lang)
	list := []Match{}
	for _, c := range concerns {
		if c.ID == f.Concern {
			continue
		}
		m := Match{Concern: c}
		words := max(letters.cosine(want, letters.vector(c.Title)), sense.Alike(diagnose.SenseOf(c.Title, "")))
		said := false
		for i, q := range quotes[c.ID] {
			like := max(letters.cosine(want, letters.vector(q.Text())), sense.Alike(diagnose.SenseOf(q.Text(), q.Message.Lang)))
			if i == 0 || like > words {
				m.Quote, words = q, max(words, like)
			}
			said = said || q.Message.Stakeholder != "" && q.Message.Stakeholder == f.Message.Stakeholder
		}
		m.Score = 0.4 * words
		for _, share := range []struct {
			is     bool
			weight float64
		}{
			{labels.Driver != "" && labels.Driver == c.Labels.Driver, 0.3}, {labels.Subject != "" && labels.Subject == c.Labels.Subject, 0.15},
			{labels.Perception != "" && labels.Perception == c.Labels.Perception, 0.05}, {said, 0.1},
		} {
			if share.is {
				m.Score += share.weight
			}
		}
		if m.Score >= matchLeast {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(string(a.Concern.ID), string(b.Concern.ID)))
	})
	return list[:min(len(list), matchMost)]
}

// letters turns texts into vectors of the letters within their words, as the model sees them.
type letters struct{ vectorizer diagnose.Vectorizer }

func newLetters() *letters {
	l := &letters{diagnose.Vectorizer{Bits: 20}}
	l.vectorizer.Weights[diagnose.Chars] = 1
	return l
}

// vector returns the components of a text by bucket, of length 1.
func (l *letters) vector(text string) map[uint32]float64 {
	var a diagnose.Analysis
	a.Analyze(text)
	sum := 0.0
	v := map[uint32]float64{}
	features := l.vectorizer.Vector(nil, diagnose.Unit{Self: &a})
	for _, f := range features {
		v[f.Bucket] += float64(f.Value)
	}
	for _, f := range features { // in the order of the text: sums over a map differ from run to run
		if x, ok := v[f.Bucket]; ok && x != 0 {
			sum += float64(f.Value) * x
		}
	}
	if sum > 0 {
		for b := range v {
			v[b] /= math.Sqrt(sum)
		}
	}
	return v
}

// cosine returns how alike two vectors are, 0…1.
func (l *letters) cosine(a, b map[uint32]float64) float64 {
	var shared []uint32
	for bucket := range a {
		if _, ok := b[bucket]; ok {
			shared = append(shared, bucket)
		}
	}
	slices.Sort(shared)
	sum := 0.0
	for _, bucket := range shared {
		sum += a[bucket] * b[bucket]
	}
	return min(max(sum, 0), 1)
}
