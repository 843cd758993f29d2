package app

import (
	"context"
	"slices"
	"time"

	"parley"
	"parley/internal/store"
)

// mergeMost is how many concerns become part of another at a time.
const mergeMost = 50

// MergeConcerns makes the concerns others part of into, for they say the same: their quotes, and with them
// the people, become its own, and what it does not know yet of its diagnosis it takes from the first of them
// that does. Its title stays. What was agreed about it or settled lapses, as by a new quote. The others are
// in no list until SplitConcern; Concern still finds them, with Merged set.
//
// It reports a conflict unless the stored version of into is version and all of them are whole, NotFound if
// one of them is not in the engagement of into.
func (a *App) MergeConcerns(ctx context.Context, by parley.Actor, into parley.ConcernID, version int, others []parley.ConcernID) (parley.Concern, error) {
	now := a.now()
	var saved parley.Concern
	err := a.write(ctx, func(tx *store.Tx) error {
		c, e, err := a.mergeable(ctx, tx, by, into, version)
		if err != nil {
			return err
		}
		list, err := othersOf(ctx, tx, c, others)
		if err != nil {
			return err
		}
		m := store.Merge{
			ID: newID[parley.MergeID](a, "mrg", now), Space: by.Space, Concern: c.ID, By: by.Member, Created: now, Before: store.MergeBefore{Concern: concernBefore(c)},
		}
		quotes, err := tx.JoinedFindings(ctx, by.Space, others)
		if err != nil {
			return err
		}
		n := 0
		for _, o := range list {
			b := concernBefore(o)
			b.Findings = quotes[o.ID]
			m.Before.Others = append(m.Before.Others, b)
			n += len(b.Findings)
			if err := tx.MoveQuotes(ctx, by.Space, o.ID, c.ID); err != nil {
				return err
			}
			o.Merged = c.ID
			if _, err := tx.UpdateConcern(ctx, o); err != nil {
				return err
			}
			if err := a.record(ctx, tx, by, now, happening{kind: "concern.merged", engagement: e.ID, subject: string(o.ID), data: map[string]any{"merge": m.ID, "into": c.ID}}); err != nil {
				return err
			}
		}
		if saved, err = tx.UpdateConcern(ctx, c.Absorb(list, n, now)); err != nil {
			return err
		}
		m.After = saved.Version
		if err := tx.CreateMerge(ctx, m); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "concern.merged", engagement: e.ID, subject: string(c.ID), data: map[string]any{
			"merge": m.ID, "concerns": others, "quotes": n, "state": saved.State, "labels": saved.Labels,
		}})
	})
	return saved, err
}

// mergeable returns a concern that by may change, if it is whole and its version is version, and its engagement.
func (a *App) mergeable(ctx context.Context, tx *store.Tx, by parley.Actor, id parley.ConcernID, version int) (parley.Concern, parley.Engagement, error) {
	c, e, err := a.concernOf(ctx, tx, by, id)
	if err != nil {
		return c, e, err
	}
	if err := by.MayEdit(e); err != nil {
		return c, e, err
	}
	if c.Version != version {
		return c, e, errConcernChanged
	}
	return c, e, whole(c)
}

var errConcernChanged = &parley.Error{Code: parley.Conflict, Message: "somebody changed the concern meanwhile; look again, then decide"}

// whole reports a conflict if c is part of another concern.
func whole(c parley.Concern) error {
	if c.Merged != "" {
		return &parley.Error{Code: parley.Conflict, Field: "concern", Message: "this concern is part of another now; look at that one, or split them first"}
	}
	return nil
}

