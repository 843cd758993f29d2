package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Roles are the order of the columns in may: who asks.
var roles = []string{"nobody", "reader", "other", "viewer", "adviser", "owner"}

// 0 is the operation's own success. The reader is a token of the owner's that may only read; other owns
// another workspace.
var (
	anybody = [6]int{401, 0, 0, 0, 0, 0}       // in their own workspace
	person  = [6]int{401, 403, 0, 0, 0, 0}     // for themselves, not for a token
	adviser = [6]int{401, 403, 0, 403, 0, 0}   // who may write
	owner   = [6]int{401, 403, 0, 403, 403, 0} // of any workspace
	sees    = [6]int{401, 0, 404, 0, 0, 0}     // what is in this workspace
	edits   = [6]int{401, 403, 404, 403, 0, 0}
)

// may says for every operation who may.
var may = map[string][6]int{
	"get-me":             anybody,
	"set-my-lang":        person,
	"change-my-password": person,
	"list-members":       anybody,
	"add-member":         owner,
	"update-member":      {401, 403, 404, 403, 403, 0},
	"list-tokens":        person,
	"create-token":       person,
	"delete-token":       {401, 403, 404, 0, 0, 0},
	"list-engagements":   anybody,
	"create-engagement":  adviser,
	"get-engagement":     sees,
	"update-engagement":  edits,
	"create-sample":      adviser,
	"remove-sample":      edits,
	"get-overview":       sees,
	"set-sides":          edits,
	"list-stakeholders":  sees,
	"list-imports":       sees,
	"start-import":       edits,
	"list-conversations": sees,
	"list-findings":      sees,
	"list-concerns":      sees,
	"create-concern":     edits,
	"list-events":        sees,
	"update-stakeholder": edits,
	"get-import":         sees,
	"undo-import":        edits,
	"get-conversation":   sees,
	"get-finding":        sees,
	"list-matches":       sees,
	"accept-finding":     edits,
	"correct-finding":    edits,
	"dismiss-finding":    edits,
	"reopen-finding":     edits,
	"list-sentences":     sees,
	"mark-sentence":      edits,
	"withdraw-mark":      edits,
	"get-concern":        sees,
	"update-concern":     edits,
	"move-concern":       edits,
	"merge-concerns":     edits,
	"list-views":         sees,
	"create-view":        {401, 403, 404, 0, 0, 0},
	"delete-view":        {401, 403, 404, 0, 0, 0},
	"split-concern":      edits,
	"keep-concern-apart": edits,
	"list-same-reasons":  sees,
	"get-learning":       anybody,
	"set-learning":       owner,
	"use-version":        owner,
	"reread-open":        owner,
	"verify":             owner,
}

// success returns the status with which an operation says that it is done.
func (op operation) success(tb testing.TB) int {
	tb.Helper()
	for _, status := range []int{200, 201, 202, 204} {
		if _, ok := op.object["responses"].(object)[fmt.Sprint(status)]; ok {
			return status
		}
	}
	tb.Fatalf("%s documents no success", op.id)
	return 0
}

// TestEveryoneMayWhatTheyMay walks all operations of the document of the running server, as everyone, with
// a valid request. Every answer is one that the document has.
func TestEveryoneMayWhatTheyMay(t *testing.T) {
	t.Parallel()
	f := serve(t)
	for _, op := range f.document.operations() {
		row, ok := may[op.id]
		if !ok {
			t.Errorf("the test does not say who may %s", op.id)
			continue
		}
		for i, who := range roles {
			want := row[i]
			if want == 0 {
				want = op.success(t)
			}
			r := f.valid(t, who, op)
			if answer, body := f.ask(t, who, op, r); answer.StatusCode != want {
				t.Errorf("%s as %s: got %d, want %d: %v", op.id, who, answer.StatusCode, want, body)
			}
		}
	}
}

