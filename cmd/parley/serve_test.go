package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"parley"
	"parley/internal/store/storetest"
)

// patience is when what is waited for from another process is given up, to say what it was. The slowest machine is quicker.
const patience = 10 * time.Minute

// A server is a process of parley serve.
type server struct {
	t      testing.TB
	cmd    *exec.Cmd
	url    string
	lines  chan string   // what it prints after its address
	exited chan struct{} // closed when the process has ended
	log    bytes.Buffer  // its standard error; read it after exited
}

// start runs parley serve on a port that is free, and waits until it says where it is.
func start(t testing.TB, dsn string) *server {
	t.Helper()
	s := spawn(t, dsn)
	s.ready()
	return s
}

// spawn is start without the wait. What the server logs is in the log of a test that fails.
func spawn(t testing.TB, dsn string) *server {
	t.Helper()
	s := &server{t: t, lines: make(chan string, 10), exited: make(chan struct{})}
	s.cmd = exec.Command("parley", "serve", "--addr", "127.0.0.1:0", "--db", dsn)
	s.cmd.Stderr = &s.log
	out, err := s.cmd.StdoutPipe()
	must(t, err)
	must(t, s.cmd.Start())
	go func() {
		defer close(s.exited)
		defer close(s.lines)
		for in := bufio.NewScanner(out); in.Scan(); {
			s.lines <- in.Text()
		}
		_ = s.cmd.Wait() // most are killed
	}()
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("%s said:\n%s", s.url, &s.log)
		}
	})
	return s
}

// ready waits until the server says where it is.
func (s *server) ready() {
	s.t.Helper()
	var found bool
	if _, s.url, found = strings.Cut(s.line(), "Parley is at "); !found {
		s.kill()
		s.t.Fatalf("the server did not say where it is:\n%s", &s.log)
	}
}

// line returns the next line that the server prints.
func (s *server) line() string {
	s.t.Helper()
	select {
	case line := <-s.lines:
		return line
	case <-time.After(patience):
		s.t.Fatal("the server printed nothing")
		return ""
	}
}

// kill ends the process with SIGKILL, and waits until it is gone.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.exited
}

// stop ends the process as an operator does.
func (s *server) stop() {
	s.t.Helper()
	must(s.t, s.cmd.Process.Signal(syscall.SIGTERM))
	<-s.exited
	if status := s.cmd.ProcessState.ExitCode(); status != exitInterrupted && status != 0 {
		s.t.Errorf("the server stopped with exit status %d:\n%s", status, &s.log)
	}
}

// A caller asks a server: as a program where it has a token, else as a browser with cookies.
type caller struct {
	t     testing.TB
	http  *http.Client
	at    string
	token string
}

func newCaller(t testing.TB, s *server) caller {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return caller{t: t, http: &http.Client{Jar: jar, Timeout: patience}, at: s.url}
}

// to returns the same caller, who now asks another server.
func (c caller) to(s *server) caller {
	c.at = s.url
	return c
}

// A call is a request. One with a key may be sent again.
type call struct {
	method, path, key, version, kind string
	body                             []byte
}

// An answerError is an answer that is no success.
type answerError struct {
	status int
	body   string
}

func (e *answerError) Error() string { return fmt.Sprintf("status %d: %s", e.status, e.body) }

// send sends a request and returns the body of its answer. Where err is no *answerError, there was no answer.
func (c caller) send(r call) ([]byte, error) {
	req, err := http.NewRequest(r.method, c.at+r.path, bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"Content-Type": r.kind, "Idempotency-Key": r.key, "If-Match": r.version} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 {
		return nil, &answerError{res.StatusCode, string(body)}
	}
	return body, nil
}

