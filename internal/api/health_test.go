package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"parley/internal/api"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	ready := func(err error) http.Handler { return api.Readyz(func(context.Context) error { return err }) }
	tests := []struct {
		name    string
		handler http.Handler
		status  int
		body    string
	}{
		{"healthz", api.Healthz(), 200, "ok\n"},
		{"readyz", ready(nil), 200, "ready\n"},
		{"readyz without the database", ready(errors.New("dial postgres://secret@db")), 503, "not ready\n"},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		tt.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if w.Code != tt.status || w.Body.String() != tt.body {
			t.Errorf("%s: got %d %q, want %d %q", tt.name, w.Code, w.Body, tt.status, tt.body)
		}
	}
}

func TestMetricsCountByRoute(t *testing.T) {
	t.Parallel()
	metrics := api.NewMetrics()
	handler := api.New(nil, api.Options{Session: somebody, Metrics: metrics})
	for _, address := range []string{
		"/api/v1/findings/fin_1", "/api/v1/findings/fin_2", "/api/v1/nowhere", "/api/v1/members", // the last panics: there is no app
	} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, address, nil))
	}
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("BREW", "/api/v1/me", nil))
	w := httptest.NewRecorder()
	metrics.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, line := range []string{
		`# TYPE parley_http_request_seconds histogram`,
		`parley_http_request_seconds_bucket{route="/api/v1/findings/{id}",method="GET",status="4xx",le="+Inf"} 2`,
		`parley_http_request_seconds_count{route="/api/v1/findings/{id}",method="GET",status="4xx"} 2`,
		`parley_http_request_seconds_count{route="/api/",method="GET",status="4xx"} 1`,
		`parley_http_request_seconds_count{route="/api/v1/members",method="GET",status="5xx"} 1`,
		`parley_http_request_seconds_count{route="/api/v1/me",method="other",status="4xx"} 1`,
		`# TYPE go_goroutines gauge`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("no line %s in\n%s", line, w.Body)
		}
	}
}
