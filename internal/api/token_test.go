package api_test

import (
	"net/http"
	"testing"
)

// TestATokenActsForItsMember makes a token, works with it, and takes it back.
func TestATokenActsForItsMember(t *testing.T) {
	t.Parallel()
	f := serve(t)
	create := f.operation(t, "create-token")
	r := f.valid(t, "adviser", create)
	r.body = `{"name":"nightly import","scope":"write"}`
	_, made := f.ask(t, "adviser", create, r)
	bearer := map[string]string{"Authorization": "bearer " + made["secret"].(string)}

	// It is no cookie, so other sites may use it, if they have it.
	start := f.operation(t, "create-engagement")
	r = f.valid(t, "nobody", start)
	r.header = map[string]string{"Authorization": bearer["Authorization"], "Content-Type": "application/json", "Origin": "https://elsewhere.example"}
	if answer, body := f.ask(t, "nobody", start, r); answer.StatusCode != http.StatusCreated {
		t.Errorf("with the token: got %d: %v", answer.StatusCode, body)
	}
	me := f.operation(t, "get-me")
	_, self := f.ask(t, "nobody", me, request{address: me.path, header: bearer})
	if id := self["member"].(object)["id"]; id != string(f.people["adviser"].Member) {
		t.Errorf("the token acts for %v, want %s", id, f.people["adviser"].Member)
	}
	// A token that is wrong is not made up for by a session.
	wrong := map[string]string{"Authorization": "Bearer parley_wrong"}
	if answer, _ := f.ask(t, "owner", me, request{address: me.path, header: wrong}); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("with a wrong token and a session: got %d, want 401", answer.StatusCode)
	}

	del := f.operation(t, "delete-token")
	if answer, body := f.ask(t, "adviser", del, request{address: "/api/v1/tokens/" + made["token"].(object)["id"].(string)}); answer.StatusCode != http.StatusNoContent {
		t.Errorf("delete: got %d: %v", answer.StatusCode, body)
	}
	if answer, _ := f.ask(t, "nobody", me, request{address: me.path, header: bearer}); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("with the deleted token: got %d, want 401", answer.StatusCode)
	}
}
