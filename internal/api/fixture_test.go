package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley"
	"parley/internal/api"
	"parley/internal/app"
	"parley/internal/store"
)

const password = "correct horse battery staple"

// A fixture is a running server with an engagement, on a fresh SQLite file.
type fixture struct {
	app      *app.App
	handler  http.Handler
	server   *httptest.Server
	document document
	people   map[string]parley.Actor // by what they are
	reader   string                  // secret of a token of the owner's that may only read

	engagement string
	count      int // of new names
}

// header has the id of the member who is signed in.
const header = "X-Test-Member"

// serve starts a server with somebody for each role, an owner of another workspace, and an engagement into
// which the examples were imported and some concerns opened.
func serve(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{people: map[string]parley.Actor{"nobody": {}}}
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if f.app, err = app.New(t.Context(), st, app.Options{}); err != nil {
		t.Fatal(err)
	}
	work, stop := context.WithCancel(context.Background())
	worked := make(chan error, 1)
	go func() { worked <- f.app.Run(work) }()
	t.Cleanup(func() {
		stop()
		<-worked
	})
	f.handler = api.New(f.app, api.Options{Session: func(r *http.Request) parley.Actor {
		by, err := f.app.ActorOf(r.Context(), parley.MemberID(r.Header.Get(header)))
		if err != nil {
			return parley.Actor{}
		}
		return by
	}})
	f.server = httptest.NewServer(f.handler)
	t.Cleanup(f.server.Close)
	f.document = documentOf(t, f.handler)
	f.addPeople(t)
	f.fill(t)
	return f
}

func (f *fixture) addPeople(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	workspace := func(who string) {
		m, err := f.app.CreateWorkspace(ctx, app.NewOwner{Workspace: who, Name: "The " + who, Email: who + "@parley.example", Password: password})
		if err != nil {
			t.Fatal(err)
		}
		f.people[who] = parley.Actor{Space: m.Space, Member: m.ID, Role: m.Role}
	}
	workspace("owner")
	workspace("other")
	for _, role := range []parley.Role{parley.AdviserRole, parley.ViewerRole} {
		who := string(role)
		m, err := f.app.AddMember(ctx, f.people["owner"], app.NewMember{Name: "The " + who, Email: who + "@parley.example", Password: password, Role: role})
		if err != nil {
			t.Fatal(err)
		}
		f.people[who] = parley.Actor{Space: m.Space, Member: m.ID, Role: role}
	}
	f.people["reader"] = f.people["owner"]
	var err error
	if _, f.reader, err = f.app.CreateToken(ctx, f.people["owner"], app.NewToken{Name: "reader", Scope: parley.ReadScope}); err != nil {
		t.Fatal(err)
	}
}

// fill makes the engagement, as a client of the API would.
func (f *fixture) fill(t testing.TB) {
	t.Helper()
	do := func(id string, r request) object {
		op := f.operation(t, id)
		answer, body := f.ask(t, "owner", op, r)
		if answer.StatusCode != op.success(t) {
			t.Fatalf("%s: %d %v", id, answer.StatusCode, body)
		}
		return body
	}
	op := f.operation(t, "create-engagement")
	f.engagement = do(op.id, f.valid(t, "owner", op))["id"].(string)
	for _, files := range [][]string{{"en/thread.mbox", "en/transcript.txt", "en/slack.json"}, {"en/minutes.md"}, {"es/meeting.vtt", "fr/survey.csv"}} {
		var out bytes.Buffer
		w := multipart.NewWriter(&out)
		for _, name := range files {
			data, err := os.ReadFile("../../examples/" + name)
			if err != nil {
				t.Fatal(err)
			}
			part, _ := w.CreateFormFile("files", filepath.Base(name))
			_, _ = part.Write(data)
		}
		_ = w.Close()
		begun := do("start-import", request{
			address: "/api/v1/engagements/" + f.engagement + "/imports", header: map[string]string{"Content-Type": w.FormDataContentType()}, body: out.String(),
		})
		f.await(t, begun["id"].(string))
	}
	for range 3 {
		op := f.operation(t, "accept-finding")
		do(op.id, f.valid(t, "owner", op))
	}
}

