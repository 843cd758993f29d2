// Package api serves what the app does as JSON over HTTP, under /api/v1.
//
// [New] makes the one handler: every route stands in [Server.routes], in the order of the URLs, and every
// handler is one call to a use case between typed input and typed output, which huma decodes, checks and
// describes. The description is served at /openapi.json. An error of the app becomes a problem document
// (RFC 9457) in problem.go, by one table.
//
//	app, err := app.New(ctx, st, app.Options{})
//	…
//	http.ListenAndServe("127.0.0.1:7171", api.New(app, api.Options{}))
//
// A caller is who a bearer token acts for or, where there is none, who the pages' session says it is; what
// they may is decided by the use cases. Lists come in pages, with a cursor for the next. Writes take an
// Idempotency-Key; those that change what others may have changed meanwhile ask for its version, as If-Match.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"parley"
	"parley/internal/app"
)

// Options are what the API takes from outside. The zero value is right for production without pages.
type Options struct {
	// Session says who is signed in at the pages with the same browser; the zero Actor is nobody. It is
	// asked only where a request has no bearer token and comes from no other site. nil: tokens only.
	Session   func(*http.Request) parley.Actor
	MaxUpload int64        // bytes of one upload to import; 0 is 1 GiB
	Log       *slog.Logger // of failures that are not the caller's; nil: nothing is logged
	Metrics   *Metrics     // counts the requests; nil: nobody counts
}

// A Server is the API.
type Server struct {
	app       *app.App
	session   func(*http.Request) parley.Actor
	foreign   *http.CrossOriginProtection
	maxUpload int64
	log       *slog.Logger
}

// New returns the handler of everything under /api/ and of /openapi.json. What it takes to describe and check
// every operation is made when the first request comes: it takes longer than the rest of a server's start.
func New(a *app.App, o Options) http.Handler {
	s := &Server{app: a, session: o.Session, foreign: http.NewCrossOriginProtection(), maxUpload: o.MaxUpload, log: o.Log}
	if s.session == nil {
		s.session = func(*http.Request) parley.Actor { return parley.Actor{} }
	}
	if s.maxUpload == 0 {
		s.maxUpload = 1 << 30
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	handler := sync.OnceValue(func() http.Handler { return s.handler(o.Metrics) })
	return s.guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler().ServeHTTP(w, r) }))
}

// handler makes the handler of every route.
func (s *Server) handler(metrics *Metrics) http.Handler {
	mux := http.NewServeMux()
	routes := s.routes(mux)
	document := sync.OnceValue(func() []byte { return describe(routes.OpenAPI()) })
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(document())
	})
	elsewhere(mux, routes.OpenAPI())
	if metrics == nil {
		return mux
	}
	return metrics.Observe(mux)
}

