package app

import (
	"context"
	"slices"
	"strings"

	"parley"
	"parley/internal/store"
)

// Stakeholders returns those of an engagement, by name.
func (a *App) Stakeholders(ctx context.Context, by parley.Actor, eng parley.EngagementID) (list []parley.Stakeholder, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		if _, err := a.engagement(ctx, tx, by, eng); err != nil {
			return err
		}
		list, err = tx.Stakeholders(ctx, by.Space, eng)
		return err
	})
	return list, err
}

// UpdateStakeholder saves name, title, power, stance, skepticism and languages of s, and reports a conflict
// unless the stored version is s's. Their side is said by SetSides, for all that they said.
func (a *App) UpdateStakeholder(ctx context.Context, by parley.Actor, s parley.Stakeholder) (parley.Stakeholder, error) {
	now := a.now()
	var saved parley.Stakeholder
	err := a.write(ctx, func(tx *store.Tx) error {
		if err := mayBeHere(by); err != nil {
			return err
		}
		old, err := tx.Stakeholder(ctx, by.Space, s.ID)
		if err != nil {
			return err
		}
		e, err := a.engagement(ctx, tx, by, old.Engagement)
		if err != nil {
			return of("stakeholder", err)
		}
		if err := by.MayEdit(e); err != nil {
			return err
		}
		changed := old
		changed.Name, changed.Title = strings.TrimSpace(s.Name), strings.TrimSpace(s.Title)
		changed.Power, changed.Stance, changed.Skepticism, changed.Langs, changed.Version = s.Power, s.Stance, s.Skepticism, s.Langs, s.Version
		if err := checkStakeholder(changed); err != nil {
			return err
		}
		if saved, err = tx.UpdateStakeholder(ctx, changed); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "stakeholder.updated", engagement: e.ID, subject: string(s.ID), data: map[string]any{
			"power": saved.Power, "stance": saved.Stance, "skepticism": saved.Skepticism,
		}})
	})
	return saved, err
}

func checkStakeholder(s parley.Stakeholder) error {
	switch {
	case s.Name == "" && s.Address == "" || len(s.Name) > 200:
		return &parley.Error{Code: parley.Invalid, Field: "name", Message: "give the name, in at most 200 bytes"}
	case len(s.Title) > 200:
		return &parley.Error{Code: parley.Invalid, Field: "title", Message: "the title has more than 200 bytes"}
	case s.Power < 0 || s.Power > 4:
		return &parley.Error{Code: parley.Invalid, Field: "power", Message: "power goes from 0 to 4"}
	case s.Stance < -2 || s.Stance > 2:
		return &parley.Error{Code: parley.Invalid, Field: "stance", Message: "stance goes from -2, against, to 2, in favour"}
	case s.Skepticism < 0 || s.Skepticism > 4:
		return &parley.Error{Code: parley.Invalid, Field: "skepticism", Message: "skepticism goes from 0 to 4"}
	case slices.ContainsFunc(s.Langs, func(l parley.Lang) bool { return !slices.Contains(parley.Langs, l) }):
		return &parley.Error{Code: parley.Invalid, Field: "langs", Message: "the languages are en, es and fr"}
	}
	return nil
}
