package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"parley"
	"parley/internal/api"
)

// somebody is who asks where it does not matter.
func somebody(*http.Request) parley.Actor {
	return parley.Actor{Space: "wsp_00000000000000000000000000", Member: "mem_00000000000000000000000000", Role: parley.OwnerRole}
}

// A request is one to make of a server.
type request struct {
	method, address string
	header          map[string]string
	body            string
}

// send makes r of server, and returns the answer and its body.
func (r request) send(tb testing.TB, server *httptest.Server) (*http.Response, []byte) {
	tb.Helper()
	out, err := http.NewRequestWithContext(tb.Context(), r.method, server.URL+r.address, strings.NewReader(r.body))
	if err != nil {
		tb.Fatal(err)
	}
	for name, value := range r.header {
		out.Header.Set(name, value)
	}
	answer, err := server.Client().Do(out)
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return answer, body
}

// form returns a multipart form with a file in each of parts.
func form(parts ...string) (contentType, body string) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, name := range parts {
		part, _ := w.CreateFormFile(name, "notes.txt")
		_, _ = io.WriteString(part, "Tom: We tried that in 2021.\n")
	}
	_ = w.Close()
	return w.FormDataContentType(), out.String()
}

// A refusal is a request that is not as described, and the status it is to get.
type refusal struct {
	name   string
	status int
	request
}

// refusals returns what is wrong with each part of an operation's input in turn, and is refused before any
// use case sees it.
func (d document) refusals(op operation) (all []refusal) {
	valid := request{method: op.method, address: strings.ReplaceAll(op.path, "{id}", d.id(op)), header: map[string]string{}}
	if op.takes("If-Match") {
		valid.header["If-Match"] = `"1"`
	}
	mediaType, schema := d.bodySchema(op)
	switch mediaType {
	case "application/json":
		valid.header["Content-Type"] = mediaType
		valid.body = encode(d.sample(schema))
	case "multipart/form-data":
		valid.header["Content-Type"], valid.body = form("files")
	}
	with := func(name string, status int, change func(*request)) {
		r := valid
		r.header = maps.Clone(valid.header)
		change(&r)
		all = append(all, refusal{name, status, r})
	}

	with("unknown query parameter", 422, func(r *request) { r.address += "?unknown=1" })
	if strings.Contains(op.path, "{id}") {
		with("no such kind of id", 422, func(r *request) { r.address = strings.ReplaceAll(op.path, "{id}", "nonsense") })
	}
	for _, p := range op.parameters("query") {
		name, schema := p["name"].(string), p["schema"].(object)
		add := func(value string) {
			with(fmt.Sprintf("query %s=%.20s", name, value), 422, func(r *request) { r.address += "?" + url.Values{name: {value}}.Encode() })
		}
		if most, ok := schema["maxLength"].(float64); ok {
			add(strings.Repeat("x", int(most)+1))
		} else {
			add("wrong")
		}
		if least, ok := schema["minimum"].(float64); ok {
			add(fmt.Sprint(least - 1))
			add(fmt.Sprint(schema["maximum"].(float64) + 1))
		}
	}
	if op.takes("Idempotency-Key") {
		with("key too long", 422, func(r *request) { r.header["Idempotency-Key"] = strings.Repeat("k", 201) })
	}
	if op.takes("If-Match") {
		with("no version", 428, func(r *request) { delete(r.header, "If-Match") })
		with("any version", 428, func(r *request) { r.header["If-Match"] = "*" })
		with("version without quotes", 412, func(r *request) { r.header["If-Match"] = "1" })
		with("weak version", 412, func(r *request) { r.header["If-Match"] = `W/"1"` })
		with("version of another kind", 412, func(r *request) { r.header["If-Match"] = `"abc"` })
	}
	switch mediaType {
	case "application/json":
		with("no body", 400, func(r *request) { r.body = "" })
		with("broken body", 400, func(r *request) { r.body = "{" })
		with("body of another kind", 415, func(r *request) { r.header["Content-Type"] = "text/plain" })
		with("list as body", 422, func(r *request) { r.body = "[]" })
		with("body too large", 413, func(r *request) { r.body += strings.Repeat(" ", 2<<20) })
		d.wrongBodies(schema, func(name string, body any) { with(name, 422, func(r *request) { r.body = encode(body) }) })
	case "multipart/form-data":
		with("no form", 415, func(r *request) { r.header["Content-Type"] = "application/json" })
		with("broken form", 400, func(r *request) { r.body = r.body[:len(r.body)-10] })
		with("upload too large", 413, func(r *request) { r.body = strings.Replace(r.body, "Tom", strings.Repeat("Tom ", 1<<16), 1) })
		with("form without files", 422, func(r *request) { r.header["Content-Type"], r.body = form() })
		with("form with another part", 422, func(r *request) { r.header["Content-Type"], r.body = form("files", "others") })
	}
	return all
}