func (c caller) must(r call) []byte {
	c.t.Helper()
	body, err := c.send(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	return body
}

// get reads what the API has at a path into v.
func (c caller) get(path string, v any) {
	c.t.Helper()
	must(c.t, json.Unmarshal(c.must(call{method: "GET", path: "/api/v1/" + path}), v))
}

// create makes a thing and reads it into v.
func (c caller) create(path string, in, v any) {
	c.t.Helper()
	must(c.t, json.Unmarshal(c.must(post(c.t, path, "", in)), v))
}

func post(t testing.TB, path, key string, in any) call {
	t.Helper()
	body, err := json.Marshal(in)
	must(t, err)
	return call{method: "POST", path: "/api/v1/" + path, key: key, kind: "application/json", body: body}
}

// The owner that setUp makes.
const (
	ownerEmail    = "ines@halden.example"
	ownerPassword = "three quiet herons"
)

// setUp follows the link that a new server prints, and returns the browser that did so, signed in.
func setUp(t testing.TB, s *server) caller {
	t.Helper()
	c := newCaller(t, s)
	s.line() // says what the link is for
	link, err := url.Parse(s.line())
	must(t, err)
	form := url.Values{
		"secret": {link.Query().Get("secret")}, "workspace": {"Halden & Reyes"}, "name": {"Inés Carrasco"}, "email": {ownerEmail}, "password": {ownerPassword},
	}
	c.must(call{method: "POST", path: "/setup", kind: "application/x-www-form-urlencoded", body: []byte(form.Encode())})
	return c
}

func (c caller) engagement(name string) parley.EngagementID {
	c.t.Helper()
	var e parley.Engagement
	c.create("engagements", map[string]any{"name": name, "client": "Basauri", "kind": "client", "lang": "en", "sides": map[string]any{"advisers": []string{"halden.example"}}}, &e)
	return e.ID
}

// whole checks that parley verify finds nothing wrong.
func whole(t testing.TB, dsn string) string {
	t.Helper()
	out, err := exec.Command("parley", "verify", "--db", dsn).CombinedOutput()
	if err != nil {
		t.Errorf("parley verify: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestServeStopsAndStartsAgain(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		browser := setUp(t, s)
		e := browser.engagement("ERP roll-out")
		s.stop()
		s = start(t, dsn)
		var got parley.Engagement
		browser.to(s).get("engagements/"+string(e), &got)
		if got.Name != "ERP roll-out" {
			t.Errorf("after a restart the engagement is %+v", got)
		}
		var refused *answerError
		if _, err := newCaller(t, s).send(call{method: "GET", path: "/api/v1/me"}); !errors.As(err, &refused) || refused.status != http.StatusUnauthorized {
			t.Errorf("a stranger gets %v", err)
		}
		s.stop()
		whole(t, dsn)
	})
}

func TestServeSaysWhereAnotherListens(t *testing.T) {
	t.Parallel()
	s := start(t, storetest.SQLite(t))
	addr := strings.TrimPrefix(s.url, "http://")
	var out, log bytes.Buffer
	status := run(context.Background(), []string{"serve", "--addr", addr, "--db", storetest.SQLite(t)}, std{out: &out, err: &log})
	if status != exits[parley.Unavailable] || !strings.Contains(log.String(), "a program has this port already") {
		t.Errorf("a second server at %s ends with exit status %d: %s", addr, status, &log)
	}
}

// TestServeSaysWhyItCannotListen gives serve addresses that it cannot have.
func TestServeSaysWhyItCannotListen(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	for _, c := range []struct {
		addr, want string
		exit       int
	}{
		{taken.Addr().String(), "cannot listen at " + taken.Addr().String() + ": a program has this port already, perhaps Parley; end it or choose another with --addr", 6},
		{"127.0.0.1:99999", "--addr is a host and a port up to 65535, as 127.0.0.1:7171", 2},
		{"127.0.0.1:nope", "--addr is a host and a port up to 65535, as 127.0.0.1:7171", 2},
		{"7171", "--addr is a host and a port up to 65535, as 127.0.0.1:7171", 2},
		{"192.0.2.1:7171", "cannot listen at 192.0.2.1:7171; choose another address with --addr", 6}, // kept for documentation: nobody's own
	} {
		var out, errs bytes.Buffer
		exit := run(t.Context(), []string{"serve", "--db", filepath.Join(t.TempDir(), "x.db"), "--addr", c.addr}, std{in: strings.NewReader(""), out: &out, err: &errs})
		if exit != c.exit || !strings.Contains(errs.String(), "parley: "+c.want) {
			t.Errorf("at %s: exit %d, want %d; it says\n%swant %q", c.addr, exit, c.exit, errs.String(), c.want)
		}
	}
}
