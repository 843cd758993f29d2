package app

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"parley"
	"parley/internal/store"
)

// Concerns returns those of an engagement that the filter chooses, in the order asked for.
func (a *App) Concerns(ctx context.Context, by parley.Actor, eng parley.EngagementID, f ConcernFilter) (page ConcernPage, err error) {
	filter := store.ConcernFilter{State: f.State, Open: f.Open, Driver: f.Driver, Person: f.Person, Text: f.Text, Sort: f.Sort}
	switch {
	case f.State != "" && !slices.Contains(parley.ConcernStates, f.State):
		return page, &parley.Error{Code: parley.Invalid, Field: "state", Message: "there is no such state"}
	case f.Sort != "" && !slices.Contains(store.ConcernSorts, f.Sort):
		return page, &parley.Error{Code: parley.Invalid, Field: "sort", Message: "sort by updated, created, title, driver or state"}
	case len(f.Text) > 200:
		return page, &parley.Error{Code: parley.Invalid, Field: "text", Message: "look for at most 200 bytes"}
	}
	if filter.Limit, err = pageLimit(f.Limit); err != nil {
		return page, err
	}
	if err := parseCursor(f.Cursor, &filter.After); err != nil {
		return page, err
	}
	err = a.read(ctx, func(tx *store.Tx) error {
		if _, err := a.engagement(ctx, tx, by, eng); err != nil {
			return err
		}
		pageOf := concernPage
		if f.Bare {
			pageOf = concernList
		}
		page, err = pageOf(ctx, tx, by.Space, eng, filter)
		return err
	})
	return page, err
}

// concernPage returns a page of concerns, each with who holds it and its newest quote.
func concernPage(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, eng parley.EngagementID, filter store.ConcernFilter) (ConcernPage, error) {
	page, err := concernList(ctx, tx, space, eng, filter)
	if err != nil {
		return page, err
	}
	return page, addHeard(ctx, tx, space, page.Concerns)
}

// concernList returns a page of concerns alone.
func concernList(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, eng parley.EngagementID, filter store.ConcernFilter) (page ConcernPage, err error) {
	limit := filter.Limit
	filter.Limit++
	list, total, err := tx.Concerns(ctx, space, eng, filter)
	if err != nil {
		return page, err
	}
	page.Total = total
	if len(list) > limit {
		list = list[:limit]
		page.Next = cursorOf(store.PlaceOf(list[limit-1], filter.Sort))
	}
	page.Concerns = make([]ConcernSummary, len(list))
	for i, c := range list {
		page.Concerns[i].Concern = c
	}
	return page, nil
}

// addHeard adds to concerns who holds them, and their newest quotes.
func addHeard(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, list []ConcernSummary) error {
	ids := make([]parley.ConcernID, len(list))
	at := map[parley.ConcernID]int{}
	for i, c := range list {
		ids[i], at[c.ID] = c.ID, i
	}
	quotes, err := tx.NewestQuotes(ctx, space, ids, 1)
	if err != nil {
		return err
	}
	holdings, people, err := holders(ctx, tx, space, ids)
	for _, h := range holdings {
		c := &list[at[h.Concern]]
		c.Quotes += h.Quotes
		if s, ok := people[h.Stakeholder]; ok {
			c.Holders = append(c.Holders, s)
		}
	}
	for id, newest := range quotes {
		list[at[id]].Quote = &newest[0]
	}
	return err
}

// holders returns who holds which of the concerns, and those people.
func holders(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, ids []parley.ConcernID) ([]store.Holding, map[parley.StakeholderID]parley.Stakeholder, error) {
	holdings, err := tx.Holdings(ctx, space, ids)
	if err != nil {
		return nil, nil, err
	}
	var people []parley.StakeholderID
	for _, h := range holdings {
		people = append(people, h.Stakeholder)
	}
	byID, err := tx.StakeholdersByID(ctx, space, people)
	return holdings, byID, err
}

