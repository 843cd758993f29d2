package api_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"parley/internal/api"
)

// TestUploadsLeaveNothingBehind is not parallel: it sets where temporary files are.
func TestUploadsLeaveNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	handler := api.New(nil, api.Options{Session: somebody})
	for _, part := range []string{"others", "files"} { // the first is refused; the second panics, since there is no app
		contentType, body := form(part)
		r := httptest.NewRequest(http.MethodPost, "/api/v1/engagements/eng_00000000000000000000000000/imports",
			strings.NewReader(strings.Replace(body, "Tom", strings.Repeat("Tom ", 1<<20), 1)))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code < 400 {
			t.Fatalf("got %d: %s", w.Code, w.Body)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestAnImportIsUndoneAndDoneAgain follows one import through its states, and what it says of itself.
func TestAnImportIsUndoneAndDoneAgain(t *testing.T) {
	t.Parallel()
	f := serve(t)
	start := f.operation(t, "start-import")
	r := f.valid(t, "adviser", start)
	for range 2 {
		answer, begun := f.ask(t, "adviser", start, r)
		if answer.StatusCode != http.StatusAccepted || answer.Header.Get("Location") != "/api/v1/imports/"+begun["id"].(string) {
			t.Fatalf("start: got %d at %q: %v", answer.StatusCode, answer.Header.Get("Location"), begun)
		}
		f.await(t, begun["id"].(string))
		done := f.read(t, answer.Header.Get("Location"))
		files := done["files"].([]any)
		if done["new"] != 1.0 || done["done"] != done["bytes"] || len(files) != 1 || files[0].(object)["name"] != "notes.txt" {
			t.Errorf("it says %v", done)
		}
		undo := f.operation(t, "undo-import")
		if answer, body := f.ask(t, "adviser", undo, request{address: "/api/v1/imports/" + begun["id"].(string) + "/undo"}); answer.StatusCode != http.StatusNoContent {
			t.Errorf("undo: got %d: %v", answer.StatusCode, body)
		}
		if answer, body := f.ask(t, "adviser", undo, request{address: "/api/v1/imports/" + begun["id"].(string) + "/undo"}); answer.StatusCode != http.StatusConflict {
			t.Errorf("undo again: got %d: %v", answer.StatusCode, body)
		}
	}
}
