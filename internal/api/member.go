package api

import (
	"context"

	"parley"
	"parley/internal/app"
)

// A self is who asks, and where.
type self struct {
	Member    parley.Member    `json:"member"`
	Workspace parley.Workspace `json:"workspace"`
}

// me serves GET /api/v1/me.
func (s *Server) me(ctx context.Context, _ *struct{}) (*body[self], error) {
	member, workspace, err := s.app.Me(ctx, actor(ctx))
	return &body[self]{self{member, workspace}}, err
}

type langInput struct {
	Keyed
	Body struct {
		Lang parley.Lang `json:"lang"`
	}
}

// setLang serves PUT /api/v1/me/lang.
func (s *Server) setLang(ctx context.Context, in *langInput) (*struct{}, error) {
	return onceOnly(ctx, s, in.Key, in, func(a *app.App) error {
		return a.SetLang(ctx, actor(ctx), in.Body.Lang)
	})
}

type passwordInput struct {
	Body struct {
		Old string `json:"old" maxLength:"1000"`
		New string `json:"new" maxLength:"1000"`
	}
}

// changePassword serves PUT /api/v1/me/password. It takes no key: not even a hash of a password is kept
// beside the one that guards it.
func (s *Server) changePassword(ctx context.Context, in *passwordInput) (*struct{}, error) {
	return nil, s.app.ChangePassword(ctx, actor(ctx), in.Body.Old, in.Body.New)
}

// members serves GET /api/v1/members.
func (s *Server) members(ctx context.Context, in *Paged) (*body[List[parley.Member]], error) {
	members, err := s.app.Members(ctx, actor(ctx))
	if err != nil {
		return nil, err
	}
	return page(members, *in, func(m parley.Member) parley.MemberID { return m.ID })
}

type newMemberInput struct {
	Keyed
	Body struct {
		Name     string      `json:"name" maxLength:"200"`
		Email    string      `json:"email" maxLength:"320"`
		Password string      `json:"password" maxLength:"1000" doc:"The first one; the member should change it."`
		Role     parley.Role `json:"role"`
		Lang     parley.Lang `json:"lang,omitempty" doc:"Of the pages; none is English."`
	}
}

// addMember serves POST /api/v1/members.
func (s *Server) addMember(ctx context.Context, in *newMemberInput) (*row[parley.Member], error) {
	request := *in
	request.Body.Password = "" // not even its hash is kept, beside the one that guards it
	m, err := once(ctx, s, in.Key, request, func(a *app.App) (parley.Member, error) {
		return a.AddMember(ctx, actor(ctx), app.NewMember(in.Body))
	})
	return &row[parley.Member]{quoted(m.Version), m}, err
}

type memberInput struct {
	One[parley.MemberID]
	Versioned
	Keyed
	Body struct {
		Name     string      `json:"name" maxLength:"200"`
		Role     parley.Role `json:"role"`
		Lang     parley.Lang `json:"lang"`
		Disabled bool        `json:"disabled,omitempty" doc:"May not sign in any more."`
	}
}

// updateMember serves PUT /api/v1/members/{id}.
func (s *Server) updateMember(ctx context.Context, in *memberInput) (*row[parley.Member], error) {
	m, err := once(ctx, s, in.Key, in, func(a *app.App) (parley.Member, error) {
		return a.UpdateMember(ctx, actor(ctx), parley.Member{
			ID: in.ID, Version: in.version, Name: in.Body.Name, Role: in.Body.Role, Lang: in.Body.Lang, Disabled: in.Body.Disabled,
		})
	})
	return &row[parley.Member]{quoted(m.Version), m}, err
}
