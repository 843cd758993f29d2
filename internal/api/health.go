package api

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Healthz answers /healthz: the process is up.
func Healthz() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { sayPlain(w, http.StatusOK, "ok\n") })
}

// Readyz answers /readyz: ready says by a nil error that requests can be served, within two seconds. What
// else it says goes to nobody.
func Readyz(ready func(context.Context) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := ready(ctx); err != nil {
			sayPlain(w, http.StatusServiceUnavailable, "not ready\n")
			return
		}
		sayPlain(w, http.StatusOK, "ready\n")
	})
}

func sayPlain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