// concernOf returns a concern that by may see, and its engagement.
func (a *App) concernOf(ctx context.Context, tx *store.Tx, by parley.Actor, id parley.ConcernID) (parley.Concern, parley.Engagement, error) {
	if err := mayBeHere(by); err != nil {
		return parley.Concern{}, parley.Engagement{}, err
	}
	c, err := tx.Concern(ctx, by.Space, id)
	if err != nil {
		return parley.Concern{}, parley.Engagement{}, err
	}
	e, err := a.engagement(ctx, tx, by, c.Engagement)
	if err != nil {
		return parley.Concern{}, parley.Engagement{}, of("concern", err)
	}
	return c, e, nil
}

// Concern returns one concern with its quotes, its people, what became part of it, and its history.
func (a *App) Concern(ctx context.Context, by parley.Actor, id parley.ConcernID) (v ConcernView, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		c, e, err := a.concernOf(ctx, tx, by, id)
		if err != nil {
			return err
		}
		v = ConcernView{Concern: c, Next: c.Next()}
		quotes, err := tx.Quotes(ctx, by.Space, []parley.ConcernID{id}, limitMost)
		if err != nil {
			return err
		}
		if v.Quotes, err = inContext(ctx, tx, by.Space, quotes[id]); err != nil {
			return err
		}
		holdings, people, err := holders(ctx, tx, by.Space, []parley.ConcernID{id})
		if err != nil {
			return err
		}
		for _, h := range holdings {
			if s, ok := people[h.Stakeholder]; ok {
				v.People = append(v.People, Holder{s, h.Quotes})
			}
		}
		if v.Merges, err = mergesOf(ctx, tx, by.Space, id); err != nil {
			return err
		}
		page, err := eventPage(ctx, tx, by, e.ID, string(id), 0, limitDefault)
		v.Events = page.Events
		return err
	})
	return v, err
}

// inContext returns findings with what was said before them, and where.
func inContext(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, findings []StoredFinding) ([]Quote, error) {
	quotes := make([]Quote, len(findings))
	var messages []parley.MessageID
	var conversations []parley.ConversationID
	for _, f := range findings {
		messages, conversations = append(messages, f.Message.ID), append(conversations, f.Conversation)
	}
	if err := nameMarkers(ctx, tx, space, findings); err != nil {
		return nil, err
	}
	before, err := tx.MessagesBefore(ctx, space, messages)
	if err != nil {
		return nil, err
	}
	list, err := tx.ConversationsByID(ctx, space, conversations)
	if err != nil {
		return nil, err
	}
	titles := map[parley.ConversationID]string{}
	for _, c := range list {
		titles[c.ID] = c.Title
	}
	for i, f := range findings {
		quotes[i] = Quote{StoredFinding: f, Title: titles[f.Conversation]}
		if m, ok := before[f.Message.ID]; ok && f.Message.Kind != parley.Survey { // there it is another's answer
			quotes[i].Before = &m
		}
	}
	return quotes, nil
}

// CreateConcern opens a concern by hand, without a quote yet.
func (a *App) CreateConcern(ctx context.Context, by parley.Actor, eng parley.EngagementID, in NewConcern) (c parley.Concern, err error) {
	now := a.now()
	err = a.write(ctx, func(tx *store.Tx) error {
		e, err := a.engagement(ctx, tx, by, eng)
		if err != nil {
			return err
		}
		if err := by.MayEdit(e); err != nil {
			return err
		}
		c, err = a.openConcern(ctx, tx, by, eng, in, now)
		return err
	})
	return c, err
}

