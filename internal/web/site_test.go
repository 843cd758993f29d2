package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
)

const fixturePassword = "three quiet herons"

// A site is the pages of a real app on a fresh SQLite file, served.
type site struct {
	testing.TB
	app        *app.App
	url        string
	violations atomic.Int64 // of the policy, as browsers report them
}

// newSite serves an app that waits to be set up.
func newSite(t testing.TB) *site {
	t.Helper()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.New(t.Context(), st, app.Options{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	worked := make(chan struct{})
	go func() {
		defer close(worked)
		if err := a.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	s := &site{TB: t, app: a}
	pages := New(a, Options{Log: log, Insecure: true}).Handler()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /csp", func(_ http.ResponseWriter, r *http.Request) {
		report, _ := io.ReadAll(r.Body)
		s.violations.Add(1)
		t.Logf("the policy was violated: %s", report)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy-Report-Only", policy+"; report-uri /csp")
		pages.ServeHTTP(w, r)
	})
	server := httptest.NewServer(mux)
	s.url = server.URL
	t.Cleanup(func() {
		server.Close()
		cancel()
		<-worked
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// setUp makes the workspace and returns its owner.
func (s *site) setUp() parley.Actor {
	s.Helper()
	secret, err := s.app.SetupLink(s.Context())
	s.must(err)
	m, err := s.app.SetUp(s.Context(), secret, app.NewOwner{Workspace: "Halden & Reyes", Name: "Inés Carrasco", Email: "ines@halden.example", Password: fixturePassword, Lang: parley.English})
	s.must(err)
	return s.actor(m.ID)
}

func (s *site) actor(id parley.MemberID) parley.Actor {
	s.Helper()
	by, err := s.app.ActorOf(s.Context(), id)
	s.must(err)
	return by
}

// read waits until an import is over.
func (s *site) read(by parley.Actor, id parley.ImportID) {
	s.Helper()
	for s.Context().Err() == nil {
		i, err := s.app.Import(s.Context(), by, id)
		s.must(err)
		if i.Over() {
			return
		}
		time.Sleep(5 * time.Millisecond) // the app has no event for it
	}
}

// engagement makes one in which nobody's side is known.
func (s *site) engagement(by parley.Actor) parley.Engagement {
	s.Helper()
	e, err := s.app.CreateEngagement(s.Context(), by, parley.Engagement{Name: "ERP", Kind: parley.ClientEngagement, Lang: parley.English})
	s.must(err)
	return e
}

// imported imports files and waits until they are read.
func (s *site) imported(by parley.Actor, id parley.EngagementID, files ...app.Upload) app.Import {
	s.Helper()
	i, err := s.app.StartImport(s.Context(), by, id, files)
	s.must(err)
	s.read(by, i.ID)
	return i
}

// owner is who set the workspace up.
func (s *site) owner() parley.Actor {
	s.Helper()
	by, err := s.app.Operator(s.Context(), "")
	s.must(err)
	return by
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// A visitor is a browser without script.
type visitor struct {
	*site
	client *http.Client
}

// visitor returns a browser that nobody has signed in with.
func (s *site) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	s.must(err)
	return &visitor{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as signs in.
func (s *site) as(email string) *visitor {
	s.Helper()
	v := s.visitor()
	if r, body := v.post("/sign-in", url.Values{"email": {email}, "password": {fixturePassword}}); r.StatusCode != http.StatusSeeOther {
		s.Fatalf("sign in as %s: %s\n%s", email, r.Status, body)
	}
	return v
}

func (v *visitor) get(path string) (*http.Response, string) {
	v.Helper()
	r, err := v.client.Get(v.url + path)
	v.must(err)
	return v.body(r)
}

func (v *visitor) post(path string, form url.Values) (*http.Response, string) {
	v.Helper()
	r, err := v.client.Post(v.url+path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	v.must(err)
	return v.body(r)
}

func (v *visitor) body(r *http.Response) (*http.Response, string) {
	v.Helper()
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	v.must(err)
	return r, string(body)
}
