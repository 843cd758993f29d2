package app

import (
	"context"
	"slices"
	"strings"

	"parley"
	"parley/internal/store"
)

// Engagements returns those that by may see, newest first, with what is in them.
func (a *App) Engagements(ctx context.Context, by parley.Actor) (list []EngagementSummary, err error) {
	if err := mayBeHere(by); err != nil {
		return nil, err
	}
	err = a.read(ctx, func(tx *store.Tx) error {
		all, err := tx.Engagements(ctx, by.Space)
		if err != nil {
			return err
		}
		list = []EngagementSummary{}
		var ids []parley.EngagementID
		for _, e := range all {
			if by.MayRead(e) == nil {
				list = append(list, EngagementSummary{Engagement: e})
				ids = append(ids, e.ID)
			}
		}
		counts, err := countsOf(ctx, tx, by.Space, ids)
		if err != nil {
			return err
		}
		imports, err := tx.LastImports(ctx, by.Space, ids)
		for i := range list {
			list[i].Counts, list[i].LastImport = counts[list[i].ID], imports[list[i].ID].Time
		}
		return err
	})
	return list, err
}

// countsOf sums engagements up.
func countsOf(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, ids []parley.EngagementID) (map[parley.EngagementID]Counts, error) {
	counts := map[parley.EngagementID]Counts{}
	for _, id := range ids {
		c := Counts{Findings: map[parley.FindingState]int{}, Concerns: map[parley.ConcernState]int{}}
		for _, s := range parley.FindingStates {
			c.Findings[s] = 0
		}
		for _, s := range parley.ConcernStates {
			c.Concerns[s] = 0
		}
		counts[id] = c
	}
	sums, err := tx.Sums(ctx, space, ids)
	if err != nil {
		return nil, err
	}
	for _, sum := range sums {
		c := counts[sum.Engagement]
		c.Conversations, c.Messages, c.Findings[parley.Open] = sum.Conversations, sum.Messages, sum.Findings
		counts[sum.Engagement] = c
	}
	for _, what := range []store.Countable{store.CountStakeholders, store.CountDecided, store.CountConcerns} {
		rows, err := tx.Counts(ctx, space, ids, what)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			c := counts[row.Engagement]
			switch what {
			case store.CountStakeholders:
				c.Stakeholders = row.N
			case store.CountDecided:
				c.Findings[parley.FindingState(row.State)] = row.N
				c.Findings[parley.Open] -= row.N
			case store.CountConcerns:
				c.Concerns[parley.ConcernState(row.State)] = row.N
			}
			counts[row.Engagement] = c
		}
	}
	rereads, err := tx.Rereads(ctx, space, ids)
	for _, r := range rereads {
		c := counts[r.Engagement]
		c.Reread = Reread{Left: r.Left, All: max(r.All, r.Left)}
		counts[r.Engagement] = c
	}
	return counts, err
}

// Engagement returns one engagement.
func (a *App) Engagement(ctx context.Context, by parley.Actor, id parley.EngagementID) (e parley.Engagement, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		e, err = a.engagement(ctx, tx, by, id)
		return err
	})
	return e, err
}

// CreateEngagement starts an engagement. ID, Created and Version are set for it; it is no sample.
func (a *App) CreateEngagement(ctx context.Context, by parley.Actor, e parley.Engagement) (parley.Engagement, error) {
	e.Sample = false
	return a.createEngagement(ctx, by, e)
}

func (a *App) createEngagement(ctx context.Context, by parley.Actor, e parley.Engagement) (parley.Engagement, error) {
	if err := by.MayAdvise(); err != nil {
		return parley.Engagement{}, err
	}
	now := a.now()
	e.ID, e.Space, e.Created, e.Version = newID[parley.EngagementID](a, "eng", now), by.Space, now, 1
	err := a.write(ctx, func(tx *store.Tx) (err error) {
		if e, err = checkEngagement(ctx, tx, by, e); err != nil {
			return err
		}
		if err := onlySample(ctx, tx, e); err != nil {
			return err
		}
		if err := tx.CreateEngagement(ctx, e); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "engagement.created", engagement: e.ID, subject: string(e.ID), data: map[string]any{"kind": e.Kind, "restricted": e.Restricted, "sample": e.Sample}})
	})
	return e, err
}

