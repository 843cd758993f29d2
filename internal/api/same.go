package api

import (
	"context"

	"parley"
	"parley/internal/app"
)

type sameInput struct {
	One[parley.EngagementID]
	Concern parley.ConcernID `query:"concern" doc:"Only pairs with this concern."`
}

// sameReasons serves GET /api/v1/engagements/{id}/same-reasons.
func (s *Server) sameReasons(ctx context.Context, in *sameInput) (*body[List[app.SameReason]], error) {
	list, err := s.app.SameReasons(ctx, actor(ctx), in.ID, in.Concern)
	if err != nil {
		return nil, err
	}
	return &body[List[app.SameReason]]{List[app.SameReason]{Items: list}}, nil
}

type apartInput struct {
	One[parley.ConcernID]
	Keyed
	Body struct {
		Concern parley.ConcernID `json:"concern" doc:"The other one, of the same engagement."`
	}
}

// keepApart serves POST /api/v1/concerns/{id}/apart.
func (s *Server) keepApart(ctx context.Context, in *apartInput) (*struct{}, error) {
	return onceOnly(ctx, s, in.Key, in, func(a *app.App) error {
		return a.KeepApart(ctx, actor(ctx), in.ID, in.Body.Concern)
	})
}
