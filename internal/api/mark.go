package api

import (
	"context"
	"strconv"

	"parley"
	"parley/internal/app"
)

type sentencesInput struct {
	One[parley.MessageID]
	Paged
}

// sentences serves GET /api/v1/messages/{id}/sentences.
func (s *Server) sentences(ctx context.Context, in *sentencesInput) (*body[List[app.Sentence]], error) {
	list, err := s.app.Sentences(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return page(list, in.Paged, func(x app.Sentence) string { return strconv.Itoa(x.Span.Start) })
}

type markInput struct {
	One[parley.MessageID]
	Keyed
	Body struct {
		Span   parley.Span   `json:"span" doc:"Of one sentence of the speaker's own words, or of a part of it; the whole of it is marked."`
		Labels parley.Labels `json:"labels" doc:"Those that are not known are left out."`
	}
}

// markSentence serves POST /api/v1/messages/{id}/mark.
func (s *Server) markSentence(ctx context.Context, in *markInput) (*made[app.StoredFinding], error) {
	f, err := once(ctx, s, in.Key, in, func(a *app.App) (app.StoredFinding, error) {
		return a.Mark(ctx, actor(ctx), in.ID, in.Body.Span, in.Body.Labels)
	})
	return &made[app.StoredFinding]{"/api/v1/findings/" + string(f.ID), f}, err
}

// withdrawMark serves POST /api/v1/findings/{id}/withdraw.
func (s *Server) withdrawMark(ctx context.Context, in *FindingWrite) (*struct{}, error) {
	return onceOnly(ctx, s, in.Key, in, func(a *app.App) error { return a.Withdraw(ctx, actor(ctx), in.ID, in.version) })
}
