package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"parley"
	"parley/internal/api"
	"parley/internal/app"
	"parley/internal/store"
	"parley/internal/web"
)

// A serveCmd serves the app: its pages, its API, and the work in the background.
type serveCmd struct {
	database
	Addr string `default:"127.0.0.1:7171" env:"PARLEY_ADDR" placeholder:"HOST:PORT" help:"Where to listen."`
	URL  string `env:"PARLEY_URL" placeholder:"https://…" help:"The address that people use, where it is not that of --addr, as behind a proxy. With https, cookies go over TLS only."`
	Demo bool   `help:"Load a sample case and sign everybody in; on loopback only, in a database of its own."`
}

func (c *serveCmd) Help() string {
	return `Examples:
  parley serve --demo
  parley serve --db /srv/parley/parley.db
  parley serve --db postgres://parley@db.example/parley --addr :7171 --url https://parley.example

The first start prints a link, which works once, to set the workspace up.`
}

// stopping is how long requests may take to end once the server is asked to stop.
const stopping = 15 * time.Second

// Run serves until it is interrupted.
func (c *serveCmd) Run(ctx context.Context, s std) error {
	if err := c.check(); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(s.err, nil))
	st, err := store.Open(ctx, c.DB, store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	a, err := app.New(ctx, st, app.Options{Log: log, Demo: c.Demo})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return cannotListen(c.Addr, err)
	}
	if err := c.greet(ctx, s, a, listener.Addr().String()); err != nil {
		listener.Close()
		return err
	}
	working, stop := context.WithCancel(ctx)
	worked := make(chan error, 1)
	go func() { worked <- a.Run(working) }()
	err = serve(ctx, &http.Server{
		Handler: c.handler(a, log), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}, listener)
	stop()
	if workErr := <-worked; err == nil && !errors.Is(workErr, context.Canceled) {
		err = workErr
	}
	return err
}

// check fills in what is open, and refuses what would be unsafe.
func (c *serveCmd) check() error {
	host, port, err := net.SplitHostPort(c.Addr)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return &parley.Error{Code: parley.Invalid, Field: "addr", Message: "--addr is a host and a port up to 65535, as 127.0.0.1:7171"}
	}
	if c.Demo && !loopback(host) {
		return &parley.Error{Code: parley.Invalid, Field: "demo", Message: "--demo signs everybody in, so it listens on loopback only; use --addr 127.0.0.1:7171"}
	}
	if c.URL != "" {
		if u, err := url.Parse(c.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return &parley.Error{Code: parley.Invalid, Field: "url", Message: "--url is an address, as https://parley.example"}
		}
	}
	if c.DB == "" {
		dir, err := dataFolder()
		if err != nil {
			return err
		}
		c.DB = filepath.Join(dir, "parley.db")
		if c.Demo {
			c.DB = filepath.Join(dir, "demo.db")
		}
	}
	return nil
}

// cannotListen says why, and what to do.
func cannotListen(addr string, err error) error {
	why := "; choose another address with --addr"
	if errors.Is(err, syscall.EADDRINUSE) {
		why = ": a program has this port already, perhaps Parley; end it or choose another with --addr"
	}
	return &parley.Error{Code: parley.Unavailable, Field: "addr", Message: "cannot listen at " + addr + why, Err: err}
}

// dataFolder is where programs of this system keep what belongs to a person.
func dataFolder() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" && runtime.GOOS != "windows" {
		return filepath.Join(dir, "parley"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", &parley.Error{Code: parley.Invalid, Field: "db", Message: "there is no home folder to keep the database in; name a file with --db", Err: err}
	}
	switch runtime.GOOS {
	case "windows":
		return filepath.Join(home, "AppData", "Local", "Parley"), nil
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "Parley"), nil
	}
	return filepath.Join(home, ".local", "share", "parley"), nil
}

// loopback reports whether host is reached from this machine only.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// handler joins the pages, the API, and what machines ask.
func (c *serveCmd) handler(a *app.App, log *slog.Logger) http.Handler {
	metrics := api.NewMetrics()
	pages := web.New(a, web.Options{Log: log, Insecure: !strings.HasPrefix(c.URL, "https://"), Demo: c.Demo, Observe: metrics.Observe})
	rest := pages.WithSession(api.New(a, api.Options{Session: pages.Actor, Log: log, Metrics: metrics}))
	mux := http.NewServeMux()
	mux.Handle("/api/", rest)
	mux.Handle("GET /openapi.json", rest)
	mux.Handle("GET /metrics", metrics)
	mux.Handle("GET /healthz", api.Healthz())
	mux.Handle("GET /readyz", api.Readyz(func(ctx context.Context) error { _, err := a.NeedsSetup(ctx); return err }))
	mux.Handle("/", pages.Handler())
	if c.Demo {
		return localOnly(mux)
	}
	return mux
}

// localOnly refuses requests under another name than this machine's own: a page elsewhere could have its
// name lead here, and the demo signs everybody in.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !loopback(strings.Trim(host, "[]")) {
			http.Error(w, "The demo answers on this machine only.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// greet says where to look, and the first time how to begin.
func (c *serveCmd) greet(ctx context.Context, s std, a *app.App, addr string) error {
	at := strings.TrimSuffix(c.URL, "/")
	if at == "" {
		at = "http://" + addr
	}
	need, err := a.NeedsSetup(ctx)
	if err != nil {
		return err
	}
	if !need {
		_, err = fmt.Fprintf(s.out, "Parley is at %s\n", at)
		return err
	}
	secret, err := a.SetupLink(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "Parley is at %s\nSet it up with this link, which works once:\n%s/setup?secret=%s\n", at, at, url.QueryEscape(secret))
	return err
}

// serve answers requests until ctx is done, then lets those under way end.
func serve(ctx context.Context, server *http.Server, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