// routes lists every route, in the order of the URLs.
func (s *Server) routes(mux *http.ServeMux) huma.API {
	r := &router{server: s, API: humago.New(mux, config())}
	r.UseMiddleware(s.authenticate)

	get(r, "/api/v1/me", "get-me", "Who am I", s.me)
	put(r, "/api/v1/me/lang", "set-my-lang", "Choose the language of the pages", s.setLang)
	put(r, "/api/v1/me/password", "change-my-password", "Change my password", s.changePassword)

	get(r, "/api/v1/members", "list-members", "List the members of the workspace", s.members)
	create(r, "/api/v1/members", "add-member", "Add a member", s.addMember)
	put(r, "/api/v1/members/{id}", "update-member", "Change a member", s.updateMember)

	get(r, "/api/v1/tokens", "list-tokens", "List my API tokens", s.tokens)
	create(r, "/api/v1/tokens", "create-token", "Make an API token", s.createToken)
	remove(r, "/api/v1/tokens/{id}", "delete-token", "Take an API token back", s.deleteToken)

	get(r, "/api/v1/engagements", "list-engagements", "List the engagements", s.engagements)
	create(r, "/api/v1/engagements", "create-engagement", "Start an engagement", s.createEngagement)
	get(r, "/api/v1/engagements/{id}", "get-engagement", "Get an engagement", s.engagement)
	put(r, "/api/v1/engagements/{id}", "update-engagement", "Change an engagement", s.updateEngagement)
	remove(r, "/api/v1/engagements/{id}", "remove-sample", "Remove a sample case with all that is in it", s.removeSample)
	get(r, "/api/v1/engagements/{id}/overview", "get-overview", "Sum an engagement up", s.overview)
	put(r, "/api/v1/engagements/{id}/sides", "set-sides", "Say who speaks for which side", s.setSides)
	get(r, "/api/v1/engagements/{id}/stakeholders", "list-stakeholders", "List the people", s.stakeholders)
	get(r, "/api/v1/engagements/{id}/imports", "list-imports", "List the imports, newest first", s.imports)
	post(r, "/api/v1/engagements/{id}/imports", "start-import", "Import files", s.startImport)
	get(r, "/api/v1/engagements/{id}/conversations", "list-conversations", "List the conversations", s.conversations)
	get(r, "/api/v1/engagements/{id}/findings", "list-findings", "List the findings, as they were said", s.findings)
	get(r, "/api/v1/engagements/{id}/concerns", "list-concerns", "List the concerns", s.concerns)
	create(r, "/api/v1/engagements/{id}/concerns", "create-concern", "Open a concern by hand", s.createConcern)
	get(r, "/api/v1/engagements/{id}/views", "list-views", "List my views of the concerns", s.views)
	create(r, "/api/v1/engagements/{id}/views", "create-view", "Give a view of the concerns a name", s.createView)
	get(r, "/api/v1/engagements/{id}/same-reasons", "list-same-reasons", "List pairs of open concerns that may be one reason, the most alike first", s.sameReasons)
	get(r, "/api/v1/engagements/{id}/events", "list-events", "List what happened, newest first", s.events)

	put(r, "/api/v1/stakeholders/{id}", "update-stakeholder", "Change what is known of a person", s.updateStakeholder)

	get(r, "/api/v1/imports/{id}", "get-import", "See how far an import has come", s.importOf)
	post(r, "/api/v1/imports/{id}/undo", "undo-import", "Take an import out again", s.undoImport)

	get(r, "/api/v1/conversations/{id}", "get-conversation", "Read a conversation", s.conversation)

	get(r, "/api/v1/messages/{id}/sentences", "list-sentences", "List the sentences of a message, with what the model makes of each", s.sentences)
	create(r, "/api/v1/messages/{id}/mark", "mark-sentence", "Say that a sentence is resistance that was missed", s.markSentence)

	get(r, "/api/v1/findings/{id}", "get-finding", "Get a finding", s.finding)
	get(r, "/api/v1/findings/{id}/matches", "list-matches", "List the concerns that it may belong to, likeliest first", s.matches)
	post(r, "/api/v1/findings/{id}/accept", "accept-finding", "Accept a finding, and join it to a concern", s.acceptFinding)
	post(r, "/api/v1/findings/{id}/correct", "correct-finding", "Give a finding other labels", s.correctFinding)
	post(r, "/api/v1/findings/{id}/dismiss", "dismiss-finding", "Say that it is no resistance", s.dismissFinding)
	post(r, "/api/v1/findings/{id}/reopen", "reopen-finding", "Undo what was decided about a finding", s.reopenFinding)
	post(r, "/api/v1/findings/{id}/withdraw", "withdraw-mark", "Take back that a sentence was marked", s.withdrawMark)

	get(r, "/api/v1/concerns/{id}", "get-concern", "Get a concern with its quotes, people and history", s.concern)
	put(r, "/api/v1/concerns/{id}", "update-concern", "Change a concern's title and labels", s.updateConcern)
	post(r, "/api/v1/concerns/{id}/move", "move-concern", "Move a concern on in its lifecycle", s.moveConcern)
	post(r, "/api/v1/concerns/{id}/merge", "merge-concerns", "Make other concerns part of this one", s.mergeConcerns)
	post(r, "/api/v1/concerns/{id}/apart", "keep-concern-apart", "Say that another concern is not the same reason", s.keepApart)
	post(r, "/api/v1/concerns/{id}/split", "split-concern", "Take a merge back", s.splitConcern)

	get(r, "/api/v1/learning", "get-learning", "See what Parley learned from decisions", s.learning)
	put(r, "/api/v1/learning", "set-learning", "Switch learning from decisions on or off", s.setLearning)
	post(r, "/api/v1/learning/use", "use-version", "Go back to a version of the model, and stay there", s.useVersion)
	post(r, "/api/v1/learning/reread", "reread-open", "Read all again with the model in use; what was decided stays", s.rereadOpen)

	remove(r, "/api/v1/views/{id}", "delete-view", "Remove a view", s.deleteView)

	create(r, "/api/v1/sample", "create-sample", "Make the sample case, to try things with", s.createSample)

	get(r, "/api/v1/verify", "verify", "Check that the history is whole", s.verify)
	return r
}

// A router is huma's API with the server whose errors it turns into problems.
type router struct {
	huma.API
	server *Server
}

// A handler serves one operation. Its error is the app's; route turns it into a problem document.
type handler[I, O any] func(context.Context, *I) (*O, error)

