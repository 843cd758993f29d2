package api

import (
	"context"

	"parley"
	"parley/internal/app"
)

// An InEngagement lists what an engagement has.
type InEngagement struct {
	One[parley.EngagementID]
	Paged
}

// stakeholders serves GET /api/v1/engagements/{id}/stakeholders.
func (s *Server) stakeholders(ctx context.Context, in *InEngagement) (*body[List[parley.Stakeholder]], error) {
	people, err := s.app.Stakeholders(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return page(people, in.Paged, func(p parley.Stakeholder) parley.StakeholderID { return p.ID })
}

type stakeholderInput struct {
	One[parley.StakeholderID]
	Versioned
	Keyed
	Body struct {
		Name       string        `json:"name" maxLength:"200"`
		Title      string        `json:"title,omitempty" maxLength:"200" doc:"What they are: plant manager."`
		Power      int           `json:"power" minimum:"0" maximum:"4" doc:"How much they decide."`
		Stance     int           `json:"stance" minimum:"-2" maximum:"2" doc:"From against to in favour."`
		Skepticism int           `json:"skepticism" minimum:"0" maximum:"4"`
		Langs      []parley.Lang `json:"langs,omitempty" maxItems:"3"`
	}
}

// updateStakeholder serves PUT /api/v1/stakeholders/{id}. Their side is said for the engagement: see setSides.
func (s *Server) updateStakeholder(ctx context.Context, in *stakeholderInput) (*row[parley.Stakeholder], error) {
	p, err := once(ctx, s, in.Key, in, func(a *app.App) (parley.Stakeholder, error) {
		return a.UpdateStakeholder(ctx, actor(ctx), parley.Stakeholder{
			ID: in.ID, Version: in.version, Name: in.Body.Name, Title: in.Body.Title, Power: in.Body.Power,
			Stance: in.Body.Stance, Skepticism: in.Body.Skepticism, Langs: in.Body.Langs,
		})
	})
	return &row[parley.Stakeholder]{quoted(p.Version), p}, err
}
