package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
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
	changesMost  = 4    // words for and against a label
	changesLeast = 0.03 // log-odds
	changeQuotes = 3    // of a word
	changeTexts  = 2000 // decisions looked through for words, the newest
)

// LearnSays is the number of decisions from which Learning tells how much better a model has become.
const LearnSays = 30

// A Learning is what Parley learned from the decisions in a workspace.
type Learning struct {
	Enabled   bool             `json:"enabled"`  // new decisions make new versions, and the newest is used
	Used      int              `json:"used"`     // version that new findings are made with; 0 is the model that Parley ships
	Waiting   bool             `json:"waiting"`  // decisions were made that it will learn from within a minute
	Decided   LearnedFrom      `json:"decided"`  // so far
	Needed    int              `json:"needed"`   // decisions more until there is a first version; 0: enough
	Versions  []LearnedVersion `json:"versions"` // newest first, at most 20
	Questions []LearnedHead    `json:"questions"`
	Changes   []LearnedWord    `json:"changes"` // of the version in use, in engagements that one may see
}

// LearnedFrom counts decisions.
type LearnedFrom struct {
	Accepted  int `json:"accepted"`
	Corrected int `json:"corrected"`
	Dismissed int `json:"dismissed"`
}

// All is how many decisions there are.
func (l LearnedFrom) All() int { return l.Accepted + l.Corrected + l.Dismissed }

// A LearnedVersion is one version of a workspace's model.
type LearnedVersion struct {
	Version int         `json:"version"`
	From    LearnedFrom `json:"from"`
	Created time.Time   `json:"created"`
	Current bool        `json:"current"` // made for the model that Parley ships now; another cannot be used
}

// A LearnedHead is how often the shipped and the adapted model agree with decisions that the adapted one had
// not seen: by cross-validation over the decisions of the version in use, else of the newest.
type LearnedHead struct {
	Head   string  `json:"head"`   // resistance, form, driver, perception, subject
	N      int     `json:"n"`      // decisions
	Needed int     `json:"needed"` // decisions more until anything is said; then the rest is zero
	Before float64 `json:"before,omitempty"`
	After  float64 `json:"after,omitempty"`
	Low    float64 `json:"low,omitempty"` // of After − Before, the interval at 95 %
	High   float64 `json:"high,omitempty"`
}

// A LearnedWord is a word that weighs otherwise than in the shipped model.
type LearnedWord struct {
	Head   string         `json:"head"`
	Label  string         `json:"label"`
	Word   string         `json:"word"`
	Weight float64        `json:"weight"` // log-odds for the label, with the words beside it; negative speaks against
	Quotes []LearnedQuote `json:"quotes"` // where it stands, at most 3
}

// A LearnedQuote is a finding that somebody decided about.
type LearnedQuote struct {
	Finding      parley.FindingID      `json:"finding"`
	Conversation parley.ConversationID `json:"conversation"`
	Speaker      parley.Person         `json:"speaker"`
	Lang         parley.Lang           `json:"lang,omitempty"`
	Text         string                `json:"text"`
}

// models keeps the adapted models that were used last.
type models struct {
	sync.Mutex
	by map[parley.WorkspaceID]versioned
}

type versioned struct {
	version int
	model   *diagnose.Model
}

// modelsMost is how many adapted models are kept ready, some megabytes each.
const modelsMost = 32

func newModels() *models { return &models{by: map[parley.WorkspaceID]versioned{}} }

