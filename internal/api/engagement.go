package api

import (
	"context"

	"parley"
	"parley/internal/app"
)

// engagements serves GET /api/v1/engagements.
func (s *Server) engagements(ctx context.Context, in *Paged) (*body[List[app.EngagementSummary]], error) {
	engagements, err := s.app.Engagements(ctx, actor(ctx))
	if err != nil {
		return nil, err
	}
	return page(engagements, *in, func(e app.EngagementSummary) parley.EngagementID { return e.ID })
}

// An EngagementEdit is what people write of an engagement.
type EngagementEdit struct {
	Name       string                `json:"name" maxLength:"200"`
	Client     string                `json:"client,omitempty" maxLength:"200"`
	Kind       parley.EngagementKind `json:"kind"`
	Lang       parley.Lang           `json:"lang"`
	Starts     string                `json:"starts,omitempty" maxLength:"10" doc:"A day: 2026-03-12."`
	Ends       string                `json:"ends,omitempty" maxLength:"10" doc:"A day: 2026-03-12."`
	Restricted bool                  `json:"restricted,omitempty" doc:"Only its members and the owners may see it."`
	Members    []parley.MemberID     `json:"members,omitempty" maxItems:"1000"`
}

func (e EngagementEdit) with(sides parley.Sides) parley.Engagement {
	return parley.Engagement{
		Sides: sides, Name: e.Name, Client: e.Client, Kind: e.Kind, Lang: e.Lang, Starts: e.Starts, Ends: e.Ends,
		Restricted: e.Restricted, Members: e.Members,
	}
}

type newEngagementInput struct {
	Keyed
	Body struct {
		EngagementEdit
		Sides parley.Sides `json:"sides,omitzero" doc:"Who speaks for which side."`
	}
}

// createEngagement serves POST /api/v1/engagements.
func (s *Server) createEngagement(ctx context.Context, in *newEngagementInput) (*made[parley.Engagement], error) {
	e, err := once(ctx, s, in.Key, in, func(a *app.App) (parley.Engagement, error) {
		return a.CreateEngagement(ctx, actor(ctx), in.Body.with(in.Body.Sides))
	})
	return &made[parley.Engagement]{"/api/v1/engagements/" + string(e.ID), e}, err
}

// createSample serves POST /api/v1/sample. It takes no key: while there is a sample case, another is a conflict.
func (s *Server) createSample(ctx context.Context, _ *struct{}) (*made[parley.Engagement], error) {
	e, err := s.app.LoadSample(ctx, actor(ctx))
	return &made[parley.Engagement]{"/api/v1/engagements/" + string(e.ID), e}, err
}

// engagement serves GET /api/v1/engagements/{id}.
func (s *Server) engagement(ctx context.Context, in *One[parley.EngagementID]) (*row[parley.Engagement], error) {
	e, err := s.app.Engagement(ctx, actor(ctx), in.ID)
	return &row[parley.Engagement]{quoted(e.Version), e}, err
}

type engagementInput struct {
	One[parley.EngagementID]
	Versioned
	Keyed
	Body struct {
		EngagementEdit
		Sides parley.Sides `json:"sides" doc:"Who speaks for which side. Where that changes, what they said is read again."`
	}
}

// updateEngagement serves PUT /api/v1/engagements/{id}.
func (s *Server) updateEngagement(ctx context.Context, in *engagementInput) (*row[parley.Engagement], error) {
	e, err := once(ctx, s, in.Key, in, func(a *app.App) (parley.Engagement, error) {
		e := in.Body.with(in.Body.Sides)
		e.ID, e.Version = in.ID, in.version
		return a.UpdateEngagement(ctx, actor(ctx), e)
	})
	return &row[parley.Engagement]{quoted(e.Version), e}, err
}

// removeSample serves DELETE /api/v1/engagements/{id}.
func (s *Server) removeSample(ctx context.Context, in *KeyedOne[parley.EngagementID]) (*struct{}, error) {
	return onceOnly(ctx, s, in.Key, in, func(a *app.App) error { return a.RemoveSample(ctx, actor(ctx), in.ID) })
}

// overview serves GET /api/v1/engagements/{id}/overview.
func (s *Server) overview(ctx context.Context, in *One[parley.EngagementID]) (*body[app.Overview], error) {
	o, err := s.app.Overview(ctx, actor(ctx), in.ID)
	return &body[app.Overview]{o}, err
}

type sidesInput struct {
	One[parley.EngagementID]
	Keyed
	Body struct {
		Advisers []string `json:"advisers" maxItems:"1000" doc:"Addresses, domains or names of those who advise."`
		Clients  []string `json:"clients" maxItems:"1000" doc:"Addresses, domains or names of those who are advised."`
	}
}

// setSides serves PUT /api/v1/engagements/{id}/sides.
func (s *Server) setSides(ctx context.Context, in *sidesInput) (*struct{}, error) {
	return onceOnly(ctx, s, in.Key, in, func(a *app.App) error {
		return a.SetSides(ctx, actor(ctx), in.ID, parley.Sides{Advisers: in.Body.Advisers, Clients: in.Body.Clients})
	})
}