// TestWhatIsNotThereIsNotFound walks all operations on one thing.
func TestWhatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	f := serve(t)
	for _, op := range f.document.operations() {
		if !strings.Contains(op.path, "{id}") {
			continue
		}
		r := f.valid(t, "owner", op)
		r.address = strings.ReplaceAll(op.path, "{id}", f.document.id(op))
		if answer, body := f.ask(t, "owner", op, r); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s of what is not there: got %d, want 404: %v", op.id, answer.StatusCode, body)
		}
	}
}

// TestAStaleVersionFails walks all operations that ask for one.
func TestAStaleVersionFails(t *testing.T) {
	t.Parallel()
	f := serve(t)
	for _, op := range f.document.operations() {
		if !op.takes("If-Match") {
			continue
		}
		r := f.valid(t, "owner", op)
		r.header["If-Match"] = `"987654"`
		if answer, body := f.ask(t, "owner", op, r); answer.StatusCode != http.StatusPreconditionFailed || body["code"] != "conflict" {
			t.Errorf("%s with a stale version: got %d, want 412: %v", op.id, answer.StatusCode, body)
		}
	}
}

// TestTheETagIsTheVersionForIfMatch changes a thing twice, the second time with the ETag of the first.
func TestTheETagIsTheVersionForIfMatch(t *testing.T) {
	t.Parallel()
	f := serve(t)
	for _, id := range []string{"update-engagement", "update-concern", "update-member", "update-stakeholder", "dismiss-finding"} {
		op := f.operation(t, id)
		r := f.valid(t, "owner", op)
		answer, body := f.ask(t, "owner", op, r)
		if want := fmt.Sprintf(`"%v"`, body["version"]); answer.StatusCode != http.StatusOK || answer.Header.Get("ETag") != want {
			t.Errorf("%s: got %d with ETag %s, want %s: %v", id, answer.StatusCode, answer.Header.Get("ETag"), want, body)
			continue
		}
		if id == "dismiss-finding" {
			op = f.operation(t, "reopen-finding")
			r.address = strings.Replace(r.address, "dismiss", "reopen", 1)
		}
		r.header["If-Match"] = answer.Header.Get("ETag")
		if answer, body := f.ask(t, "owner", op, r); answer.StatusCode != http.StatusOK {
			t.Errorf("%s with the ETag: got %d: %v", id, answer.StatusCode, body)
		}
	}
}

// TestTheSameKeyDoesItOnce walks all operations that take a key.
func TestTheSameKeyDoesItOnce(t *testing.T) {
	t.Parallel()
	f := serve(t)
	for _, op := range f.document.operations() {
		if !op.takes("Idempotency-Key") {
			continue
		}
		r := f.valid(t, "owner", op)
		r.header["Idempotency-Key"] = "key of " + op.id
		first, want := f.ask(t, "owner", op, r)
		if op.id == "start-import" {
			f.await(t, want["id"].(string)) // its end is an event, too
		}
		events := f.events(t)
		again, got := f.ask(t, "owner", op, r)
		if first.StatusCode != op.success(t) || again.StatusCode != first.StatusCode || again.Header.Get("ETag") != first.Header.Get("ETag") ||
			again.Header.Get("Location") != first.Header.Get("Location") {
			t.Errorf("%s: got %d %v, and again %d %v", op.id, first.StatusCode, want, again.StatusCode, got)
		}
		if op.id == "create-token" {
			if want["secret"] == nil || got["secret"] != nil {
				t.Errorf("the secret of a token is shown once, not %v and then %v", want["secret"], got["secret"])
			}
			delete(want, "secret")
		}
		if encode(got) != encode(want) {
			t.Errorf("%s: got %v, and again %v", op.id, want, got)
		}
		if now := f.events(t); now != events {
			t.Errorf("%s: sent again with its key, it did it again", op.id)
		}
	}
	op := f.operation(t, "create-engagement")
	r := f.valid(t, "owner", op)
	r.header["Idempotency-Key"] = "key of create-engagement"
	if answer, body := f.ask(t, "owner", op, r); answer.StatusCode != http.StatusConflict {
		t.Errorf("another request with a used key: got %d, want 409: %v", answer.StatusCode, body)
	}
}