// othersOf returns the concerns that are to become part of c, in the order asked for.
func othersOf(ctx context.Context, tx *store.Tx, c parley.Concern, ids []parley.ConcernID) ([]parley.Concern, error) {
	if len(ids) == 0 || len(ids) > mergeMost {
		return nil, &parley.Error{Code: parley.Invalid, Field: "concerns", Message: "choose 1 to 50 other concerns"}
	}
	byID, err := tx.ConcernsByID(ctx, c.Space, ids)
	if err != nil {
		return nil, err
	}
	list := make([]parley.Concern, len(ids))
	for i, id := range ids {
		o, ok := byID[id]
		switch {
		case id == c.ID || slices.Contains(ids[:i], id):
			return nil, &parley.Error{Code: parley.Invalid, Field: "concerns", Message: "each concern is to be named once"}
		case !ok || o.Engagement != c.Engagement:
			return nil, &parley.Error{Code: parley.NotFound, Field: "concerns", Message: "there is no such concern"}
		}
		if err := whole(o); err != nil {
			return nil, err
		}
		list[i] = o
	}
	return list, nil
}

func concernBefore(c parley.Concern) store.ConcernBefore {
	return store.ConcernBefore{ID: c.ID, Labels: c.Labels, State: c.State, Outcome: c.Outcome, Updated: c.Updated, Version: c.Version}
}

// SplitConcern takes back the merge with this id, of id; with "", the last one. The concerns that became part of
// id are as they were before, with those of their quotes that id still has. So is id: it is what it would be had
// that merge never been, with what became part of it later. But where something other than a merge happened to it
// since, somebody decided about it as it was then, and it keeps what it is, without those quotes. Only versions are
// new. It reports a conflict unless the stored version of id is version and it is whole, NotFound if there is no
// such merge.
func (a *App) SplitConcern(ctx context.Context, by parley.Actor, id parley.ConcernID, version int, merge parley.MergeID) (parley.Concern, error) {
	now := a.now()
	var saved parley.Concern
	err := a.write(ctx, func(tx *store.Tx) error {
		c, e, err := a.mergeable(ctx, tx, by, id, version)
		if err != nil {
			return err
		}
		merges, err := tx.Merges(ctx, by.Space, c.ID)
		if err != nil {
			return err
		}
		m, later, err := mergeOf(merges, merge)
		if err != nil {
			return err
		}
		var others []parley.ConcernID
		for _, b := range m.Before.Others {
			if err := giveBack(ctx, tx, c, b); err != nil {
				return err
			}
			others = append(others, b.ID)
			if err := a.record(ctx, tx, by, now, happening{kind: "concern.split", engagement: e.ID, subject: string(b.ID), data: map[string]any{"merge": m.ID, "from": c.ID}}); err != nil {
				return err
			}
		}
		if saved, err = restore(ctx, tx, c, m, later, now); err != nil {
			return err
		}
		if err := tx.DeleteMerge(ctx, by.Space, m.ID); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "concern.split", engagement: e.ID, subject: string(c.ID), data: map[string]any{
			"merge": m.ID, "concerns": others, "state": saved.State, "labels": saved.Labels,
		}})
	})
	return saved, err
}

// mergeOf returns that of merges, the last first, with an id, and those after it, the first first; with "", the last.
func mergeOf(merges []store.Merge, id parley.MergeID) (m store.Merge, later []store.Merge, err error) {
	for i, m := range merges {
		if id == "" || m.ID == id {
			later = slices.Clone(merges[:i])
			slices.Reverse(later)
			return m, later, nil
		}
	}
	return m, nil, &parley.Error{Code: parley.NotFound, Field: "merge", Message: "nothing became part of this concern, or it was split already"}
}

// giveBack makes a concern that became part of c whole again, as it was before.
func giveBack(ctx context.Context, tx *store.Tx, c parley.Concern, b store.ConcernBefore) error {
	o, err := tx.Concern(ctx, c.Space, b.ID)
	if err != nil {
		return err
	}
	o.Merged = ""
	if o, err = tx.UpdateConcern(ctx, asBefore(o, b)); err != nil {
		return err
	}
	if err := tx.RenewMerge(ctx, c.Space, o.ID, b.Version, o.Version); err != nil {
		return err
	}
	for _, f := range b.Findings {
		if err := tx.ReturnQuote(ctx, c.Space, c.ID, o.ID, renewed(f, b.Version, o.Version)); err != nil {
			return err
		}
	}
	return nil
}

