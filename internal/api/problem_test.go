package api_test

import (
	"bytes"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley"
	"parley/internal/api"
	"parley/internal/app"
	"parley/internal/store"
)

func TestEveryCodeHasAStatus(t *testing.T) {
	t.Parallel()
	got, want := slices.Sorted(maps.Keys(api.Statuses)), slices.Sorted(slices.Values(parley.Codes))
	if !slices.Equal(got, want) {
		t.Errorf("the table has statuses for %v, want %v", got, want)
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code  parley.Code
		field string
		want  int
	}{
		{parley.Invalid, "name", 422},
		{parley.Unauthenticated, "", 401},
		{parley.Forbidden, "", 403},
		{parley.NotFound, "", 404},
		{parley.Conflict, "", 409},
		{parley.Conflict, "state", 409},
		{parley.Conflict, "version", 412},
		{parley.Conflict, "If-Match", 428},
		{parley.Invalid, "version", 422},
		{parley.Unavailable, "", 503},
		{parley.Internal, "", 500},
	}
	for _, tt := range tests {
		if got := api.StatusOf(tt.code, tt.field); got != tt.want {
			t.Errorf("%s of %q: got %d, want %d", tt.code, tt.field, got, tt.want)
		}
	}
}

// TestFailuresAreLoggedAndNotTold asks an app whose database is gone.
func TestFailuresAreLoggedAndNotTold(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), st, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	w := httptest.NewRecorder()
	handler := api.New(a, api.Options{Session: somebody, Log: slog.New(slog.NewTextHandler(&log, nil))})
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/members?limit=7", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "database") {
		t.Errorf("got %d: %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "database is closed") || !strings.Contains(log.String(), `request="GET /api/v1/members"`) {
		t.Errorf("the log has %q", &log)
	}
}