func get[I, O any](r *router, path, id, summary string, h handler[I, O]) {
	route(r, http.MethodGet, path, id, summary, h)
}

func post[I, O any](r *router, path, id, summary string, h handler[I, O]) {
	route(r, http.MethodPost, path, id, summary, h)
}

// create is a post that makes a thing.
func create[I, O any](r *router, path, id, summary string, h handler[I, O]) {
	route(r, http.MethodPost, path, id, summary, h, http.StatusCreated)
}

func put[I, O any](r *router, path, id, summary string, h handler[I, O]) {
	route(r, http.MethodPut, path, id, summary, h)
}

func remove[I, O any](r *router, path, id, summary string, h handler[I, O]) {
	route(r, http.MethodDelete, path, id, summary, h)
}

// route registers an operation. What it answers beside its own output follows from its input. The status
// of success is 200, or 204 where there is no output, unless another is given.
func route[I, O any](r *router, method, path, id, summary string, h handler[I, O], success ...int) {
	op := operation[I](method, path)
	op.OperationID, op.Summary = id, summary
	for _, status := range success {
		op.DefaultStatus = status
	}
	if op.upload {
		op.Middlewares = huma.Middlewares{r.server.receive}
		op.DefaultStatus = http.StatusAccepted // it is stored; reading it goes on
	}
	huma.Register(r.API, op.Operation, func(ctx context.Context, in *I) (*O, error) {
		callOf(ctx).received()
		out, err := h(ctx, in)
		if err != nil {
			if op.versioned {
				err = ofVersion(err)
			}
			return nil, r.server.problem(ctx, err)
		}
		return out, nil
	})
}

// A call is what the handlers know of a request beside its input.
type call struct {
	by       parley.Actor
	request  string // method and path, which has ids only
	received func() // says that the body was read
}

type callKey struct{}

// actor returns who asks.
func actor(ctx context.Context) parley.Actor { return callOf(ctx).by }

func callOf(ctx context.Context) call {
	c, ok := ctx.Value(callKey{}).(call)
	if !ok {
		return call{received: func() {}}
	}
	return c
}

// authenticate finds out who asks, and answers nobody.
func (s *Server) authenticate(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	by, err := s.actorOf(r)
	if err == nil && by.Member == "" {
		err = &parley.Error{Code: parley.Unauthenticated, Message: "send an API token as Authorization: Bearer, or sign in"}
	}
	if err != nil {
		s.problem(r.Context(), err).write(w)
		return
	}
	// The deadline for the body would otherwise end long work, too: when it passes, net/http takes the client for gone.
	received := func() { _ = http.NewResponseController(w).SetReadDeadline(time.Time{}) }
	next(huma.WithValue(ctx, callKey{}, call{by, r.Method + " " + r.URL.Path, received}))
}

// actorOf returns who a request comes from: whom its token acts for, else who is signed in. A session is
// not asked about a request from another site: there, the browser sends its cookie unasked.
func (s *Server) actorOf(r *http.Request) (parley.Actor, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, secret, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return parley.Actor{}, &parley.Error{Code: parley.Unauthenticated, Message: "the only authorization taken is a bearer token"}
		}
		return s.app.ActorOfToken(r.Context(), strings.TrimSpace(secret))
	}
	if err := s.foreign.Check(r); err != nil {
		return parley.Actor{}, &parley.Error{Code: parley.Forbidden, Message: "a page of another site asked for this", Err: err}
	}
	return s.session(r), nil
}

// guard sets the headers that all answers have, and answers for a handler that panics.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler || r.Context().Err() != nil { // nobody is there to be answered
				panic(http.ErrAbortHandler)
			}
			s.log.Error("api handler panicked", "method", r.Method, "pattern", r.Pattern, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			newProblem(parley.Internal).write(w)
		}()
		next.ServeHTTP(w, r)
	})
}

// elsewhere answers for addresses under /api/ that are none, and for methods that an address does not have.
func elsewhere(mux *http.ServeMux, document *huma.OpenAPI) {
	for path, item := range document.Paths {
		var allowed []string
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete} {
			if op != nil {
				allowed = append(allowed, method)
			}
		}
		slices.Sort(allowed)
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			p := statusProblem(http.StatusMethodNotAllowed)
			p.Detail = "this address takes " + strings.Join(allowed, " and ")
			p.write(w)
		})
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		p := newProblem(parley.NotFound)
		p.Detail = "there is no such address; see /openapi.json"
		p.write(w)
	})
}

// describe returns the document as it is served: indented, since people read it too.
func describe(document *huma.OpenAPI) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		panic(err) // a type above cannot be described
	}
	return out.Bytes()
}