// asBefore returns c with what a merge may change of a concern as it was before one.
func asBefore(c parley.Concern, b store.ConcernBefore) parley.Concern {
	c.Labels, c.State, c.Outcome, c.Updated = b.Labels, b.State, b.Outcome, b.Updated
	return c
}

// restore saves c as it would be without m: as it was before, with the later merges made again. Where something else
// happened to it since m, it stays as it is. In both cases what could be taken back before still can.
func restore(ctx context.Context, tx *store.Tx, c parley.Concern, m store.Merge, later []store.Merge, now time.Time) (parley.Concern, error) {
	was := c.Version
	switch {
	case !onlyMerged(c, m, later):
		c.Updated = now
	case len(later) == 0:
		was = m.Before.Concern.Version
		c = asBefore(c, m.Before.Concern)
	default:
		var err error
		if c, err = replay(ctx, tx, c, m.Before.Concern, later); err != nil {
			return c, err
		}
	}
	c, err := tx.UpdateConcern(ctx, c)
	if err != nil {
		return c, err
	}
	if err := tx.RenewMerge(ctx, c.Space, c.ID, was, c.Version); err != nil {
		return c, err
	}
	quotes, err := tx.JoinedFindings(ctx, c.Space, []parley.ConcernID{c.ID})
	if err != nil {
		return c, err
	}
	for _, f := range quotes[c.ID] {
		if f.Before == nil || f.Before.Version != was {
			continue
		}
		if err := tx.SetBefore(ctx, c.Space, renewed(f, was, c.Version)); err != nil {
			return c, err
		}
	}
	return c, nil
}

// onlyMerged reports whether nothing happened to c since m but the later merges.
func onlyMerged(c parley.Concern, m store.Merge, later []store.Merge) bool {
	at := m.After
	for _, l := range later {
		if l.Before.Concern.Version != at {
			return false
		}
		at = l.After
	}
	return c.Version == at
}

// replay returns c as it would be had it been as before says and the later merges then been made, and keeps of each
// of them what c would have been before it.
func replay(ctx context.Context, tx *store.Tx, c parley.Concern, before store.ConcernBefore, later []store.Merge) (parley.Concern, error) {
	c = asBefore(c, before)
	for _, l := range later {
		l.Before.Concern = before
		if err := tx.SetMergeBefore(ctx, l); err != nil {
			return c, err
		}
		var others []parley.Concern
		quotes := 0
		for _, o := range l.Before.Others {
			others = append(others, parley.Concern{Labels: o.Labels})
			quotes += len(o.Findings)
		}
		c = c.Absorb(others, quotes, l.Created)
		before = concernBefore(c)
		before.Version = l.After
	}
	return c, nil
}

// renewed returns f, which can be undone while its concern has the version was, so that it can while that is.
func renewed(f store.FindingBefore, was, is int) store.FindingBefore {
	if f.Before != nil && f.Before.Version == was {
		before := *f.Before
		before.Version = is
		f.Before = &before
	}
	return f
}

// mergesOf returns what became part of a concern, the last first.
func mergesOf(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, id parley.ConcernID) ([]Merge, error) {
	merges, err := tx.Merges(ctx, space, id)
	if err != nil || len(merges) == 0 {
		return nil, err
	}
	var ids []parley.ConcernID
	for _, m := range merges {
		for _, b := range m.Before.Others {
			ids = append(ids, b.ID)
		}
	}
	byID, err := tx.ConcernsByID(ctx, space, ids)
	if err != nil {
		return nil, err
	}
	names, err := memberNames(ctx, tx, space)
	list := make([]Merge, len(merges))
	for i, m := range merges {
		list[i] = Merge{ID: m.ID, By: m.By, ByName: names[m.By], Created: m.Created}
		for _, b := range m.Before.Others {
			list[i].Concerns = append(list[i].Concerns, byID[b.ID])
		}
	}
	return list, err
}