// checkEngagement returns e tidied up, or why it cannot be kept. Who restricts an engagement stays in it.
func checkEngagement(ctx context.Context, tx *store.Tx, by parley.Actor, e parley.Engagement) (parley.Engagement, error) {
	e.Name, e.Client = strings.TrimSpace(e.Name), strings.TrimSpace(e.Client)
	if err := e.Check(); err != nil {
		return e, err
	}
	if len(e.Client) > 200 {
		return e, &parley.Error{Code: parley.Invalid, Field: "client", Message: "the client's name has more than 200 bytes"}
	}
	if err := checkSides(e.Sides); err != nil {
		return e, err
	}
	if e.Restricted && by.Role != parley.OwnerRole && !slices.Contains(e.Members, by.Member) {
		e.Members = append(slices.Clone(e.Members), by.Member)
	}
	if len(e.Members) == 0 {
		e.Members = nil
		return e, nil
	}
	names, err := memberNames(ctx, tx, e.Space)
	if err != nil {
		return e, err
	}
	for _, id := range e.Members {
		if _, ok := names[id]; !ok {
			return e, &parley.Error{Code: parley.Invalid, Field: "members", Message: "one of them is not a member of the workspace"}
		}
	}
	slices.Sort(e.Members)
	e.Members = slices.Compact(e.Members)
	return e, nil
}

// UpdateEngagement saves e, and reports a conflict unless the stored version is e's. Where it says otherwise
// who speaks for which side, what they said is read again, as by SetSides.
func (a *App) UpdateEngagement(ctx context.Context, by parley.Actor, e parley.Engagement) (parley.Engagement, error) {
	now := a.now()
	var saved parley.Engagement
	err := a.write(ctx, func(tx *store.Tx) error {
		old, err := a.engagement(ctx, tx, by, e.ID)
		if err != nil {
			return err
		}
		if err := by.MayEdit(old); err != nil {
			return err
		}
		changed := e
		changed.Space, changed.Created, changed.Sample = old.Space, old.Created, old.Sample
		if changed, err = checkEngagement(ctx, tx, by, changed); err != nil {
			return err
		}
		if saved, err = tx.UpdateEngagement(ctx, changed); err != nil {
			return err
		}
		if err := a.record(ctx, tx, by, now, happening{kind: "engagement.updated", engagement: e.ID, subject: string(e.ID), data: map[string]any{"kind": saved.Kind, "restricted": saved.Restricted}}); err != nil {
			return err
		}
		return a.applySides(ctx, tx, old, saved)
	})
	return saved, err
}

// How many of each an overview shows.
const (
	overviewSome   = 5
	overviewEvents = 10
)

// Overview returns what an engagement's first page shows.
func (a *App) Overview(ctx context.Context, by parley.Actor, id parley.EngagementID) (o Overview, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		if o.Engagement, err = a.engagement(ctx, tx, by, id); err != nil {
			return err
		}
		counts, err := countsOf(ctx, tx, by.Space, []parley.EngagementID{id})
		if err != nil {
			return err
		}
		o.Counts = counts[id]
		concerns, findings, err := tx.DriverCounts(ctx, by.Space, id)
		if err != nil {
			return err
		}
		for _, d := range append(slices.Clone(parley.Drivers), "") {
			if concerns[d] > 0 || findings[d] > 0 {
				o.Drivers = append(o.Drivers, DriverCount{d, concerns[d], findings[d]})
			}
		}
		if o.Findings, err = tx.Findings(ctx, by.Space, id, store.FindingFilter{State: parley.Open, Newest: true, Limit: overviewSome}); err != nil {
			return err
		}
		page, err := concernPage(ctx, tx, by.Space, id, store.ConcernFilter{Limit: overviewSome})
		if err != nil {
			return err
		}
		o.Concerns = page.Concerns
		if o.Imports, err = tx.Imports(ctx, by.Space, id, overviewSome); err != nil {
			return err
		}
		events, err := eventPage(ctx, tx, by, id, "", 0, overviewEvents)
		o.Events = events.Events
		return err
	})
	return o, err
}
