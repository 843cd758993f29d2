package web

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"parley"
)

// sessionLife is how long one stays signed in.
const sessionLife = 14 * 24 * time.Hour

// The keys of what a session holds.
const memberKey = "member"

// newSessions returns the sessions: a cookie with a random token, of which the app stores only the hash.
func newSessions(store scs.Store, o Options) *scs.SessionManager {
	m := scs.New()
	m.Store = store // which hashes the token
	m.Lifetime = sessionLife
	m.Cookie.Name = "__Host-parley"
	m.Cookie.Secure = true
	if o.Insecure { // a browser takes neither the prefix nor the flag over plain HTTP
		m.Cookie.Name, m.Cookie.Secure = "parley", false
	}
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) {
		o.Log.Error("session", "error", err)
		http.Error(w, "Parley cannot reach its database. Try again in a moment.", http.StatusServiceUnavailable)
	}
	return m
}

// start signs a member in: a new token, so that one from before is worth nothing.
func (s *Server) start(ctx context.Context, id parley.MemberID) error {
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.sessions.Put(ctx, memberKey, string(id))
	return nil
}

// who returns who is signed in, "" for nobody.
func (s *Server) who(ctx context.Context) parley.MemberID {
	return parley.MemberID(s.sessions.GetString(ctx, memberKey))
}
