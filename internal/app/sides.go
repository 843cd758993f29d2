package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"parley"
	"parley/internal/store"
)

// checkSides returns an Invalid error unless sides can be kept.
func checkSides(sides parley.Sides) error {
	for field, list := range map[string][]string{"sides.advisers": sides.Advisers, "sides.clients": sides.Clients} {
		if len(list) > 2000 {
			return &parley.Error{Code: parley.Invalid, Field: field, Message: "that is more than 2,000; name their domain instead"}
		}
		for _, entry := range list {
			if strings.TrimSpace(entry) == "" || len(entry) > 254 || clean(entry, 254) != entry {
				return &parley.Error{Code: parley.Invalid, Field: field, Message: fmt.Sprintf("%.40q is neither an address, nor a domain, nor a name", entry)}
			}
		}
	}
	return nil
}

// SetSides says who speaks for which side in an engagement. What those whose side it changes said is read
// again, soon; what a person decided about stays as it is.
func (a *App) SetSides(ctx context.Context, by parley.Actor, eng parley.EngagementID, sides parley.Sides) error {
	return a.write(ctx, func(tx *store.Tx) error {
		e, err := a.engagement(ctx, tx, by, eng)
		if err != nil {
			return err
		}
		return a.setSides(ctx, tx, by, e, sides)
	})
}

// SetSide says for which side a person speaks, by every name and address under which they did, as SetSides does.
func (a *App) SetSide(ctx context.Context, by parley.Actor, id parley.StakeholderID, side parley.Side) error {
	return a.write(ctx, func(tx *store.Tx) error {
		if err := mayBeHere(by); err != nil {
			return err
		}
		s, err := tx.Stakeholder(ctx, by.Space, id)
		if err != nil {
			return err
		}
		e, err := a.engagement(ctx, tx, by, s.Engagement)
		if err != nil {
			return of("stakeholder", err)
		}
		if err := by.MayEdit(e); err != nil {
			return err
		}
		if side != parley.UnknownSide && side != parley.AdviserSide && side != parley.ClientSide {
			return &parley.Error{Code: parley.Invalid, Field: "side", Message: "a person speaks for the adviser, the client, or nobody knows"}
		}
		people, err := tx.SpeakersOf(ctx, by.Space, id)
		if err != nil {
			return err
		}
		sides := e.Sides
		for _, p := range append(people, parley.Person{Name: s.Name, Address: s.Address}) {
			if entry := cmp.Or(p.Address, p.Name); entry != "" {
				sides = sides.With(entry, side)
			}
		}
		return a.setSides(ctx, tx, by, e, sides)
	})
}

// setSides keeps who speaks for which side in e, if by may change it, as part of tx.
func (a *App) setSides(ctx context.Context, tx *store.Tx, by parley.Actor, e parley.Engagement, sides parley.Sides) error {
	if err := by.MayEdit(e); err != nil {
		return err
	}
	if err := checkSides(sides); err != nil {
		return err
	}
	changed := e
	changed.Sides = sides
	changed, err := tx.UpdateEngagement(ctx, changed)
	if err != nil {
		return err
	}
	if err := a.record(ctx, tx, by, a.now(), happening{kind: "engagement.sides", engagement: e.ID, subject: string(e.ID), data: map[string]any{
		"advisers": len(sides.Advisers), "clients": len(sides.Clients),
	}}); err != nil {
		return err
	}
	return a.applySides(ctx, tx, e, changed)
}