// await returns when an import is done. It asks again and again, as every client of the API must.
func (f *fixture) await(t testing.TB, id string) {
	t.Helper()
	for {
		switch i := f.read(t, "/api/v1/imports/"+id); i["state"] {
		case "done":
			return
		case "failed", "undone":
			t.Fatalf("the import %s: %v", i["state"], i)
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// ask makes a request as somebody, and checks the answer against the document.
func (f *fixture) ask(tb testing.TB, who string, op operation, r request) (*http.Response, object) {
	tb.Helper()
	headers := map[string]string{}
	for name, value := range r.header {
		headers[name] = value
	}
	if who == "reader" {
		headers["Authorization"] = "Bearer " + f.reader
	} else {
		headers[header] = string(f.people[who].Member)
	}
	r.method, r.header = op.method, headers
	answer, body := r.send(tb, f.server)
	f.document.check(tb, op, answer, body)
	var value object
	if len(body) > 0 {
		if err := json.Unmarshal(body, &value); err != nil {
			tb.Fatalf("%s: %v: %s", op.id, err, body)
		}
	}
	return answer, value
}

// operation returns the one with an id.
func (f *fixture) operation(tb testing.TB, id string) operation {
	tb.Helper()
	for _, op := range f.document.operations() {
		if op.id == id {
			return op
		}
	}
	tb.Fatalf("there is no operation %s", id)
	return operation{}
}

// read gets an address as the owner.
func (f *fixture) read(tb testing.TB, address string) object {
	tb.Helper()
	answer, body := request{"GET", address, map[string]string{header: string(f.people["owner"].Member)}, ""}.send(tb, f.server)
	var value object
	if err := json.Unmarshal(body, &value); err != nil || answer.StatusCode != http.StatusOK {
		tb.Fatalf("GET %s: %d %s", address, answer.StatusCode, body)
	}
	return value
}

// items returns the whole of a list.
func (f *fixture) items(tb testing.TB, address string) (all []object) {
	tb.Helper()
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	for cursor := ""; ; {
		page := f.read(tb, address+cursor)
		for _, item := range page["items"].([]any) {
			all = append(all, item.(object))
		}
		next, ok := page["next"].(string)
		if !ok {
			return all
		}
		cursor = separator + "cursor=" + next
	}
}

// new returns a text that was not returned before.
func (f *fixture) new(what string) string {
	f.count++
	return fmt.Sprintf("%s %d", what, f.count)
}

// form returns a request that uploads a file.
func (f *fixture) form() request {
	contentType, body := form("files")
	return request{header: map[string]string{"Content-Type": contentType}, body: strings.Replace(body, "2021", f.new("plant"), 1)}
}

// first returns the first item of a list of the engagement.
func (f *fixture) first(tb testing.TB, list string) object {
	tb.Helper()
	items := f.items(tb, "/api/v1/engagements/"+f.engagement+"/"+list)
	for range 2000 { // a change of sides has the engagement read again in the background
		if len(items) > 0 || tb.Context().Err() != nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
		items = f.items(tb, "/api/v1/engagements/"+f.engagement+"/"+list)
	}
	if len(items) == 0 {
		tb.Fatalf("the sample case has no %s", list)
	}
	return items[0]
}

// thing returns the id of a thing of the kind that an address is about.
func (f *fixture) thing(tb testing.TB, op operation) string {
	tb.Helper()
	switch kind := strings.Split(op.path, "/")[3]; kind {
	case "engagements":
		return f.engagement
	case "members":
		return string(f.people["viewer"].Member)
	case "findings":
		return f.first(tb, "findings?state=open")["id"].(string)
	case "imports":
		for _, i := range f.items(tb, "/api/v1/engagements/"+f.engagement+"/imports") {
			if i["state"] == "done" {
				return i["id"].(string)
			}
		}
		tb.Fatal("no import is left")
		return ""
	case "messages":
		return f.unmarked(tb)
	case "tokens", "views":
		return ""
	default:
		return f.first(tb, kind)["id"].(string)
	}
}

// valid returns a request for an operation that does what it says for those who may.
func (f *fixture) valid(tb testing.TB, who string, op operation) request {
	tb.Helper()
	if op.id == "start-import" {
		r := f.form()
		r.address = strings.ReplaceAll(op.path, "{id}", f.engagement)
		return r
	}
	var id string
	if strings.Contains(op.path, "{id}") {
		id = f.thing(tb, op)
	}
	r := request{header: map[string]string{}}
	var body any
	switch op.id {
	case "set-my-lang":
		body = object{"lang": "fr"}
	case "set-learning":
		body = object{"enabled": false}
	case "use-version":
		body = object{"version": 0}
	case "change-my-password":
		body = object{"old": password, "new": password}
	case "add-member":
		body = object{"name": "New", "email": strings.ReplaceAll(f.new("new"), " ", "") + "@parley.example", "password": password, "role": "viewer"}
	case "update-member":
		body = object{"name": f.new("Renamed"), "role": "viewer", "lang": "es"}
	case "create-token":
		body = object{"name": f.new("token"), "scope": "read"}
	case "delete-token":
		of := f.people[who]
		if who == "nobody" || who == "other" {
			of = f.people["owner"]
		}
		token, _, err := f.app.CreateToken(tb.Context(), of, app.NewToken{Name: "one", Scope: parley.ReadScope})
		if err != nil {
			tb.Fatal(err)
		}
		id = string(token.ID)
	case "create-view":
		body = object{"name": f.new("view"), "look": object{"driver": "trust", "open": true}}
	case "delete-view":
		of := f.people[who]
		if who == "nobody" || who == "other" {
			of = f.people["owner"]
		}
		view, err := f.app.CreateView(tb.Context(), of, parley.EngagementID(f.engagement), f.new("view"), parley.Look{})
		if err != nil {
			tb.Fatal(err)
		}
		id = string(view.ID)
	case "create-engagement":
		body = object{"name": f.new("Engagement"), "kind": "client", "lang": "en", "starts": "2026-03-01"}
	case "create-sample":
		if id := f.sample(tb); id != "" {
			f.removeSample(tb, id)
		}
	case "remove-sample":
		if id = f.sample(tb); id == "" {
			made, err := f.app.LoadSample(tb.Context(), f.people["owner"])
			if err != nil {
				tb.Fatal(err)
			}
			id = string(made.ID)
		}
	case "update-engagement":
		body = object{"name": f.new("Engagement"), "client": "Client", "kind": "client", "lang": "en", "sides": f.read(tb, "/api/v1/engagements/"+id)["sides"]}
	case "set-sides":
		body = object{"advisers": []string{"consult.example"}, "clients": []string{f.new("Client")}}
	case "update-stakeholder":
		body = object{"name": f.new("Name"), "title": "plant manager", "power": 3, "stance": -1, "skepticism": 2, "langs": []string{"es", "en"}}
	case "accept-finding":
		body = object{"new_title": f.new("They see no worth")}
	case "correct-finding":
		body = object{"resistance": true, "form": "passive", "driver": "capacity", "perception": "accurate", "subject": "plan"}
	case "reopen-finding":
		id = f.dismissed(tb)
	case "mark-sentence":
		body = object{"span": object{"start": 0, "end": 4}, "labels": object{"resistance": true, "driver": "trust"}}
	case "withdraw-mark":
		mark := f.operation(tb, "mark-sentence")
		answer, finding := f.ask(tb, "owner", mark, f.valid(tb, "owner", mark))
		if answer.StatusCode != http.StatusCreated {
			tb.Fatalf("mark a sentence: %d %v", answer.StatusCode, finding)
		}
		id = finding["id"].(string)
	case "create-concern", "update-concern":
		body = object{"title": f.new("They fear to lose time"), "labels": object{"resistance": true, "driver": "capacity"}}
	case "move-concern":
		next := f.read(tb, "/api/v1/concerns/"+id)["next_states"].([]any)[0]
		move := object{"state": next}
		if next == "settled" {
			move["outcome"] = "adapted"
		}
		body = move
	case "merge-concerns":
		body = object{"concerns": []string{f.opened(tb)}}
	case "keep-concern-apart":
		body = object{"concern": f.opened(tb)}
	case "split-concern":
		body = object{}
		merge := f.operation(tb, "merge-concerns")
		r := f.valid(tb, "owner", merge)
		if answer, merged := f.ask(tb, "owner", merge, r); answer.StatusCode != http.StatusOK {
			tb.Fatalf("merge concerns: %d %v", answer.StatusCode, merged)
		} else {
			id = merged["id"].(string)
		}
	}
	r.address = strings.ReplaceAll(op.path, "{id}", id)
	if body != nil {
		r.header["Content-Type"], r.body = "application/json", encode(body)
	}
	if op.takes("If-Match") {
		r.header["If-Match"] = fmt.Sprintf(`"%v"`, f.version(tb, op, id))
	}
	return r
}

// sample returns the id of the sample case in the owner's workspace, "" if there is none.
func (f *fixture) sample(tb testing.TB) string {
	tb.Helper()
	for _, e := range f.items(tb, "/api/v1/engagements") {
		if e["sample"] == true {
			return e["id"].(string)
		}
	}
	return ""
}

func (f *fixture) removeSample(tb testing.TB, id string) {
	tb.Helper()
	if err := f.app.RemoveSample(tb.Context(), f.people["owner"], parley.EngagementID(id)); err != nil {
		tb.Fatal(err)
	}
}

// version returns the version that a thing has now.
func (f *fixture) version(tb testing.TB, op operation, id string) any {
	tb.Helper()
	address := "/api/v1/" + strings.Split(op.path, "/")[3]
	switch {
	case strings.HasSuffix(address, "/stakeholders"):
		address = "/api/v1/engagements/" + f.engagement + "/stakeholders"
	case strings.HasSuffix(address, "/members"):
	default:
		return f.read(tb, address+"/"+id)["version"]
	}
	for _, item := range f.items(tb, address) {
		if item["id"] == id {
			return item["version"]
		}
	}
	tb.Fatalf("%s is not in %s", id, address)
	return nil
}

// dismissed returns the id of a finding that was just dismissed.
func (f *fixture) dismissed(tb testing.TB) string {
	tb.Helper()
	op := f.operation(tb, "dismiss-finding")
	r := f.valid(tb, "owner", op)
	answer, finding := f.ask(tb, "owner", op, r)
	if answer.StatusCode != http.StatusOK {
		tb.Fatalf("dismiss a finding: %d", answer.StatusCode)
	}
	return finding["id"].(string)
}

// opened returns the id of a concern that was just opened.
func (f *fixture) opened(tb testing.TB) string {
	tb.Helper()
	op := f.operation(tb, "create-concern")
	answer, concern := f.ask(tb, "owner", op, f.valid(tb, "owner", op))
	if answer.StatusCode != http.StatusCreated {
		tb.Fatalf("open a concern: %d", answer.StatusCode)
	}
	return concern["id"].(string)
}

// unmarked returns the id of a message that was just imported, in which nothing was found.
func (f *fixture) unmarked(tb testing.TB) string {
	tb.Helper()
	by, text := f.people["owner"], f.new("The canteen is closed on day")
	i, err := f.app.StartImport(tb.Context(), by, parley.EngagementID(f.engagement), []app.Upload{{Name: text + ".txt", Body: strings.NewReader("Marta: " + text + ".\n")}})
	if err != nil {
		tb.Fatal(err)
	}
	f.await(tb, string(i.ID))
	list, err := f.app.Conversations(tb.Context(), by, parley.EngagementID(f.engagement), "")
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range list.Conversations {
		if c.Title == text {
			page, err := f.app.Conversation(tb.Context(), by, c.ID, "")
			if err != nil {
				tb.Fatal(err)
			}
			return string(page.Messages[0].ID)
		}
	}
	tb.Fatalf("the conversation %s is not there", text)
	return ""
}