// TestOneSampleCaseHoweverOftenAsked makes the sample case several times at once and once more. It takes no key: the
// others are told that there is one, and it is the one that the answer named.
func TestOneSampleCaseHoweverOftenAsked(t *testing.T) {
	t.Parallel()
	f := serve(t)
	op := f.operation(t, "create-sample")
	r := f.valid(t, "owner", op)
	type answered struct {
		status int
		id     any
	}
	ask := func() answered {
		answer, body := f.ask(t, "owner", op, r)
		return answered{answer.StatusCode, body["id"]}
	}
	answers := make(chan answered)
	const at = 3
	for range at {
		go func() {
			var a answered
			defer func() { answers <- a }() // also of a test that ended
			a = ask()
		}()
	}
	var made []any
	for i := range at + 1 {
		a := answered{}
		if i < at {
			a = <-answers
		} else {
			a = ask()
		}
		switch a.status {
		case http.StatusCreated:
			made = append(made, a.id)
		case http.StatusConflict:
		default:
			t.Errorf("got %d", a.status)
		}
	}
	var kept []any
	for _, e := range f.items(t, "/api/v1/engagements") {
		if e["sample"] == true {
			kept = append(kept, e["id"])
		}
	}
	if len(made) != 1 || encode(made) != encode(kept) {
		t.Errorf("%v were made, and %v are there; want one", made, kept)
	}
}

// events returns how many events there are.
func (f *fixture) events(tb testing.TB) any {
	tb.Helper()
	return f.read(tb, "/api/v1/verify")["events"]
}

// TestPagesMakeTheList reads lists in pages of two.
func TestPagesMakeTheList(t *testing.T) {
	t.Parallel()
	f := serve(t)
	op := f.operation(t, "create-engagement")
	f.ask(t, "owner", op, f.valid(t, "owner", op))
	in := "/api/v1/engagements/" + f.engagement
	for _, address := range []string{"/api/v1/members", "/api/v1/engagements", in + "/stakeholders", in + "/findings", in + "/concerns"} {
		whole, paged := f.items(t, address+"?limit=200"), f.items(t, address+"?limit=2")
		if len(whole) < 2 || encode(whole) != encode(paged) {
			t.Errorf("%s: %d items, and %d in pages of two", address, len(whole), len(paged))
		}
	}
	for _, list := range []string{"/api/v1/members", in + "/findings", in + "/concerns", in + "/conversations", in + "/events"} {
		r := request{"GET", list + "?cursor=nonsense", map[string]string{header: string(f.people["owner"].Member)}, ""}
		answer, body := r.send(t, f.server)
		if answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s from nowhere: got %d, want 422: %s", list, answer.StatusCode, body)
		}
	}
}

// TestAnEmptyEngagementHasEmptyLists reads all there is of an engagement in which nothing is.
func TestAnEmptyEngagementHasEmptyLists(t *testing.T) {
	t.Parallel()
	f := serve(t)
	op := f.operation(t, "create-engagement")
	answer, made := f.ask(t, "owner", op, f.valid(t, "owner", op))
	if answer.Header.Get("Location") != "/api/v1/engagements/"+made["id"].(string) {
		t.Errorf("it is at %q, and says %q", made["id"], answer.Header.Get("Location"))
	}
	for _, op := range f.document.operations() {
		if op.method != http.MethodGet || !strings.HasPrefix(op.path, "/api/v1/engagements/{id}") {
			continue
		}
		answer, body := f.ask(t, "owner", op, request{address: strings.ReplaceAll(op.path, "{id}", made["id"].(string))})
		if items, ok := body["items"].([]any); answer.StatusCode != http.StatusOK || ok && op.id != "list-events" && len(items) > 0 {
			t.Errorf("%s: got %d: %v", op.id, answer.StatusCode, body)
		}
	}
}
