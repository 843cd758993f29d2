package app

import (
	"context"
	"errors"
	"sync"

	"parley"
	"parley/diagnose"
	"parley/internal/store"
)

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
