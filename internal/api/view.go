package api

import (
	"context"

	"parley"
	"parley/internal/app"
)

type viewsInput struct {
	One[parley.EngagementID]
	Paged
}

// views serves GET /api/v1/engagements/{id}/views.
func (s *Server) views(ctx context.Context, in *viewsInput) (*body[List[app.ViewSummary]], error) {
	list, err := s.app.Views(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return page(list, in.Paged, func(v app.ViewSummary) parley.ViewID { return v.ID })
}

type newViewInput struct {
	One[parley.EngagementID]
	Keyed
	Body struct {
		Name string      `json:"name" maxLength:"80"`
		Look parley.Look `json:"look"`
	}
}

// createView serves POST /api/v1/engagements/{id}/views.
func (s *Server) createView(ctx context.Context, in *newViewInput) (*made[parley.View], error) {
	v, err := once(ctx, s, in.Key, in, func(a *app.App) (parley.View, error) {
		return a.CreateView(ctx, actor(ctx), in.ID, in.Body.Name, in.Body.Look)
	})
	return &made[parley.View]{"/api/v1/views/" + string(v.ID), v}, err
}

// deleteView serves DELETE /api/v1/views/{id}.
func (s *Server) deleteView(ctx context.Context, in *KeyedOne[parley.ViewID]) (*struct{}, error) {
	return onceOnly(ctx, s, in.Key, in, func(a *app.App) error { return a.DeleteView(ctx, actor(ctx), in.ID) })
}
