package api

import (
	"context"

	"parley"
	"parley/internal/app"
)

type findingsInput struct {
	InEngagement
	State        parley.FindingState   `query:"state"`
	Conversation parley.ConversationID `query:"conversation"`
	Driver       parley.Driver         `query:"driver" doc:"As it holds: a person's where one was given, else the model's."`
	Person       parley.StakeholderID  `query:"person" doc:"Who says it."`
	Concern      parley.ConcernID      `query:"concern" doc:"That it joined."`
	Loose        bool                  `query:"loose" doc:"Only those accepted or corrected that joined no concern yet."`
}

// findings serves GET /api/v1/engagements/{id}/findings.
func (s *Server) findings(ctx context.Context, in *findingsInput) (*body[List[app.StoredFinding]], error) {
	p, err := s.app.Findings(ctx, actor(ctx), in.ID, app.FindingFilter{
		State: in.State, Conversation: in.Conversation, Driver: in.Driver, Person: in.Person, Concern: in.Concern, Loose: in.Loose,
		Cursor: in.Cursor, Limit: in.Limit,
	})
	return &body[List[app.StoredFinding]]{List[app.StoredFinding]{p.Findings, p.Next}}, err
}

// finding serves GET /api/v1/findings/{id}.
func (s *Server) finding(ctx context.Context, in *One[parley.FindingID]) (*row[app.StoredFinding], error) {
	f, err := s.app.Finding(ctx, actor(ctx), in.ID)
	return findingRow(f), err
}

func findingRow(f app.StoredFinding) *row[app.StoredFinding] {
	return &row[app.StoredFinding]{quoted(f.Version), f}
}

type matchesInput struct {
	One[parley.FindingID]
	Paged
}

// A match is a concern that a finding may belong to.
type match struct {
	app.Match
	Quote *app.StoredFinding `json:"quote,omitempty" doc:"Of the concern, the one most alike, where there is one."` // hides the app's, which may be empty
}

// quoteOf returns a quote that may be empty as one that may be left out.
func quoteOf(f app.StoredFinding) *app.StoredFinding {
	if f.ID == "" {
		return nil
	}
	return &f
}

// matches serves GET /api/v1/findings/{id}/matches.
func (s *Server) matches(ctx context.Context, in *matchesInput) (*body[List[match]], error) {
	found, err := s.app.Matches(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	matches := make([]match, len(found))
	for i, m := range found {
		matches[i] = match{m, quoteOf(m.Quote)}
	}
	return page(matches, in.Paged, func(m match) parley.ConcernID { return m.Concern.ID })
}

// A FindingWrite is a decision about a finding.
type FindingWrite struct {
	One[parley.FindingID]
	Versioned
	Keyed
}

type acceptInput struct {
	FindingWrite
	Body struct {
		Concern  parley.ConcernID `json:"concern,omitempty" doc:"An existing one that it joins."`
		NewTitle string           `json:"new_title,omitempty" maxLength:"500" doc:"Of a new one, in neutral words. With neither, it joins none yet."`
	}
}

// acceptFinding serves POST /api/v1/findings/{id}/accept.
func (s *Server) acceptFinding(ctx context.Context, in *acceptInput) (*row[app.StoredFinding], error) {
	f, err := once(ctx, s, in.Key, in, func(a *app.App) (app.StoredFinding, error) {
		return a.Accept(ctx, actor(ctx), in.ID, in.version, app.Joining(in.Body))
	})
	return findingRow(f), err
}

type correctInput struct {
	FindingWrite
	Body parley.Labels
}

// correctFinding serves POST /api/v1/findings/{id}/correct.
func (s *Server) correctFinding(ctx context.Context, in *correctInput) (*row[app.StoredFinding], error) {
	f, err := once(ctx, s, in.Key, in, func(a *app.App) (app.StoredFinding, error) {
		return a.Correct(ctx, actor(ctx), in.ID, in.version, in.Body)
	})
	return findingRow(f), err
}

// dismissFinding serves POST /api/v1/findings/{id}/dismiss.
func (s *Server) dismissFinding(ctx context.Context, in *FindingWrite) (*row[app.StoredFinding], error) {
	f, err := once(ctx, s, in.Key, in, func(a *app.App) (app.StoredFinding, error) {
		return a.Dismiss(ctx, actor(ctx), in.ID, in.version)
	})
	return findingRow(f), err
}

// reopenFinding serves POST /api/v1/findings/{id}/reopen.
func (s *Server) reopenFinding(ctx context.Context, in *FindingWrite) (*row[app.StoredFinding], error) {
	f, err := once(ctx, s, in.Key, in, func(a *app.App) (app.StoredFinding, error) {
		return a.Reopen(ctx, actor(ctx), in.ID, in.version)
	})
	return findingRow(f), err
}