// applySides carries into messages and stakeholders what changed between two versions of an engagement.
func (a *App) applySides(ctx context.Context, tx *store.Tx, old, changed parley.Engagement) error {
	if reflect.DeepEqual(old.Sides, changed.Sides) {
		return nil
	}
	people, err := tx.People(ctx, changed.Space, changed.ID)
	if err != nil {
		return err
	}
	unread := false
	others := advisersKnown(old) != advisersKnown(changed) // those on no side are now taken for clients, or not any more
	for p, side := range people {
		if now := changed.Sides.Of(p); now != side || others && now == parley.UnknownSide {
			unread = true
			if err := tx.SetSide(ctx, changed.Space, changed.ID, p, now); err != nil {
				return err
			}
		}
	}
	stakeholders, err := tx.Stakeholders(ctx, changed.Space, changed.ID)
	if err != nil {
		return err
	}
	for _, s := range stakeholders {
		if now := changed.Sides.Of(parley.Person{Name: s.Name, Address: s.Address}); now != s.Side {
			if err := tx.SetStakeholderSide(ctx, changed.Space, s.ID, now); err != nil {
				return err
			}
		}
	}
	if !unread {
		return nil
	}
	if err := tx.BeginReread(ctx, changed.Space, changed.ID); err != nil {
		return err
	}
	return a.queue.Reread(ctx, tx)
}

// reread reads the messages again whose speakers changed sides, for a slice of time or until there are none.
func (a *App) reread(ctx context.Context) error {
	until := time.Now().Add(sliceLong)
	for time.Now().Before(until) {
		var refs []store.ConversationRef
		if err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
			refs, err = tx.UnreadConversations(ctx, 1)
			return err
		}); err != nil || len(refs) == 0 {
			return err
		}
		if err := a.rereadConversation(ctx, refs[0]); err != nil {
			return err
		}
	}
	return a.store.Write(ctx, func(tx *store.Tx) error { return a.queue.Reread(ctx, tx) })
}

// rereadConversation reads one conversation again. If who speaks for whom changes meanwhile, it stores
// nothing, and is to be called again; of one that is gone meanwhile there is nothing to read.
func (a *App) rereadConversation(ctx context.Context, ref store.ConversationRef) error {
	const step = 500
	now := a.now()
	var unread map[parley.MessageID]parley.Side
	var found []StoredFinding
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		c, err := tx.Conversation(ctx, ref.Space, ref.ID)
		if parley.CodeOf(err) == parley.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		e, err := tx.Engagement(ctx, ref.Space, c.Engagement)
		if err != nil {
			return err
		}
		model, err := a.modelOf(ctx, tx, ref.Space)
		if err != nil {
			return err
		}
		reader := newReader(e, model)
		if unread, err = tx.Unread(ctx, ref.Space, ref.ID); err != nil {
			return err
		}
		for after := (store.Said{}); ; {
			messages, err := tx.Messages(ctx, ref.Space, ref.ID, after, step)
			if err != nil {
				return err
			}
			for _, m := range messages {
				after = store.Said{At: m.At, Seq: m.Seq}
				findings := reader.Read(inConversation(m.Said(), ref.ID))
				if _, ok := unread[m.ID]; !ok {
					continue
				}
				for _, f := range findings {
					found = append(found, storedFinding(a, m, f, now))
				}
			}
			if len(messages) < step {
				return nil
			}
		}
	})
	if err != nil {
		return err
	}
	return a.store.Write(ctx, func(tx *store.Tx) error {
		still, err := tx.Unread(ctx, ref.Space, ref.ID)
		if err != nil {
			return err
		}
		if !maps.Equal(unread, still) {
			return nil
		}
		ids := slices.Sorted(maps.Keys(unread))
		if err := tx.DeleteOpenFindings(ctx, ref.Space, ids); err != nil {
			return err
		}
		decided, err := tx.FindingsOfMessages(ctx, ref.Space, ids)
		if err != nil {
			return err
		}
		if err := tx.CreateFindings(ctx, ref.Space, withoutDecided(found, decided)); err != nil {
			return err
		}
		return tx.MarkRead(ctx, ref.Space, ref.ID)
	})
}

// withoutDecided drops the findings about words that a person decided about already.
func withoutDecided(found, decided []StoredFinding) []StoredFinding {
	spans := map[parley.MessageID][]parley.Span{}
	for _, f := range decided {
		spans[f.Message.ID] = append(spans[f.Message.ID], f.Span)
	}
	var kept []StoredFinding
	for _, f := range found {
		if !slices.ContainsFunc(spans[f.Message.ID], func(s parley.Span) bool { return overlap(s, f.Span) }) {
			kept = append(kept, f)
		}
	}
	return kept
}
