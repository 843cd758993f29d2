package app

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"parley"
	"parley/diagnose"
	"parley/diagnose/train"
	"parley/internal/store"
)

// Labelled returns the conversations in which something was decided, sentence by sentence, with a person's
// labels where there are some: for a model of one's own, at the command line. Speakers are numbers.
func (a *App) Labelled(ctx context.Context, by parley.Actor) (lines []train.Line, err error) {
	if err := by.MayOwn(); err != nil {
		return nil, err
	}
	err = a.read(ctx, func(tx *store.Tx) error {
		lines = nil
		last, err := tx.LastEvent(ctx, by.Space)
		if err != nil {
			return err
		}
		events, err := tx.Decisions(ctx, by.Space, last.Seq)
		if err != nil {
			return err
		}
		labels := map[parley.FindingID]map[string]string{}
		ids := []parley.FindingID{}
		for _, e := range events {
			if !teaches(e) {
				continue
			}
			id := parley.FindingID(e.Subject)
			if labels[id], _, err = labelsOf(e); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		texts, err := tx.FindingTexts(ctx, by.Space, ids)
		if err != nil {
			return err
		}
		conversations := map[parley.ConversationID]bool{}
		for _, q := range texts {
			conversations[q.Conversation] = true
		}
		for _, c := range slices.Sorted(maps.Keys(conversations)) {
			of, err := labelledConversation(ctx, tx, by.Space, c, labels)
			if err != nil {
				return err
			}
			lines = append(lines, of...)
		}
		return nil
	})
	return lines, err
}

// labelledConversation returns the sentences of one conversation as lines, with labels by finding.
func labelledConversation(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, id parley.ConversationID, labels map[parley.FindingID]map[string]string) (lines []train.Line, err error) {
	const step = 500
	people := map[parley.Person]string{}
	for after, turn := (store.Said{}), 0; ; {
		messages, err := tx.Messages(ctx, space, id, after, step)
		if err != nil {
			return nil, err
		}
		messageIDs := make([]parley.MessageID, len(messages))
		for i, m := range messages {
			messageIDs[i] = m.ID
		}
		list, err := tx.FindingsOfMessages(ctx, space, messageIDs)
		if err != nil {
			return nil, err
		}
		found := map[parley.MessageID][]StoredFinding{}
		for _, f := range list {
			found[f.Message.ID] = append(found[f.Message.ID], f)
		}
		for _, m := range messages {
			after = store.Said{At: m.At, Seq: m.Seq}
			turn++
			if people[m.Speaker] == "" {
				people[m.Speaker] = fmt.Sprint("S", len(people)+1)
			}
			role := parley.ClientSide
			if m.Side == parley.AdviserSide {
				role = parley.AdviserSide
			}
			line := train.Line{Dialogue: string(id), Turn: fmt.Sprint(turn), Role: string(role), Speaker: people[m.Speaker], Lang: string(m.Lang), Kind: string(m.Kind)}
			for _, own := range m.Said().Own() {
				for _, s := range diagnose.Sentences(nil, m.Text[own.Start:own.End]) {
					line.Text, line.Labels = m.Text[own.Start+s.Start:own.Start+s.End], nil
					for _, f := range found[m.ID] {
						if f.Span.Start == own.Start+s.Start {
							line.Labels = labels[f.ID]
						}
					}
					lines = append(lines, line)
				}
			}
		}
		if len(messages) < step {
			return lines, nil
		}
	}
}