// modelOf returns the model that a workspace uses. One that was adapted from another than the one shipped now
// is made anew in the background; meanwhile the shipped one is used.
func (a *App) modelOf(ctx context.Context, tx *store.Tx, space parley.WorkspaceID) (*diagnose.Model, error) {
	l, err := tx.Learning(ctx, space)
	if err != nil || l.Used == 0 {
		return diagnose.Shipped(), err
	}
	a.models.Lock()
	known, ok := a.models.by[space]
	a.models.Unlock()
	if ok && known.version == l.Used {
		return known.model, nil
	}
	body, err := tx.AdaptationBody(ctx, space, l.Used)
	if err != nil {
		return nil, err
	}
	adaptation, err := diagnose.ParseAdaptation(body)
	if err != nil {
		return nil, err
	}
	model, err := diagnose.Shipped().With(adaptation)
	if errors.Is(err, diagnose.ErrAdaptation) {
		return diagnose.Shipped(), nil
	}
	if err != nil {
		return nil, err
	}
	a.models.Lock()
	defer a.models.Unlock()
	if len(a.models.by) >= modelsMost {
		clear(a.models.by)
	}
	a.models.by[space] = versioned{l.Used, model}
	return model, nil
}

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
	v := store.Adaptation{Through: through, Base: diagnose.Shipped().Fingerprint(), Accepted: from.counts.Accepted, Corrected: from.counts.Corrected, Dismissed: from.counts.Dismissed}
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
			"version": v.Version, "through": v.Through, "decisions": v.Accepted + v.Corrected + v.Dismissed, "data": v.Data,
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
	events = slices.DeleteFunc(events, func(e parley.Event) bool { return e.Kind == "finding.reopened" })
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
		labels, err := labelsOf(e)
		if err != nil {
			return d, err
		}
		switch e.Kind {
		case "finding.accepted":
			d.counts.Accepted++
		case "finding.corrected":
			d.counts.Corrected++
		default:
			d.counts.Dismissed++
		}
		d.lines = append(d.lines, train.Line{Dialogue: string(q.Conversation), Role: string(parley.ClientSide), Text: q.Text, Lang: string(q.Lang), Kind: string(q.Kind), Labels: labels})
		d.quotes = append(d.quotes, q)
	}
	return d, nil
}

// labelsOf returns what a decision says, by head.
func labelsOf(e parley.Event) (map[string]string, error) {
	if e.Kind == "finding.dismissed" {
		return map[string]string{"resistance": "false"}, nil
	}
	var data struct {
		Labels parley.Labels `json:"labels"`
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return nil, err
	}
	labels := map[string]string{"resistance": "true"}
	for head, v := range map[string]string{
		"form": string(data.Labels.Form), "driver": string(data.Labels.Driver), "perception": string(data.Labels.Perception), "subject": string(data.Labels.Subject),
	} {
		if v != "" {
			labels[head] = v
		}
	}
	return labels, nil
}

// Learning tells what Parley learned from the decisions in the workspace. Every member may ask; words and
// quotes are only of engagements that the member may see.
func (a *App) Learning(ctx context.Context, by parley.Actor) (l Learning, err error) {
	if err := mayBeHere(by); err != nil {
		return l, err
	}
	var state store.Learning
	var versions []store.Adaptation
	var from decided
	var model *diagnose.Model
	visible := map[parley.EngagementID]bool{}
	err = a.read(ctx, func(tx *store.Tx) error {
		if state, err = tx.Learning(ctx, by.Space); err != nil {
			return err
		}
		if versions, err = tx.Adaptations(ctx, by.Space, versionsKept); err != nil {
			return err
		}
		last, err := tx.LastEvent(ctx, by.Space)
		if err != nil {
			return err
		}
		if from, err = decisions(ctx, tx, by.Space, last.Seq); err != nil {
			return err
		}
		engagements, err := tx.Engagements(ctx, by.Space)
		if err != nil {
			return err
		}
		for _, e := range engagements {
			visible[e.ID] = by.MayRead(e) == nil
		}
		model, err = a.modelOf(ctx, tx, by.Space)
		return err
	})
	if err != nil {
		return l, err
	}
	l = Learning{Enabled: state.Enabled, Used: state.Used, Waiting: state.Asked && state.Enabled, Decided: from.counts, Versions: []LearnedVersion{}, Questions: []LearnedHead{}}
	if len(versions) == 0 {
		l.Needed = max(0, learnLeast-from.counts.All())
	}
	if model.Adaptation() == nil { // what was in use was made for an earlier model
		l.Used = 0
	}
	shown := store.Adaptation{}
	for i, v := range versions {
		l.Versions = append(l.Versions, LearnedVersion{
			Version: v.Version, From: LearnedFrom{v.Accepted, v.Corrected, v.Dismissed}, Created: v.Created, Current: v.Base == diagnose.Shipped().Fingerprint(),
		})
		if i == 0 || v.Version == state.Used {
			shown = v
		}
	}
	for _, c := range shown.Comparisons {
		h := LearnedHead{Head: c.Head, N: c.N, Needed: max(0, LearnSays-c.N)}
		if h.Needed == 0 {
			h.Before, h.After, h.Low, h.High = c.Before, c.After, c.Low, c.High
		}
		l.Questions = append(l.Questions, h)
	}
	l.Changes = changes(model, from, visible)
	return l, nil
}

