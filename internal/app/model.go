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
	by map[versioned]*diagnose.Model
}

// versioned names one version of a workspace's model.
type versioned struct {
	space   parley.WorkspaceID
	version int
}

// modelsMost is how many adapted models are kept ready, some megabytes each.
const modelsMost = 32

func newModels() *models { return &models{by: map[versioned]*diagnose.Model{}} }

// modelOf returns the model that a workspace uses.
func (a *App) modelOf(ctx context.Context, tx *store.Tx, space parley.WorkspaceID) (*diagnose.Model, error) {
	l, err := tx.Learning(ctx, space)
	if err != nil {
		return nil, err
	}
	return a.modelVersion(ctx, tx, space, l.Used)
}

// modelVersion returns a version of a workspace's model, 0 being the shipped one. One that was adapted from another
// than the one shipped now is made anew in the background; the shipped one is used in its place.
func (a *App) modelVersion(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, version int) (*diagnose.Model, error) {
	if version == 0 {
		return diagnose.Shipped(), nil
	}
	key := versioned{space, version}
	a.models.Lock()
	known := a.models.by[key]
	a.models.Unlock()
	if known != nil {
		return known, nil
	}
	body, err := tx.AdaptationBody(ctx, space, version)
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
	a.models.by[key] = model
	return model, nil
}
