package api

import (
	"context"

	"parley"
	"parley/internal/app"
)

type concernsInput struct {
	InEngagement
	State  parley.ConcernState  `query:"state"`
	Open   bool                 `query:"open" doc:"Only those that are not settled."`
	Driver parley.Driver        `query:"driver"`
	Person parley.StakeholderID `query:"person" doc:"Who holds it."`
	Text   string               `query:"text" maxLength:"200" doc:"Words of its title."`
	Sort   app.ConcernSort      `query:"sort" doc:"None is updated: changed last first."`
}

// A concernList is a page of concerns.
type concernList struct {
	List[app.ConcernSummary]
	Total int `json:"total" doc:"How many the filter chooses, over all pages."`
}

// concerns serves GET /api/v1/engagements/{id}/concerns.
func (s *Server) concerns(ctx context.Context, in *concernsInput) (*body[concernList], error) {
	p, err := s.app.Concerns(ctx, actor(ctx), in.ID, app.ConcernFilter{
		State: in.State, Open: in.Open, Driver: in.Driver, Person: in.Person, Text: in.Text, Sort: in.Sort, Cursor: in.Cursor, Limit: in.Limit,
	})
	return &body[concernList]{concernList{List[app.ConcernSummary]{p.Concerns, p.Next}, p.Total}}, err
}

// A concernEdit is what people write of a concern.
type concernEdit struct {
	Title  string        `json:"title" maxLength:"500" doc:"The reason, in neutral words."`
	Labels parley.Labels `json:"labels"`
}

type newConcernInput struct {
	One[parley.EngagementID]
	Keyed
	Body concernEdit
}

// createConcern serves POST /api/v1/engagements/{id}/concerns.
func (s *Server) createConcern(ctx context.Context, in *newConcernInput) (*made[parley.Concern], error) {
	c, err := once(ctx, s, in.Key, in, func(a *app.App) (parley.Concern, error) {
		return a.CreateConcern(ctx, actor(ctx), in.ID, app.NewConcern(in.Body))
	})
	return &made[parley.Concern]{"/api/v1/concerns/" + string(c.ID), c}, err
}

// concern serves GET /api/v1/concerns/{id}.
func (s *Server) concern(ctx context.Context, in *One[parley.ConcernID]) (*row[app.ConcernView], error) {
	c, err := s.app.Concern(ctx, actor(ctx), in.ID)
	return &row[app.ConcernView]{quoted(c.Version), c}, err
}

type concernInput struct {
	One[parley.ConcernID]
	Versioned
	Keyed
	Body concernEdit
}

// updateConcern serves PUT /api/v1/concerns/{id}.
func (s *Server) updateConcern(ctx context.Context, in *concernInput) (*row[parley.Concern], error) {
	c, err := once(ctx, s, in.Key, in, func(a *app.App) (parley.Concern, error) {
		return a.UpdateConcern(ctx, actor(ctx), parley.Concern{ID: in.ID, Version: in.version, Title: in.Body.Title, Labels: in.Body.Labels})
	})
	return &row[parley.Concern]{quoted(c.Version), c}, err
}

type moveInput struct {
	One[parley.ConcernID]
	Versioned
	Keyed
	Body struct {
		State   parley.ConcernState `json:"state"`
		Outcome parley.Outcome      `json:"outcome,omitempty" doc:"How it was settled, if and only if it is."`
	}
}

// moveConcern serves POST /api/v1/concerns/{id}/move.
func (s *Server) moveConcern(ctx context.Context, in *moveInput) (*row[parley.Concern], error) {
	c, err := once(ctx, s, in.Key, in, func(a *app.App) (parley.Concern, error) {
		return a.MoveConcern(ctx, actor(ctx), in.ID, in.version, in.Body.State, in.Body.Outcome)
	})
	return &row[parley.Concern]{quoted(c.Version), c}, err
}

type mergeInput struct {
	One[parley.ConcernID]
	Versioned
	Keyed
	Body struct {
		Concerns []parley.ConcernID `json:"concerns" minItems:"1" maxItems:"50" doc:"Those that become part of it, of the same engagement."`
	}
}

// mergeConcerns serves POST /api/v1/concerns/{id}/merge.
func (s *Server) mergeConcerns(ctx context.Context, in *mergeInput) (*row[parley.Concern], error) {
	c, err := once(ctx, s, in.Key, in, func(a *app.App) (parley.Concern, error) {
		return a.MergeConcerns(ctx, actor(ctx), in.ID, in.version, in.Body.Concerns)
	})
	return &row[parley.Concern]{quoted(c.Version), c}, err
}

type splitInput struct {
	One[parley.ConcernID]
	Versioned
	Keyed
	Body struct {
		Merge parley.MergeID `json:"merge,omitempty" doc:"Which one of its merges; none is the last."`
	}
}

// splitConcern serves POST /api/v1/concerns/{id}/split.
func (s *Server) splitConcern(ctx context.Context, in *splitInput) (*row[parley.Concern], error) {
	c, err := once(ctx, s, in.Key, in, func(a *app.App) (parley.Concern, error) {
		return a.SplitConcern(ctx, actor(ctx), in.ID, in.version, in.Body.Merge)
	})
	return &row[parley.Concern]{quoted(c.Version), c}, err
}
