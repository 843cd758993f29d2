package app

import (
	"cmp"
	"context"
	"slices"

	"parley"
	"parley/diagnose"
	"parley/internal/store"
)

// What SameReasons looks at and gives.
const (
	sameMost    = 300 // open concerns, changed last
	sameAnswers = 20
	sameLeast   = 0.5 // likeness of an answer: most pairs of a register do not say the same, so more than diagnose.Same
)

// A SameReason is two concerns that may be one reason.
type SameReason struct {
	Concerns []parley.Concern `json:"concerns"` // two, the lower id first
	Score    float64          `json:"score"`    // how alike, 0…1
	Words    [][]string       `json:"words"`    // what makes each so, in its own language
}

// A saying is something that stands for a concern: its title or a quote.
type saying struct {
	concern int // in the list
	text    string
	lang    parley.Lang
}

// SameReasons returns pairs of open concerns that may be one reason, the most alike first, at most 20; with of, only those with that
// concern. They are compared by their titles and newest quotes, in any of the languages. Pairs that somebody keeps
// apart are left out. It looks at the 300 open concerns that changed last.
func (a *App) SameReasons(ctx context.Context, by parley.Actor, eng parley.EngagementID, of parley.ConcernID) (list []SameReason, err error) {
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
		said, err := sayings(ctx, tx, by.Space, concerns, ids)
		if err != nil {
			return err
		}
		kept, err := tx.Apart(ctx, by.Space, ids)
		list = sameReasons(concerns, said, kept, of)
		return err
	})
	return list, err
}

// sayings returns the titles and the newest quotes of concerns.
func sayings(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, concerns []parley.Concern, ids []parley.ConcernID) ([]saying, error) {
	quotes, err := tx.Quotes(ctx, space, ids, 1)
	var said []saying
	for i, c := range concerns {
		said = append(said, saying{concern: i, text: c.Title})
		for _, q := range quotes[c.ID] {
			said = append(said, saying{i, q.Text(), q.Message.Lang})
		}
	}
	return said, err
}

// sameReasons compares what was said of concerns.
func sameReasons(concerns []parley.Concern, said []saying, kept [][2]parley.ConcernID, of parley.ConcernID) []SameReason {
	senses := make([]diagnose.Sense, len(said))
	for i, s := range said {
		senses[i] = diagnose.SenseOf(s.text, s.lang)
	}
	best := map[[2]int]diagnose.Edge{} // by pair of concerns: the sayings most alike
	var pairs [][2]int
	for _, e := range diagnose.Neighbours(senses, sameLeast, true) {
		p := [2]int{said[e.A].concern, said[e.B].concern}
		a, b := concerns[p[0]].ID, concerns[p[1]].ID
		if a == b || of != "" && a != of && b != of || slices.Contains(kept, [2]parley.ConcernID{min(a, b), max(a, b)}) {
			continue
		}
		have, ok := best[p]
		if !ok {
			pairs = append(pairs, p)
		}
		if !ok || e.Like > have.Like {
			best[p] = e
		}
	}
	slices.SortFunc(pairs, func(p, q [2]int) int {
		return cmp.Or(cmp.Compare(best[q].Like, best[p].Like), cmp.Compare(concerns[p[0]].ID, concerns[q[0]].ID), cmp.Compare(concerns[p[1]].ID, concerns[q[1]].ID))
	})
	list := []SameReason{}
	for _, p := range pairs[:min(len(pairs), sameAnswers)] {
		a, b := said[best[p].A], said[best[p].B]
		if concerns[b.concern].ID < concerns[a.concern].ID {
			a, b = b, a
		}
		why := diagnose.Compare(a.text, a.lang, b.text, b.lang)
		list = append(list, SameReason{Concerns: []parley.Concern{concerns[a.concern], concerns[b.concern]}, Score: best[p].Like, Words: [][]string{listed(why.A), listed(why.B)}})
	}
	return list
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
