package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"parley"
	"parley/diagnose"
	"parley/internal/store"
)

// What SameReasons looks at and gives.
const (
	sameMost    = 300 // open concerns, changed last
	sameAnswers = 20
	sameLeast   = 0.45 // likeness of an answer: of what people say against one project, 80 of 100 pairs so alike give the same reason, of few sayings as well as of many
)

// A SameReason is two concerns that may be one reason.
type SameReason struct {
	Concerns []parley.Concern `json:"concerns"` // two, the lower id first
	Score    float64          `json:"score"`    // how alike among all that are open, 0…1
	Words    [][]string       `json:"words"`    // what makes each so, in its own language
}

// SameReasons returns pairs of open concerns that may be one reason, the most alike first, at most 20; with of, only those with that
// concern. They are compared by their titles and newest quotes, in any of the languages. Pairs that somebody keeps
// apart are left out. It looks at the 300 open concerns that changed last.
func (a *App) SameReasons(ctx context.Context, by parley.Actor, eng parley.EngagementID, of parley.ConcernID) (list []SameReason, err error) {
	var said []stated
	var kept [][2]parley.ConcernID
	err = a.read(ctx, func(tx *store.Tx) error {
		e, err := a.engagement(ctx, tx, by, eng)
		if err != nil {
			return err
		}
		concerns, _, err := tx.Concerns(ctx, by.Space, e.ID, store.ConcernFilter{Open: true, Limit: sameMost})
		if err != nil {
			return err
		}
		ids := make([]parley.ConcernID, len(concerns))
		for i, c := range concerns {
			ids[i] = c.ID
		}
		quotes, err := tx.NewestQuotes(ctx, by.Space, ids, 1)
		if err != nil {
			return err
		}
		said = make([]stated, len(concerns))
		for i, c := range concerns {
			said[i].concern = c
			if newest := quotes[c.ID]; len(newest) > 0 {
				said[i].quote = newest[0]
			}
		}
		kept, err = tx.Apart(ctx, by.Space, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	return sameReasons(said, a.compared.of(eng).best(said, kept, of)), nil
}

// A stated is a concern with its newest quote, which is without an id if there is none.
type stated struct {
	concern parley.Concern
	quote   store.Excerpt
}

// text returns what stands for the concern: 0 is its title, 1 its quote.
func (s stated) text(i int) (string, parley.Lang) {
	if i == 0 {
		return s.concern.Title, ""
	}
	return s.quote.Text, s.quote.Lang
}

// A likeness is how alike two concerns are, the lower id first.
type likeness struct {
	pair   [2]parley.ConcernID
	senses [2]diagnose.Sense // among all concerns
	texts  [2]int            // which text of each is most like the other concern
	score  float64
}

// sameReasons says what makes pairs of what was said alike.
func sameReasons(said []stated, pairs []likeness) []SameReason {
	byID := map[parley.ConcernID]stated{}
	for _, s := range said {
		byID[s.concern.ID] = s
	}
	list := []SameReason{}
	for _, l := range pairs {
		a, b := byID[l.pair[0]], byID[l.pair[1]]
		textA, langA := a.text(l.texts[0])
		textB, langB := b.text(l.texts[1])
		words := [][]string{listed(diagnose.Telling(textA, langA, l.senses[1])), listed(diagnose.Telling(textB, langB, l.senses[0]))}
		list = append(list, SameReason{Concerns: []parley.Concern{a.concern, b.concern}, Score: l.score, Words: words})
	}
	return list
}

// A comparison remembers how alike the concerns of an engagement are, until one of them changes.
type comparison struct {
	mu   sync.Mutex
	said map[parley.ConcernID]sensed
	like []likeness // of pairs alike by sameLeast at least
}

// A sensed is what a concern was compared by.
type sensed struct {
	title string
	quote parley.FindingID
	texts []diagnose.Sense
}

// best returns the pairs that are most alike, at most sameAnswers, without those kept apart; with one, only those with that concern.
func (c *comparison) best(said []stated, kept [][2]parley.ConcernID, one parley.ConcernID) []likeness {
	apart := map[[2]parley.ConcernID]bool{}
	for _, p := range kept {
		apart[p] = true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.update(said)
	var list []likeness
	for _, l := range c.like {
		if p := l.pair; apart[p] || one != "" && p[0] != one && p[1] != one {
			continue
		}
		at, _ := slices.BinarySearchFunc(list, l, func(a, b likeness) int {
			return cmp.Or(cmp.Compare(b.score, a.score), slices.Compare(a.pair[:], b.pair[:]))
		})
		if at < sameAnswers {
			list = slices.Insert(list[:min(len(list), sameAnswers-1)], at, l)
		}
	}
	return list
}

// update compares all with one another, if there is one that is new, has changed or is gone: each stands among all others.
func (c *comparison) update(list []stated) {
	said := make(map[parley.ConcernID]sensed, len(list))
	same := len(list) == len(c.said)
	for _, s := range list {
		old, ok := c.said[s.concern.ID]
		if !ok || old.title != s.concern.Title || old.quote != s.quote.Finding {
			old, same = sense(s), false
		}
		said[s.concern.ID] = old
	}
	if same {
		return
	}
	c.said, c.like = said, nil
	ids := slices.Sorted(maps.Keys(said))
	standing := make([]diagnose.Sense, len(ids))
	for i, id := range ids {
		standing[i] = diagnose.Joint(said[id].texts...)
	}
	standing = diagnose.Among(standing)
	for i, id := range ids {
		for j, other := range ids[:i] {
			if score := standing[i].Alike(standing[j]); score >= sameLeast {
				c.like = append(c.like, likeness{[2]parley.ConcernID{other, id}, [2]diagnose.Sense{standing[j], standing[i]},
					[2]int{likest(said[other].texts, standing[i]), likest(said[id].texts, standing[j])}, score})
			}
		}
	}
}

// sense returns what a concern is compared by.
func sense(s stated) sensed {
	own := sensed{title: s.concern.Title, quote: s.quote.Finding}
	for i := range 2 {
		if text, lang := s.text(i); i == 0 || s.quote.Finding != "" {
			own.texts = append(own.texts, diagnose.SenseOf(text, lang))
		}
	}
	return own
}

// likest returns the number of the text that is most like a sense, of equals the first.
func likest(texts []diagnose.Sense, to diagnose.Sense) (best int) {
	for i, t := range texts {
		if t.Alike(to) > texts[best].Alike(to) {
			best = i
		}
	}
	return best
}

// comparisons keeps those of the engagements that were looked at.
type comparisons struct {
	mu sync.Mutex
	by map[parley.EngagementID]*comparison
}

// comparisonsMost is how many are kept, some megabytes each at most.
const comparisonsMost = 8

// of returns the comparison of an engagement. A new one takes the place of any other if there are too many.
func (c *comparisons) of(eng parley.EngagementID) *comparison {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.by[eng]; ok {
		return known
	}
	for id := range c.by {
		if len(c.by) >= comparisonsMost {
			delete(c.by, id)
		}
	}
	c.by[eng] = &comparison{}
	return c.by[eng]
}

// listed returns words, never nil.
func listed(words []string) []string { return append([]string{}, words...) }

// KeepApart keeps that two concerns do not give the same reason: SameReasons no longer puts them forward. Saying so again changes nothing.
func (a *App) KeepApart(ctx context.Context, by parley.Actor, id, other parley.ConcernID) error {
	now := a.now()
	return a.write(ctx, func(tx *store.Tx) error {
		c, e, err := a.concernOf(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := by.MayEdit(e); err != nil {
			return err
		}
		if _, err := othersOf(ctx, tx, c, []parley.ConcernID{other}); err != nil {
			return err
		}
		if err := tx.KeepApart(ctx, by.Space, id, other, by.Member, now); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "concern.kept_apart", engagement: e.ID, subject: string(id), data: map[string]any{"other": other}})
	})
}