// openConcern keeps a new concern, as part of tx.
func (a *App) openConcern(ctx context.Context, tx *store.Tx, by parley.Actor, eng parley.EngagementID, in NewConcern, now time.Time) (parley.Concern, error) {
	in.Labels.Resistance = true
	c := parley.Concern{
		ID: newID[parley.ConcernID](a, "con", now), Space: by.Space, Engagement: eng, Title: strings.TrimSpace(clean(in.Title, len(in.Title))),
		Labels: in.Labels, State: parley.Heard, Created: now, Updated: now, Version: 1,
	}
	if err := c.Check(); err != nil {
		return c, err
	}
	if err := tx.CreateConcern(ctx, c); err != nil {
		return c, err
	}
	return c, a.record(ctx, tx, by, now, happening{kind: "concern.created", engagement: eng, subject: string(c.ID), data: map[string]any{"labels": c.Labels}})
}

// changeConcern loads a concern that by may change, lets fn change it, and saves it, if its version is version.
func (a *App) changeConcern(ctx context.Context, by parley.Actor, id parley.ConcernID, version int, kind string, fn func(parley.Concern, time.Time) (parley.Concern, error)) (parley.Concern, error) {
	now := a.now()
	var saved parley.Concern
	err := a.write(ctx, func(tx *store.Tx) error {
		c, e, err := a.concernOf(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := by.MayEdit(e); err != nil {
			return err
		}
		if c.Version != version {
			return errConcernChanged
		}
		if err := whole(c); err != nil {
			return err
		}
		from := c.State
		if c, err = fn(c, now); err != nil {
			return err
		}
		if err := c.Check(); err != nil {
			return err
		}
		if saved, err = tx.UpdateConcern(ctx, c); err != nil {
			return err
		}
		data := map[string]any{"labels": saved.Labels}
		if saved.State != from {
			data = map[string]any{"from": from, "to": saved.State, "outcome": saved.Outcome}
		}
		return a.record(ctx, tx, by, now, happening{kind: kind, engagement: e.ID, subject: string(id), data: data})
	})
	return saved, err
}

// UpdateConcern saves title and labels of c, and reports a conflict unless the stored version is c's.
func (a *App) UpdateConcern(ctx context.Context, by parley.Actor, c parley.Concern) (parley.Concern, error) {
	return a.changeConcern(ctx, by, c.ID, c.Version, "concern.updated", func(old parley.Concern, now time.Time) (parley.Concern, error) {
		old.Title, old.Labels, old.Updated = strings.TrimSpace(clean(c.Title, len(c.Title))), c.Labels, now
		return old, nil
	})
}

// Unsettle takes back that a concern was settled, if nothing happened to it since: it is in the state that it had before.
func (a *App) Unsettle(ctx context.Context, by parley.Actor, id parley.ConcernID, version int) (parley.Concern, error) {
	var moved struct{ From, To parley.ConcernState }
	if err := a.read(ctx, func(tx *store.Tx) error {
		c, e, err := a.concernOf(ctx, tx, by, id)
		if err != nil {
			return err
		}
		events, err := tx.Events(ctx, by.Space, e.ID, string(c.ID), 0, 1)
		if err != nil || len(events) == 0 || events[0].Kind != "concern.moved" {
			return err
		}
		return json.Unmarshal(events[0].Data, &moved)
	}); err != nil {
		return parley.Concern{}, err
	}
	return a.changeConcern(ctx, by, id, version, "concern.moved", func(c parley.Concern, now time.Time) (parley.Concern, error) {
		if c.State != parley.Settled || moved.To != parley.Settled {
			return c, errConcernChanged
		}
		c.State, c.Outcome, c.Updated = moved.From, "", now
		return c, nil
	})
}

// MoveConcern moves a concern to another state, with an outcome if and only if that is settled. It reports
// a conflict unless the stored version is version and the state may follow.
func (a *App) MoveConcern(ctx context.Context, by parley.Actor, id parley.ConcernID, version int, state parley.ConcernState, outcome parley.Outcome) (parley.Concern, error) {
	return a.changeConcern(ctx, by, id, version, "concern.moved", func(c parley.Concern, now time.Time) (parley.Concern, error) {
		return c.MoveTo(state, outcome, now)
	})
}
