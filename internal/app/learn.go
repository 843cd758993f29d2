package app

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"parley"
	"parley/diagnose"
	"parley/diagnose/train"
	"parley/internal/store"
)

// Bounds of learning.
const (
	learnLeast   = 10   // decisions from which a model is adapted
	learnMost    = 5000 // decisions it is adapted to, the newest
	versionsKept = 20
)

// askToLearn has the model of a workspace learn from its decisions, soon, as part of tx.
func (a *App) askToLearn(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, now time.Time) error {
	l, err := tx.Learning(ctx, space)
	if err != nil || l.Asked || !l.Enabled {
		return err
	}
	l.Asked = true
	if err := tx.SaveLearning(ctx, space, l); err != nil {
		return err
	}
	return a.queue.Learn(ctx, tx, space, now.Add(a.o.Wait))
}

// relearn asks for the models that were adapted from another than the shipped one to be made anew.
func (a *App) relearn(ctx context.Context) error {
	var any bool
	if err := a.read(ctx, func(tx *store.Tx) error {
		spaces, err := tx.LearningSpaces(ctx, "")
		any = len(spaces) > 0
		return err
	}); err != nil || !any { // and the shipped one need not be read yet
		return err
	}
	return a.write(ctx, func(tx *store.Tx) error {
		spaces, err := tx.LearningSpaces(ctx, diagnose.Shipped().Fingerprint())
		if err != nil {
			return err
		}
		for _, space := range spaces {
			if err := a.askToLearn(ctx, tx, space, a.now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// learn makes a new version of a workspace's model, if there is something new to learn from.
func (a *App) learn(ctx context.Context, space parley.WorkspaceID) error {
	var l store.Learning
	var through int64
	if err := a.store.Write(ctx, func(tx *store.Tx) (err error) {
		if l, err = tx.Learning(ctx, space); err != nil {
			return err
		}
		last, err := tx.LastEvent(ctx, space)
		if err != nil {
			return err
		}
		through = last.Seq
		l.Asked = false // who decides from here on asks anew
		return tx.SaveLearning(ctx, space, l)
	}); err != nil || !l.Enabled {
		return err
	}
	var from decided
	if err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		from, err = decisions(ctx, tx, space, through)
		return err
	}); err != nil {
		return err
	}
	v := store.Adaptation{Through: through, Base: diagnose.Shipped().Fingerprint(), Accepted: from.counts.Accepted, Corrected: from.counts.Corrected, Dismissed: from.counts.Dismissed, Marked: from.counts.Marked}
	if from.counts.All() < learnLeast {
		return a.unlearn(ctx, space)
	}
	adaptation, body, err := adapt(from.lines)
	if err != nil {
		return err
	}
	v.Data = adaptation.Data
	var same bool
	if err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		same, err = isNewest(ctx, tx, space, v)
		return err
	}); err != nil || same {
		return err
	}
	comparisons, err := train.Compare(diagnose.Shipped(), from.lines, train.AdaptOptions{})
	if err != nil {
		return err
	}
	for _, c := range comparisons {
		v.Comparisons = append(v.Comparisons, store.Comparison(c))
	}
	return a.keepVersion(ctx, space, v, body)
}

// adapt returns what lines change about the shipped model, and its bytes.
func adapt(lines []train.Line) (*diagnose.Adaptation, []byte, error) {
	adaptation, err := train.Adapt(diagnose.Shipped(), lines, train.AdaptOptions{})
	if err != nil {
		return nil, nil, err
	}
	body, err := adaptation.MarshalBinary()
	return adaptation, body, err
}

// isNewest reports whether v would be what the newest version is, and that is used.
func isNewest(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, v store.Adaptation) (bool, error) {
	l, err := tx.Learning(ctx, space)
	if err != nil {
		return false, err
	}
	list, err := tx.Adaptations(ctx, space, 1)
	return len(list) > 0 && list[0].Version == l.Used && (list[0].Through > v.Through || list[0].Data == v.Data && list[0].Base == v.Base), err
}

// unlearn goes back to the shipped model where too few decisions are left.
func (a *App) unlearn(ctx context.Context, space parley.WorkspaceID) error {
	now := a.now()
	return a.store.Write(ctx, func(tx *store.Tx) error {
		l, err := tx.Learning(ctx, space)
		if err != nil || !l.Enabled || l.Used == 0 {
			return err
		}
		l.Used = 0
		if err := tx.SaveLearning(ctx, space, l); err != nil {
			return err
		}
		return a.record(ctx, tx, parley.Actor{Space: space}, now, happening{kind: "model.used", subject: string(space), data: map[string]any{"version": 0}})
	})
}

// keepVersion keeps v as the newest version and uses it, unless learning was switched off meanwhile or a
// later one is there.
func (a *App) keepVersion(ctx context.Context, space parley.WorkspaceID, v store.Adaptation, body []byte) error {
	now := a.now()
	return a.store.Write(ctx, func(tx *store.Tx) error {
		l, err := tx.Learning(ctx, space)
		if err != nil || !l.Enabled {
			return err
		}
		if same, err := isNewest(ctx, tx, space, v); err != nil || same {
			return err
		}
		list, err := tx.Adaptations(ctx, space, 1)
		if err != nil {
			return err
		}
		v.Version, v.Created = 1, now
		if len(list) > 0 {
			v.Version = list[0].Version + 1
		}
		if err := tx.CreateAdaptation(ctx, space, v, body); err != nil {
			return err
		}
		if err := tx.DeleteAdaptations(ctx, space, v.Version-versionsKept+1, v.Version); err != nil {
			return err
		}
		l.Used = v.Version
		if err := tx.SaveLearning(ctx, space, l); err != nil {
			return err
		}
		return a.record(ctx, tx, parley.Actor{Space: space}, now, happening{kind: "model.learned", subject: string(space), data: map[string]any{
			"version": v.Version, "through": v.Through, "decisions": v.Accepted + v.Corrected + v.Dismissed + v.Marked, "data": v.Data,
		}})
	})
}

// decided is what people decided in a workspace, in the order in which they did.
type decided struct {
	lines  []train.Line
	quotes []store.FindingText // by line
	counts LearnedFrom
}

// decisions returns what was decided up to the event numbered through, the newest learnMost: a line of the
// finding's words and a person's labels for each. It depends on the events and on the words of the messages,
// which do not change, and on nothing else.
func decisions(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, through int64) (d decided, err error) {
	events, err := tx.Decisions(ctx, space, through)
	if err != nil {
		return d, err
	}
	events = slices.DeleteFunc(events, func(e parley.Event) bool { return !teaches(e) })
	events = events[max(0, len(events)-learnMost):]
	ids := make([]parley.FindingID, len(events))
	for i, e := range events {
		ids[i] = parley.FindingID(e.Subject)
	}
	texts, err := tx.FindingTexts(ctx, space, ids)
	if err != nil {
		return d, err
	}
	for i, e := range events {
		q, ok := texts[ids[i]]
		if !ok { // its import was undone
			continue
		}
		labels, data, err := labelsOf(e)
		if err != nil {
			return d, err
		}
		switch {
		case e.Kind == "finding.dismissed":
			d.counts.Dismissed++
		case q.Marked:
			d.counts.Marked++
		case e.Kind == "finding.corrected" || data.Corrected:
			d.counts.Corrected++
		default:
			d.counts.Accepted++
		}
		d.lines = append(d.lines, train.Line{Dialogue: string(q.Conversation), Role: string(parley.ClientSide), Text: q.Text, Lang: string(q.Lang), Kind: string(q.Kind), Labels: labels})
		d.quotes = append(d.quotes, q)
	}
	return d, nil
}

// A decision is what the event of one says.
type decision struct {
	Labels    parley.Labels    `json:"labels"`              // that hold then
	Concern   parley.ConcernID `json:"concern"`             // that it belongs to
	Corrected bool             `json:"corrected,omitempty"` // they are a person's
	Marked    bool             `json:"marked,omitempty"`    // it is about a sentence that a person marked
	Message   parley.MessageID `json:"message,omitempty"`   // where it was marked
	Span      parley.Span      `json:"span,omitzero"`
}

// teaches reports whether there is something to learn from the last event of a finding: not from one that waits
// again, nor from a mark that was taken back. What was marked or corrected stays so when a later decision is taken back.
func teaches(e parley.Event) bool {
	switch e.Kind {
	case "finding.withdrawn":
		return false
	case "finding.reopened":
		var d decision
		return json.Unmarshal(e.Data, &d) == nil && (d.Marked || d.Corrected)
	}
	return true
}

// labelsOf returns what a decision says, by head, and its data.
func labelsOf(e parley.Event) (labels map[string]string, data decision, err error) {
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return nil, data, err
	}
	if e.Kind == "finding.dismissed" {
		return map[string]string{"resistance": "false"}, data, nil
	}
	labels = map[string]string{"resistance": "true"}
	for head, v := range map[string]string{
		"form": string(data.Labels.Form), "driver": string(data.Labels.Driver), "perception": string(data.Labels.Perception), "subject": string(data.Labels.Subject),
	} {
		if v != "" {
			labels[head] = v
		}
	}
	return labels, data, nil
}
