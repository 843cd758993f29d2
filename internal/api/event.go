package api

import (
	"context"

	"parley"
	"parley/internal/app"
)

type eventsInput struct {
	One[parley.EngagementID]
	Cursored
	Subject string `query:"subject" maxLength:"40" doc:"The id of what they are about."`
}

// events serves GET /api/v1/engagements/{id}/events.
func (s *Server) events(ctx context.Context, in *eventsInput) (*body[List[app.EventView]], error) {
	p, err := s.app.Events(ctx, actor(ctx), in.ID, in.Subject, in.Cursor)
	return &body[List[app.EventView]]{List[app.EventView]{p.Events, p.Next}}, err
}

// verify serves GET /api/v1/verify. The use case is the command line's as well and knows no actor, so
// who may is decided here: it is long work, and tells how much there is.
func (s *Server) verify(ctx context.Context, _ *struct{}) (*body[app.VerifyReport], error) {
	if err := actor(ctx).MayOwn(); err != nil {
		return nil, err
	}
	report, err := s.app.Verify(ctx)
	return &body[app.VerifyReport]{report}, err
}
