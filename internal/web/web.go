// Package web serves the pages: server-rendered, each working without script, with htmx and a few small
// islands of TypeScript to make them feel live. A handler makes one view struct from what internal/app
// says and gives it to one page; a page is made of components; texts come from the catalogue in i18n.
//
//	s := web.New(a, web.Options{Log: log})
//	http.Serve(listener, s.Handler())
package web

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"parley"
	"parley/internal/app"
)

// Options are what the pages take from outside. The zero value is right for production behind TLS.
type Options struct {
	Log      *slog.Logger                    // nil: nothing is logged
	Now      func() time.Time                // nil is time.Now
	Place    *time.Location                  // whose clocks the pages show; nil is the server's
	Insecure bool                            // cookies also go over plain HTTP, as on loopback
	Demo     bool                            // whoever comes is signed in as the demo's member; only ever on loopback
	Observe  func(http.Handler) http.Handler // stands directly around the routes; nil for nothing
}

// A Server serves the pages of one app.
type Server struct {
	app      *app.App
	o        Options
	sessions *scs.SessionManager
}

// New returns the server of a's pages.
func New(a *app.App, o Options) *Server {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	o.Place = cmp.Or(o.Place, time.Local)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Observe == nil {
		o.Observe = func(h http.Handler) http.Handler { return h }
	}
	return &Server{app: a, o: o, sessions: newSessions(a.Sessions(), o)}
}

// Handler returns all pages and static files behind what every request passes: the headers, the check of
// its origin, compression, and its session.
func (s *Server) Handler() http.Handler {
	pages := http.NewServeMux()
	s.routes(pages)
	all := http.NewServeMux()
	all.HandleFunc("GET /static/{hash}/{name}", serveStatic)
	all.Handle("/", compress(s.WithSession(s.o.Observe(pages))))
	return s.recovered(secured(http.NewCrossOriginProtection().Handler(all)))
}

// WithSession gives a handler the session of the browser that asks, as [Server.Actor] needs it.
func (s *Server) WithSession(next http.Handler) http.Handler { return s.sessions.LoadAndSave(next) }

// Actor returns who is signed in at the pages with the browser that asks; the zero Actor is nobody.
func (s *Server) Actor(r *http.Request) parley.Actor {
	c := &call{s: s, r: r}
	by, err := c.actor()
	if err != nil && parley.CodeOf(err) != parley.Unauthenticated {
		s.o.Log.Error("who asks", "error", err)
	}
	return by
}

// routes are all pages, in the order of their addresses.
func (s *Server) routes(mux *http.ServeMux) {
	anyone := func(pattern string, h func(*call) error) { mux.HandleFunc(pattern, s.anyone(h)) }
	member := func(pattern string, h func(*call) error) { mux.HandleFunc(pattern, s.member(h)) }

	member("GET /{$}", s.home)
	anyone("GET /setup", s.setUpForm)
	anyone("POST /setup", s.setUp)
	anyone("GET /sign-in", s.signInForm)
	anyone("POST /sign-in", s.signIn)
	anyone("POST /sign-out", s.signOut)

	member("GET /today", s.today)
	member("GET /engagements/new", s.newEngagement)
	member("POST /engagements", s.createEngagement)
	member("POST /engagements/sample", s.loadSample)
	member("GET /engagements/{id}", s.engagement)
	member("GET /engagements/{id}/edit", s.editEngagement)
	member("POST /engagements/{id}", s.updateEngagement)
	member("POST /engagements/{id}/remove", s.removeSample)
	member("GET /engagements/{id}/import", s.importForm)
	member("POST /engagements/{id}/import", s.startImport)
	member("GET /engagements/{id}/imports/{import}", s.importPage)
	member("POST /engagements/{id}/imports/{import}/undo", s.undoImport)
	member("POST /engagements/{id}/sides", s.setSides)
	member("GET /engagements/{id}/rereading", s.rereading)
	member("GET /engagements/{id}/conversations", s.conversations)
	member("GET /engagements/{id}/heard", s.heard)
	member("GET /engagements/{id}/concerns", s.concerns)
	member("GET /engagements/{id}/concerns/new", s.newConcern)
	member("POST /engagements/{id}/concerns", s.createConcern)
	member("POST /engagements/{id}/concerns/merge", s.mergePicked)
	member("POST /engagements/{id}/views", s.createView)
	member("GET /engagements/{id}/people", s.people)
	member("POST /engagements/{id}/people/{stakeholder}", s.updateStakeholder)
	member("GET /conversations/{id}", s.conversation)
	member("POST /messages/{id}/mark", s.mark)
	member("POST /findings/{id}/accept", s.accept)
	member("POST /findings/{id}/correct", s.correct)
	member("POST /findings/{id}/dismiss", s.dismiss)
	member("POST /findings/{id}/reopen", s.reopen)
	member("POST /findings/{id}/withdraw", s.withdraw)
	member("GET /concerns/{id}", s.concern)
	member("POST /concerns/{id}", s.updateConcern)
	member("POST /views/{view}/delete", s.deleteView)
	member("POST /concerns/{id}/move", s.moveConcern)
	member("POST /concerns/{id}/unsettle", s.unsettle)
	member("POST /concerns/{id}/merge", s.mergeConcern)
	member("POST /concerns/{id}/apart", s.keepApart)
	member("POST /concerns/{id}/split", s.splitConcern)

	member("GET /settings", s.settings(""))
	member("POST /settings", s.saveSettings)
	member("POST /settings/password", s.changePassword)
	member("GET /settings/members", s.settings("members"))
	member("POST /settings/members", s.addMember)
	member("POST /settings/members/{id}", s.updateMember)
	member("GET /settings/tokens", s.settings("tokens"))
	member("POST /settings/tokens", s.createToken)
	member("POST /settings/tokens/{id}/delete", s.deleteToken)
	member("GET /settings/learning", s.settings("learning"))
	member("POST /settings/learning", s.setLearning)
	member("POST /settings/learning/use", s.useVersion)
	member("POST /settings/learning/reread", s.rereadOpen)
	member("GET /", s.nowhere)
}

// home serves GET /.
func (s *Server) home(c *call) error { return c.to("/today") }

// nowhere serves what is not there.
func (s *Server) nowhere(*call) error {
	return &parley.Error{Code: parley.NotFound, Message: "there is no such page"}
}
