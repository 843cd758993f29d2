package app

import (
	"context"
	"strings"

	"parley"
	"parley/internal/store"
)

// LoadSample makes the sample case in the workspace, to try things with: one engagement with what was said in it in three
// languages, and some of it decided by by, in whose language its concerns are written. What is decided in it teaches
// nothing. While there is one already, that is a conflict. It takes a second or two, and is no part of Once.
func (a *App) LoadSample(ctx context.Context, by parley.Actor) (parley.Engagement, error) {
	if err := by.MayAdvise(); err != nil {
		return parley.Engagement{}, err
	}
	me, _, err := a.Me(ctx, by)
	if err != nil {
		return parley.Engagement{}, err
	}
	c := demoCases[len(demoCases)-1].in(me.Lang)
	c.engagement.Sample = true
	return a.loadCase(ctx, by, c)
}

// onlySample reports a conflict if e is a sample and there is one already.
func onlySample(ctx context.Context, tx *store.Tx, e parley.Engagement) error {
	if !e.Sample {
		return nil
	}
	list, err := tx.Engagements(ctx, e.Space)
	for _, other := range list {
		if other.Sample {
			return &parley.Error{Code: parley.Conflict, Message: "there is a sample case already"}
		}
	}
	return err
}

// RemoveSample removes a sample case with all that is in it. Its history stays. Any other engagement is a conflict.
func (a *App) RemoveSample(ctx context.Context, by parley.Actor, id parley.EngagementID) error {
	now := a.now()
	return a.write(ctx, func(tx *store.Tx) error {
		e, err := a.engagement(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := by.MayEdit(e); err != nil {
			return err
		}
		if err := e.MayRemove(); err != nil {
			return err
		}
		if err := tx.DeleteEngagement(ctx, by.Space, id); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "engagement.removed", engagement: id, subject: string(id)})
	})
}

// in returns the case with what advisers write about it in a language.
func (c demoCase) in(lang parley.Lang) demoCase {
	words := demoWords(lang)
	say := func(text string) string {
		if said, ok := words[text]; ok {
			return said
		}
		return text
	}
	people := make([]parley.Stakeholder, len(c.people))
	for i, p := range c.people {
		p.Title = say(p.Title)
		people[i] = p
	}
	concerns := make([]demoConcern, len(c.concerns))
	for i, d := range c.concerns {
		d.title = say(d.title)
		concerns[i] = d
	}
	c.engagement.Name, c.people, c.concerns = say(c.engagement.Name), people, concerns
	return c
}

// demoWords are the texts of the sample case in a language, by those in English: one to a line, "English = Spanish".
func demoWords(lang parley.Lang) map[string]string {
	words := map[string]string{}
	data, err := demoFiles.ReadFile("demo/words-" + string(lang) + ".txt")
	if err != nil {
		return words // English needs none
	}
	for line := range strings.Lines(string(data)) {
		if english, said, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
			words[english] = said
		}
	}
	return words
}
