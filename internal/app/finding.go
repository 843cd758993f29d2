package app

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"
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
		if err := nameMarkers(ctx, tx, by.Space, list); err != nil {
			return err
		}
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
	return f, e, nameMarkers(ctx, tx, by.Space, []StoredFinding{f})
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
			return errFindingChanged
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
		return a.record(ctx, tx, by, now, happening{kind: kind, engagement: e.ID, subject: string(id), data: decision{Labels: saved.Final(), Concern: saved.Concern, Corrected: saved.State == parley.Corrected, Marked: saved.Marked != nil}})
	})
	if err != nil {
		return StoredFinding{}, err
	}
	return saved, nil
}

var errFindingChanged = &parley.Error{Code: parley.Conflict, Message: "somebody decided about it meanwhile; look again, then decide"}

// Accept says that a finding is resistance, with the labels it has, and lets it join a concern. What was
// agreed about that concern or settled lapses. A finding that was corrected keeps a person's labels; one
// that has joined a concern may join another.
func (a *App) Accept(ctx context.Context, by parley.Actor, id parley.FindingID, version int, to Joining) (StoredFinding, error) {
	if to.Concern != "" && to.NewTitle != "" {
		return StoredFinding{}, &parley.Error{Code: parley.Invalid, Field: "new_title", Message: "join a concern, or open a new one"}
	}
	return a.decide(ctx, by, id, version, "finding.accepted", func(tx *store.Tx, f StoredFinding, now time.Time) (StoredFinding, error) {
		f.State = parley.Accepted
		if f.Given.Resistance {
			f.State = parley.Corrected
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
		f.State = parley.Dismissed
		return f, err
	})
}

// Reopen takes back what was decided last about a finding: that it is no resistance, or belongs to a concern. What a person corrected before stays
// corrected, until that is taken back as well; else it is open, as the model says, or as it was when a person marked it. The concern is as it was
// before, unless something else happened to it since.
func (a *App) Reopen(ctx context.Context, by parley.Actor, id parley.FindingID, version int) (StoredFinding, error) {
	return a.decide(ctx, by, id, version, "finding.reopened", func(tx *store.Tx, f StoredFinding, now time.Time) (StoredFinding, error) {
		last := f.State == parley.Corrected && f.Concern == "" // the correction is
		f, err := a.detach(ctx, tx, by, f, now)
		switch {
		case f.Marked != nil:
			f.State, f.Given = parley.Accepted, parley.Labels{}
		case f.Given.Resistance && !last:
			f.State = parley.Corrected
		default:
			f.State, f.Given = parley.Open, parley.Labels{}
		}
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
// they share: driver (0.3), subject (0.15), perception (0.05), who says so (0.1), and what is said (0.4 times how alike it is, by letters, to the
// title or the quote that is most alike, or by what both mean among all of these, in any of the languages).
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
		quotes, err := tx.NewestQuotes(ctx, by.Space, ids, matchQuotes)
		if err != nil {
			return err
		}
		found := a.texts.matches(f, concerns, quotes)
		list, err = withQuotes(ctx, tx, by.Space, found)
		return err
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

// A match is a concern that a finding may belong to, with that of its quotes which is most alike; "" if it has none.
type match struct {
	concern parley.Concern
	score   float64
	quote   parley.FindingID
}

// withQuotes returns matches with their quotes.
func withQuotes(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, found []match) ([]Match, error) {
	var ids []parley.FindingID
	for _, m := range found {
		ids = append(ids, m.quote)
	}
	quotes, err := tx.FindingsByID(ctx, space, ids)
	list := make([]Match, len(found))
	for i, m := range found {
		list[i] = Match{Concern: m.concern, Score: m.score, Quote: quotes[m.quote]}
	}
	return list, err
}

// matches scores concerns and returns the best.
func (t *texts) matches(f StoredFinding, concerns []parley.Concern, quotes map[parley.ConcernID][]store.Excerpt) []match {
	want, labels := t.read(f.Text(), f.Message.Lang), f.Final()
	concerns = slices.DeleteFunc(slices.Clone(concerns), func(c parley.Concern) bool { return c.ID == f.Concern }) // which has the finding as a quote
	read := make([][]reading, len(concerns))                                                                       // of each the title and the quotes
	senses := []diagnose.Sense{want.sense}
	for i, c := range concerns {
		read[i] = append(read[i], t.read(c.Title, ""))
		own := []diagnose.Sense{read[i][0].sense}
		for _, q := range quotes[c.ID] {
			r := t.read(q.Text, q.Lang)
			read[i], own = append(read[i], r), append(own, r.sense)
		}
		senses = append(senses, diagnose.Joint(own...))
	}
	senses = diagnose.Among(senses)
	var list []match
	for i, c := range concerns {
		m := match{concern: c}
		words := max(senses[0].Alike(senses[i+1]), cosine(want.letters, read[i][0].letters))
		best, said := -1.0, false
		for j, q := range quotes[c.ID] {
			r := read[i][j+1]
			words = max(words, cosine(want.letters, r.letters))
			if like := want.alike(r); like > best {
				m.quote, best = q.Finding, like
			}
			said = said || q.Stakeholder != "" && q.Stakeholder == f.Message.Stakeholder
		}
		m.score = 0.4 * words
		for _, share := range []struct {
			is     bool
			weight float64
		}{
			{labels.Driver != "" && labels.Driver == c.Labels.Driver, 0.3}, {labels.Subject != "" && labels.Subject == c.Labels.Subject, 0.15},
			{labels.Perception != "" && labels.Perception == c.Labels.Perception, 0.05}, {said, 0.1},
		} {
			if share.is {
				m.score += share.weight
			}
		}
		if m.score >= matchLeast {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b match) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(string(a.concern.ID), string(b.concern.ID)))
	})
	return list[:min(len(list), matchMost)]
}

// texts keeps what was read of texts, since a finding is held against the same concerns as the one before it.
type texts struct {
	mu sync.Mutex
	by map[phrase]reading
}

// textsMost is how many are kept, some kilobytes each; Matches looks at 1,200 at most.
const textsMost = 2400

// A phrase is a text and the language it is in, if that is known.
type phrase struct {
	text string
	lang parley.Lang
}

// A reading is what a text is compared by.
type reading struct {
	letters []letter
	sense   diagnose.Sense
}

// read returns what a text is compared by. A new one takes the place of any other if there are too many.
func (t *texts) read(text string, lang parley.Lang) reading {
	t.mu.Lock()
	r, ok := t.by[phrase{text, lang}]
	t.mu.Unlock()
	if ok {
		return r
	}
	text = strings.Clone(text) // without the message it is part of
	r = reading{lettersOf(text), diagnose.SenseOf(text, lang)}
	t.mu.Lock()
	defer t.mu.Unlock()
	for old := range t.by {
		if len(t.by) < textsMost {
			break
		}
		delete(t.by, old)
	}
	t.by[phrase{text, lang}] = r
	return r
}

// alike returns how alike two texts are, 0…1: by letters, or by what both mean.
func (r reading) alike(o reading) float64 {
	return max(cosine(r.letters, o.letters), r.sense.Alike(o.sense))
}

// A letter is a component of the vector of the letters within the words of a text, as the model sees them.
type letter struct {
	bucket uint32
	value  float64
}

// lettersOf returns the components of a text in order of bucket, of length 1.
func lettersOf(text string) []letter {
	vectorizer := diagnose.Vectorizer{Bits: 20}
	vectorizer.Weights[diagnose.Chars] = 1
	var a diagnose.Analysis
	a.Analyze(text)
	var list []letter
	for _, f := range vectorizer.Vector(nil, diagnose.Unit{Self: &a}) {
		list = append(list, letter{f.Bucket, float64(f.Value)})
	}
	slices.SortStableFunc(list, func(a, b letter) int { return cmp.Compare(a.bucket, b.bucket) })
	n := 0
	for _, l := range list {
		if n > 0 && list[n-1].bucket == l.bucket {
			list[n-1].value += l.value
			continue
		}
		list[n] = l
		n++
	}
	list = slices.Clip(slices.Clone(list[:n]))
	sum := 0.0
	for _, l := range list {
		sum += l.value * l.value
	}
	if sum > 0 {
		for i := range list {
			list[i].value /= math.Sqrt(sum)
		}
	}
	return list
}

// cosine returns how alike two vectors are, 0…1.
func cosine(a, b []letter) float64 {
	sum := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].bucket < b[j].bucket:
			i++
		case a[i].bucket > b[j].bucket:
			j++
		default:
			sum += a[i].value * b[j].value
			i++
			j++
		}
	}
	return min(max(sum, 0), 1)
}
