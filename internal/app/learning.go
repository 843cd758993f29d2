package app

import (
	"context"
	"slices"
	"time"

	"parley"
	"parley/diagnose"
	"parley/internal/store"
)

// Bounds of what Learning shows.
const (
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
	Marked    int `json:"marked"` // by hand, where Parley had missed it
}

// All is how many decisions there are.
func (l LearnedFrom) All() int { return l.Accepted + l.Corrected + l.Dismissed + l.Marked }

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
			Version: v.Version, From: LearnedFrom{v.Accepted, v.Corrected, v.Dismissed, v.Marked}, Created: v.Created, Current: v.Base == diagnose.Shipped().Fingerprint(),
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

// RereadOpen has all messages of the workspace read again with the model in use, and what is still to be read of
// imports read with it too. What nobody decided about is found anew; what a person decided stays.
func (a *App) RereadOpen(ctx context.Context, by parley.Actor) error {
	now := a.now()
	return a.write(ctx, func(tx *store.Tx) error {
		if err := by.MayOwn(); err != nil {
			return err
		}
		if err := tx.MarkUnread(ctx, by.Space); err != nil {
			return err
		}
		if err := tx.RenewImportModels(ctx, by.Space); err != nil {
			return err
		}
		if err := a.queue.Reread(ctx, tx); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "model.reread", subject: string(by.Space)})
	})
}
