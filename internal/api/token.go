package api

import (
	"context"
	"time"

	"parley"
	"parley/internal/app"
)

// tokens serves GET /api/v1/tokens.
func (s *Server) tokens(ctx context.Context, in *Paged) (*body[List[parley.Token]], error) {
	tokens, err := s.app.Tokens(ctx, actor(ctx))
	if err != nil {
		return nil, err
	}
	return page(tokens, *in, func(t parley.Token) parley.TokenID { return t.ID })
}

type newTokenInput struct {
	Keyed
	Body struct {
		Name    string       `json:"name" maxLength:"200"`
		Scope   parley.Scope `json:"scope"`
		Expires time.Time    `json:"expires,omitzero" doc:"None is in 90 days; at most in a year."`
	}
}

// A newToken is a token with its secret.
type newToken struct {
	Token  parley.Token `json:"token"`
	Secret string       `json:"secret,omitempty" doc:"Shown now and never again: only its hash is kept. The answer to a request that is sent again does not have it."`
}

// createToken serves POST /api/v1/tokens. The secret is no part of the answer that is kept for a key.
func (s *Server) createToken(ctx context.Context, in *newTokenInput) (*body[newToken], error) {
	var secret string
	t, err := once(ctx, s, in.Key, in, func(a *app.App) (t parley.Token, err error) {
		t, secret, err = a.CreateToken(ctx, actor(ctx), app.NewToken(in.Body))
		return t, err
	})
	return &body[newToken]{newToken{t, secret}}, err
}

// deleteToken serves DELETE /api/v1/tokens/{id}.
func (s *Server) deleteToken(ctx context.Context, in *KeyedOne[parley.TokenID]) (*struct{}, error) {
	return onceOnly(ctx, s, in.Key, in, func(a *app.App) error {
		return a.DeleteToken(ctx, actor(ctx), in.ID)
	})
}