// changes returns the words that weigh otherwise in model, among those of the newest decisions in visible
// engagements.
func changes(model *diagnose.Model, from decided, visible map[parley.EngagementID]bool) []LearnedWord {
	var texts []string
	var quotes []LearnedQuote
	for i := len(from.quotes) - 1; i >= 0 && len(texts) < changeTexts; i-- {
		if q := from.quotes[i]; visible[q.Engagement] {
			texts = append(texts, q.Text)
			quotes = append(quotes, LearnedQuote{q.ID, q.Conversation, parley.Person{Name: q.Speaker, Address: q.Address}, q.Lang, q.Text})
		}
	}
	words := []LearnedWord{}
	for _, c := range model.Changes(texts, changesMost, changesLeast) {
		w := LearnedWord{Head: c.Head, Label: c.Label, Word: c.Word, Weight: c.Weight}
		for _, t := range c.Texts[:min(len(c.Texts), changeQuotes)] {
			w.Quotes = append(w.Quotes, quotes[t])
		}
		words = append(words, w)
	}
	return words
}

// changeLearning loads how a workspace learns, lets fn change it, and saves it.
func (a *App) changeLearning(ctx context.Context, by parley.Actor, kind string, data map[string]any, fn func(*store.Tx, store.Learning, time.Time) (store.Learning, error)) error {
	now := a.now()
	return a.write(ctx, func(tx *store.Tx) error {
		if err := by.MayOwn(); err != nil {
			return err
		}
		l, err := tx.Learning(ctx, by.Space)
		if err != nil {
			return err
		}
		if l, err = fn(tx, l, now); err != nil {
			return err
		}
		if err := tx.SaveLearning(ctx, by.Space, l); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: kind, subject: string(by.Space), data: data})
	})
}

// SetLearning switches learning from decisions on or off. Off, the version in use stays; on, a new one will
// be made soon of all decisions so far.
func (a *App) SetLearning(ctx context.Context, by parley.Actor, enabled bool) error {
	return a.changeLearning(ctx, by, "model.learning", map[string]any{"enabled": enabled}, func(tx *store.Tx, l store.Learning, now time.Time) (store.Learning, error) {
		ask := enabled && !l.Enabled && !l.Asked
		l.Enabled = enabled
		if !ask {
			return l, nil
		}
		l.Asked = true
		return l, a.queue.Learn(ctx, tx, by.Space, now)
	})
}

// UseVersion goes back, or forth, to a version of the model, 0 being the one that Parley ships, and switches
// learning off so that it stays there.
func (a *App) UseVersion(ctx context.Context, by parley.Actor, version int) error {
	return a.changeLearning(ctx, by, "model.used", map[string]any{"version": version}, func(tx *store.Tx, l store.Learning, _ time.Time) (store.Learning, error) {
		l.Enabled, l.Used = false, version
		if version == 0 {
			return l, nil
		}
		list, err := tx.Adaptations(ctx, by.Space, versionsKept+1)
		if err != nil {
			return l, err
		}
		i := slices.IndexFunc(list, func(v store.Adaptation) bool { return v.Version == version })
		if i < 0 {
			return l, &parley.Error{Code: parley.Invalid, Field: "version", Message: "there is no such version any more"}
		}
		if list[i].Base != diagnose.Shipped().Fingerprint() {
			return l, &parley.Error{Code: parley.Conflict, Field: "version", Message: "that version was made for an earlier Parley; switch learning on to have it made anew"}
		}
		return l, nil
	})
}

// RereadOpen has all messages of the workspace read again with the model in use. What nobody decided about is
// found anew; what a person decided stays.
func (a *App) RereadOpen(ctx context.Context, by parley.Actor) error {
	now := a.now()
	return a.write(ctx, func(tx *store.Tx) error {
		if err := by.MayOwn(); err != nil {
			return err
		}
		if err := tx.MarkUnread(ctx, by.Space); err != nil {
			return err
		}
		if err := a.queue.Reread(ctx, tx); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "model.reread", subject: string(by.Space)})
	})
}

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
			if e.Kind == "finding.reopened" {
				continue
			}
			id := parley.FindingID(e.Subject)
			if labels[id], err = labelsOf(e); err != nil {
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
