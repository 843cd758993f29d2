package app

import (
	"context"
	"math"
	"slices"

	"parley"
	"parley/internal/store"
)

// A Sentence is one of a message, in the speaker's own words, with what Parley makes of it.
type Sentence struct {
	Span        parley.Span       `json:"span"`
	Text        string            `json:"text"`
	Probability float64           `json:"probability"`       // that it is resistance
	Labels      parley.Labels     `json:"labels"`            // the likeliest, taking resistance for granted
	Confidence  parley.Confidence `json:"confidence"`        // in each of them
	Second      parley.Labels     `json:"second"`            // the next likeliest
	Finding     parley.FindingID  `json:"finding,omitempty"` // that it is, or is part of, already
	why         []store.Reading
}

// Sentences returns the sentences of a message in order, with what the model in use makes of each after what was said
// before. Of what one of ours said there are none: it is no resistance.
func (a *App) Sentences(ctx context.Context, by parley.Actor, id parley.MessageID) (list []Sentence, err error) {
	return a.sentences(ctx, by, id, parley.Actor.MayRead)
}

// sentences returns the sentences of a message, if by may do with its engagement what may says.
func (a *App) sentences(ctx context.Context, by parley.Actor, id parley.MessageID, may func(parley.Actor, parley.Engagement) error) (list []Sentence, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		e, m, err := a.messageOf(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := may(by, e); err != nil {
			return err
		}
		model, err := a.modelOf(ctx, tx, by.Space)
		if err != nil {
			return err
		}
		said, err := upTo(ctx, tx, by.Space, m)
		if err != nil {
			return err
		}
		reader := newReader(e, model)
		reader.Threshold = math.SmallestNonzeroFloat64
		var found []parley.Finding
		for _, s := range said {
			found = reader.Read(inConversation(s.Said(), m.Conversation))
		}
		there, err := tx.FindingsOfMessages(ctx, by.Space, []parley.MessageID{id})
		list = make([]Sentence, len(found))
		for i, f := range found {
			list[i] = Sentence{Span: f.Span, Text: f.Text(), Probability: f.Probability, Labels: f.Labels, Confidence: f.Confidence, Second: f.Second, why: readings(f.Why)}
			if k := slices.IndexFunc(there, func(t StoredFinding) bool { return overlap(t.Span, f.Span) }); k >= 0 {
				list[i].Finding = there[k].ID
			}
		}
		return err
	})
	return list, err
}

// overlap reports whether two spans share a byte.
func overlap(a, b parley.Span) bool { return a.Start < b.End && b.Start < a.End }

// messageOf returns a message that by may see, and its engagement.
func (a *App) messageOf(ctx context.Context, tx *store.Tx, by parley.Actor, id parley.MessageID) (parley.Engagement, StoredMessage, error) {
	if err := mayBeHere(by); err != nil {
		return parley.Engagement{}, StoredMessage{}, err
	}
	m, err := tx.Message(ctx, by.Space, id)
	if err != nil {
		return parley.Engagement{}, StoredMessage{}, err
	}
	e, err := a.engagement(ctx, tx, by, m.Engagement)
	return e, m, of("message", err)
}

// upTo returns m after the messages before it in its conversation, as many as a reader remembers.
func upTo(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, m StoredMessage) ([]StoredMessage, error) {
	places, err := tx.PlacesBefore(ctx, space, m.Conversation, store.Said{At: m.At, Seq: m.Seq}, contextual+1)
	if err != nil {
		return nil, err
	}
	var after store.Said
	n := len(places)
	if n > contextual {
		n--
		after = places[n]
	}
	return tx.Messages(ctx, space, m.Conversation, after, n+1)
}

