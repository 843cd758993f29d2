package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"parley"
	"parley/internal/store"
)

// tokenPrefix begins every token's secret, so that one that lies about is known for what it is.
const tokenPrefix = "parley_"

// How long a token lives unless said, and at most; and how exactly its last use is kept.
const (
	tokenDefault = 90 * 24 * time.Hour
	tokenMost    = 366 * 24 * time.Hour
	tokenUsed    = time.Minute
)

// ActorOfToken returns the member for whom a token acts, with its scope. It is Unauthenticated for a secret
// that is no token's, or whose token or member is not good any more.
func (a *App) ActorOfToken(ctx context.Context, secret string) (by parley.Actor, err error) {
	now := a.now()
	var t parley.Token
	err = a.read(ctx, func(tx *store.Tx) error {
		var m parley.Member
		if t, m, err = tx.TokenByHash(ctx, hashSecret(secret)); err != nil {
			return err
		}
		if by, err = asActor(m); err != nil {
			return err
		}
		by.Scope = t.Scope
		return nil
	})
	if parley.CodeOf(err) == parley.NotFound || err == nil && !now.Before(t.Expires) {
		return parley.Actor{}, &parley.Error{Code: parley.Unauthenticated, Message: "that token is not known, or not any more"}
	}
	if err != nil {
		return parley.Actor{}, err
	}
	if now.Sub(t.LastUsed) >= tokenUsed {
		err = a.write(ctx, func(tx *store.Tx) error { return tx.UseToken(ctx, by.Space, t.ID, now) })
	}
	return by, err
}

// Tokens returns by's own tokens, newest first; to an owner, those of all members.
func (a *App) Tokens(ctx context.Context, by parley.Actor) (list []parley.Token, err error) {
	if err := mayChangeSelf(by); err != nil {
		return nil, err
	}
	of := by.Member
	if by.Role == parley.OwnerRole {
		of = ""
	}
	err = a.read(ctx, func(tx *store.Tx) error {
		list, err = tx.Tokens(ctx, by.Space, of)
		return err
	})
	return list, err
}

// CreateToken makes a token that acts for by, and returns its secret, which is told only now.
func (a *App) CreateToken(ctx context.Context, by parley.Actor, in NewToken) (t parley.Token, secret string, err error) {
	if err := mayChangeSelf(by); err != nil {
		return t, "", err
	}
	now := a.now()
	t = parley.Token{ID: newID[parley.TokenID](a, "tok", now), Member: by.Member, Name: strings.TrimSpace(in.Name), Scope: in.Scope, Expires: in.Expires.UTC(), Created: now}
	if in.Expires.IsZero() {
		t.Expires = now.Add(tokenDefault)
	}
	switch {
	case t.Name == "" || len(t.Name) > 200:
		return t, "", &parley.Error{Code: parley.Invalid, Field: "name", Message: "say what the token is for, in at most 200 bytes"}
	case !slices.Contains(parley.Scopes, t.Scope):
		return t, "", &parley.Error{Code: parley.Invalid, Field: "scope", Message: "a scope is read or write"}
	case t.Scope == parley.WriteScope && by.Role == parley.ViewerRole:
		return t, "", &parley.Error{Code: parley.Forbidden, Field: "scope", Message: "your role lets you read, and so may your token"}
	case !t.Expires.After(now) || t.Expires.After(now.Add(tokenMost)):
		return t, "", &parley.Error{Code: parley.Invalid, Field: "expires", Message: "a token ends after now, and within a year"}
	}
	secret = tokenPrefix + newSecret()
	err = a.write(ctx, func(tx *store.Tx) error {
		if err := tx.CreateToken(ctx, by.Space, t, hashSecret(secret)); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "token.created", subject: string(t.ID), data: map[string]any{"scope": t.Scope, "expires": t.Expires}})
	})
	return t, secret, err
}

// DeleteToken ends a token of by's own, or, for an owner, anybody's.
func (a *App) DeleteToken(ctx context.Context, by parley.Actor, id parley.TokenID) error {
	now := a.now()
	tokens, err := a.Tokens(ctx, by)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(tokens, func(t parley.Token) bool { return t.ID == id }) {
		return &parley.Error{Code: parley.NotFound, Message: "there is no such token"}
	}
	return a.write(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteToken(ctx, by.Space, id); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "token.deleted", subject: string(id)})
	})
}