// wrongBodies yields bodies that differ from an allowed one in one property.
func (d document) wrongBodies(schema object, yield func(name string, body any)) {
	base := d.sample(schema).(object)
	with := func(name string, value any) object {
		o := maps.Clone(base)
		o[name] = value
		return o
	}
	yield("unknown property", with("unknown", 1))
	required, _ := schema["required"].([]any)
	for _, name := range required {
		o := maps.Clone(base)
		delete(o, name.(string))
		yield("without "+name.(string), o)
	}
	for name, property := range schema["properties"].(object) {
		yield("wrong "+name, with(name, d.wrong(property.(object))))
		if most, ok := property.(object)["maxLength"].(float64); ok {
			yield("too long "+name, with(name, strings.Repeat("x", int(most)+1)))
		}
	}
}

// id returns an id of the kind that an operation takes.
func (d document) id(op operation) string {
	for _, p := range op.parameters("path") {
		return d.sample(p["schema"].(object)).(string)
	}
	return ""
}

func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // the tests' own values
	}
	return string(data)
}

// TestInputThatIsNotAsDescribedIsRefused goes through the document of the running server. No use case is
// called: there is no app.
func TestInputThatIsNotAsDescribedIsRefused(t *testing.T) {
	t.Parallel()
	handler := api.New(nil, api.Options{Session: somebody, MaxUpload: 1 << 16})
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	d := documentOf(t, handler)
	for _, op := range d.operations() {
		for _, r := range d.refusals(op) {
			answer, body := r.send(t, server)
			if answer.StatusCode != r.status {
				t.Errorf("%s, %s: got %d, want %d: %s", op.id, r.name, answer.StatusCode, r.status, body)
			}
			d.check(t, op, answer, body)
			if bytes.Contains(body, []byte("xxxxxxxx")) {
				t.Errorf("%s, %s: the answer repeats the input: %s", op.id, r.name, body)
			}
		}
	}
}

// TestNobodyIsAskedToSignIn goes through the document, too: every operation asks who it is first.
func TestNobodyIsAskedToSignIn(t *testing.T) {
	t.Parallel()
	handler := api.New(nil, api.Options{})
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	d := documentOf(t, handler)
	for _, op := range d.operations() {
		for _, header := range []map[string]string{nil, {"Authorization": "Basic b3duZXI6b3duZXI="}} {
			answer, body := request{method: op.method, address: strings.ReplaceAll(op.path, "{id}", "nonsense"), header: header}.send(t, server)
			if answer.StatusCode != http.StatusUnauthorized || answer.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s for nobody: got %d, WWW-Authenticate %q", op.id, answer.StatusCode, answer.Header.Get("WWW-Authenticate"))
			}
			d.check(t, op, answer, body)
		}
	}
}

func TestPagesOfOtherSitesDoNotUseTheSession(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(api.New(nil, api.Options{Session: somebody}))
	t.Cleanup(server.Close)
	for _, header := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}} {
		answer, body := request{"POST", "/api/v1/engagements", header, "{}"}.send(t, server)
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("with %v: got %d, want 403: %s", header, answer.StatusCode, body)
		}
	}
	answer, body := request{"POST", "/api/v1/engagements", map[string]string{"Sec-Fetch-Site": "same-origin"}, "{}"}.send(t, server)
	if answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("from the same site: got %d, want 422: %s", answer.StatusCode, body)
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(api.New(nil, api.Options{Session: somebody}))
	t.Cleanup(server.Close)
	tests := []struct {
		method, address string
		status          int
		allow           string
	}{
		{"GET", "/api/v1/nowhere", 404, ""},
		{"GET", "/api/", 404, ""},
		{"PATCH", "/api/v1/engagements", 405, "GET, POST"},
		{"DELETE", "/api/v1/findings/fin_00000000000000000000000000/accept", 405, "POST"},
	}
	for _, tt := range tests {
		answer, body := request{method: tt.method, address: tt.address}.send(t, server)
		if answer.StatusCode != tt.status || answer.Header.Get("Allow") != tt.allow || answer.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: got %d, Allow %q, %s, want %d, Allow %q", tt.method, tt.address, answer.StatusCode, answer.Header.Get("Allow"), body, tt.status, tt.allow)
		}
	}
}

// TestPanicsAreProblems calls a use case of an app that is not there.
func TestPanicsAreProblems(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(api.New(nil, api.Options{Session: somebody}))
	t.Cleanup(server.Close)
	answer, body := request{method: "GET", address: "/api/v1/members"}.send(t, server)
	if answer.StatusCode != http.StatusInternalServerError || !bytes.Contains(body, []byte(`"code":"internal"`)) || bytes.Contains(body, []byte("nil pointer")) {
		t.Errorf("got %d: %s", answer.StatusCode, body)
	}
}