// Mark says that a sentence is resistance that Parley missed, with labels of which those not known are empty. span
// lies in one sentence of the speaker's own words, and means the whole of it. The finding that comes of it is an
// accepted one that says who marked it, and the workspace's model learns from it.
//
// It reports Invalid if span is in no sentence, or in one of somebody of ours, and a conflict if there is a finding
// already.
func (a *App) Mark(ctx context.Context, by parley.Actor, id parley.MessageID, span parley.Span, labels parley.Labels) (f StoredFinding, err error) {
	now := a.now()
	list, err := a.sentences(ctx, by, id, parley.Actor.MayEdit)
	if err != nil {
		return f, err
	}
	if !labels.Resistance || !labels.Valid() {
		return f, &parley.Error{Code: parley.Invalid, Field: "labels", Message: "the labels are not those of the taxonomy; only what resists is marked"}
	}
	err = a.write(ctx, func(tx *store.Tx) error {
		e, m, err := a.messageOf(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := by.MayEdit(e); err != nil {
			return err
		}
		s, err := sentenceAt(m, list, span)
		if err != nil {
			return err
		}
		there, err := tx.FindingsOfMessages(ctx, by.Space, []parley.MessageID{id})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(there, func(t StoredFinding) bool { return overlap(t.Span, s.Span) }) {
			return &parley.Error{Code: parley.Conflict, Field: "start", Message: "this sentence is a passage already; accept or correct that one"}
		}
		f = StoredFinding{
			ID: newID[parley.FindingID](a, "fin", now), Engagement: e.ID, Conversation: m.Conversation, Message: m, Span: s.Span, Marked: &store.Marked{By: by.Member, At: now},
			Labels: labels, Probability: s.Probability, Why: s.why, State: parley.Accepted, Version: 1,
		}
		if err := tx.CreateFindings(ctx, by.Space, []StoredFinding{f}); err != nil {
			return err
		}
		if err := a.askToLearn(ctx, tx, by.Space, now); err != nil {
			return err
		}
		if err := nameMarkers(ctx, tx, by.Space, []StoredFinding{f}); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "finding.marked", engagement: e.ID, subject: string(f.ID), data: decision{Labels: labels, Marked: true, Message: id, Span: s.Span}})
	})
	return f, err
}

// sentenceAt returns the sentence in which a span lies.
func sentenceAt(m StoredMessage, list []Sentence, span parley.Span) (Sentence, error) {
	if m.Side == parley.AdviserSide {
		return Sentence{}, &parley.Error{Code: parley.Invalid, Field: "start", Message: "one of ours said this; if that is not so, say first whose side they are on"}
	}
	for _, s := range list {
		if s.Span.Start <= span.Start && span.Start < span.End && span.End <= s.Span.End {
			return s, nil
		}
	}
	return Sentence{}, &parley.Error{Code: parley.Invalid, Field: "start", Message: "mark one sentence of what they said themselves"}
}

// Withdraw takes back that a person marked a sentence: the finding goes, and leaves its concern as Reopen does. It
// reports a conflict if the model found it, or unless the stored version is version.
func (a *App) Withdraw(ctx context.Context, by parley.Actor, id parley.FindingID, version int) error {
	now := a.now()
	return a.write(ctx, func(tx *store.Tx) error {
		f, e, err := a.findingOf(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := by.MayEdit(e); err != nil {
			return err
		}
		switch {
		case f.Version != version:
			return errFindingChanged
		case f.Marked == nil:
			return &parley.Error{Code: parley.Conflict, Message: "nobody marked this: Parley heard it; say instead that it is no resistance"}
		}
		if f, err = a.detach(ctx, tx, by, f, now); err != nil {
			return err
		}
		if err := tx.DeleteFinding(ctx, by.Space, id, f.Version); err != nil {
			return err
		}
		if err := a.askToLearn(ctx, tx, by.Space, now); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "finding.withdrawn", engagement: e.ID, subject: string(id), data: decision{Labels: f.Final(), Marked: true, Message: f.Message.ID, Span: f.Span}})
	})
}

// nameMarkers says of findings that were marked by hand who did, by name.
func nameMarkers(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, list []StoredFinding) error {
	var names map[parley.MemberID]string
	for _, f := range list {
		if f.Marked == nil {
			continue
		}
		if names == nil {
			var err error
			if names, err = memberNames(ctx, tx, space); err != nil {
				return err
			}
		}
		f.Marked.ByName = names[f.Marked.By]
	}
	return nil
}
