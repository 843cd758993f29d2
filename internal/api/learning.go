package api

import (
	"context"

	"parley/internal/app"
)

// learning serves GET /api/v1/learning.
func (s *Server) learning(ctx context.Context, _ *struct{}) (*body[app.Learning], error) {
	l, err := s.app.Learning(ctx, actor(ctx))
	return &body[app.Learning]{l}, err
}

type learningInput struct {
	Keyed
	Body struct {
		Enabled bool `json:"enabled" doc:"New decisions make new versions, and the newest is used."`
	}
}

// setLearning serves PUT /api/v1/learning.
func (s *Server) setLearning(ctx context.Context, in *learningInput) (*struct{}, error) {
	return onceOnly(ctx, s, in.Key, in, func(a *app.App) error {
		return a.SetLearning(ctx, actor(ctx), in.Body.Enabled)
	})
}

type versionInput struct {
	Keyed
	Body struct {
		Version int `json:"version" minimum:"0" maximum:"1000000000" doc:"One of those listed; 0 is the model that Parley ships."`
	}
}

// useVersion serves POST /api/v1/learning/use.
func (s *Server) useVersion(ctx context.Context, in *versionInput) (*struct{}, error) {
	return onceOnly(ctx, s, in.Key, in, func(a *app.App) error {
		return a.UseVersion(ctx, actor(ctx), in.Body.Version)
	})
}

// rereadOpen serves POST /api/v1/learning/reread.
func (s *Server) rereadOpen(ctx context.Context, in *Keyed) (*struct{}, error) {
	return onceOnly(ctx, s, in.Key, in, func(a *app.App) error { return a.RereadOpen(ctx, actor(ctx)) })
}
