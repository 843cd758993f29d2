package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley"
	"parley/internal/app"
)

// A serving is how requests to the app are measured, beside PocketBase with the same data.
type serving struct {
	messages, concerns, requests int
	data                         string
}

// measure stores a case, serves it with both, and prints how fast they start, answer, and what they take.
func (s serving) measure(ctx context.Context, dir string) (err error) {
	if s.data != "" {
		if dir, err = filepath.Abs(s.data); err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	parleyBinary, pocketBinary := filepath.Join(dir, "parley"), filepath.Join(dir, "pocketbase")
	if err := build(ctx, ".", parleyBinary, "./cmd/parley"); err != nil {
		return err
	}
	if err := build(ctx, "internal/bench/pocketbase", pocketBinary, "."); err != nil {
		return err
	}
	c, err := s.store(ctx, dir, pocketBinary)
	if err != nil {
		return err
	}
	database := filepath.Join(dir, "parley.db")
	ours := &process{name: "Parley", ready: "/readyz", args: func(addr string) []string {
		return []string{parleyBinary, "serve", "--db", database, "--addr", addr}
	}}
	theirs := &process{name: "PocketBase", ready: "/api/health", args: func(addr string) []string {
		return []string{pocketBinary, "--dir", filepath.Join(dir, "pb"), "serve", "--http", addr}
	}}
	defer func() { err = errors.Join(err, ours.stop(), theirs.stop()) }()
	for range starts {
		for _, p := range []*process{ours, theirs} {
			if err := errors.Join(p.stop(), p.start(ctx)); err != nil {
				return err
			}
		}
	}
	time.Sleep(time.Second) // what they do after they start
	ours.idle, theirs.idle = ours.resident(), theirs.resident()
	if err := s.requestTable(ctx, c, ours, theirs); err != nil {
		return err
	}
	fmt.Println("| | start, median of", starts, "ms | resident after start MB | after these requests MB | at its peak MB |")
	fmt.Println("|---|---:|---:|---:|---:|")
	for _, p := range []*process{ours, theirs} {
		fmt.Printf("| %s | %.0f | %.0f | %.0f | %.0f |\n", p.name, ms(percentile(p.starts, 50)), p.idle, p.resident(), p.peak())
	}
	fmt.Println()
	if err := s.pageTable(ctx, c, ours); err != nil {
		return err
	}
	fmt.Printf("After the pages Parley had %.0f MB, and %.0f MB at its peak.\n\n", ours.resident(), ours.peak())
	return nil
}

// starts is how often each server is started.
const starts = 5

// A stored is what requests ask for.
type stored struct {
	Engagement         parley.EngagementID
	Findings, Concerns []string // ids
	Token, PocketToken string
}

// store stores a case in dir and gives PocketBase the same, unless that was done before.
func (s serving) store(ctx context.Context, dir, pocketbase string) (c stored, err error) {
	note := filepath.Join(dir, "stored.json")
	if data, err := os.ReadFile(note); err == nil {
		return c, json.Unmarshal(data, &c)
	}
	database := filepath.Join(dir, "parley.db")
	k, err := keep(ctx, database)
	if err != nil {
		return c, err
	}
	err = s.fill(ctx, k, &c)
	if err := errors.Join(err, k.close()); err != nil {
		return c, err
	}
	if c.PocketToken, err = output(ctx, pocketbase, "--dir", filepath.Join(dir, "pb"), "load", database); err != nil {
		return c, err
	}
	data, err := json.Marshal(c)
	if err != nil {
		return c, err
	}
	return c, os.WriteFile(note, data, 0o600)
}

// fill imports half of the messages as mails and half as turns of meetings, and opens concerns with two quotes each.
func (s serving) fill(ctx context.Context, k *kept, c *stored) error {
	const meetings = 10
	mail, err := threads(s.messages / 2)
	if err != nil {
		return err
	}
	files := []app.Upload{{Name: "threads.mbox", Body: bytes.NewReader(mail)}}
	for i := range meetings {
		spoken, err := transcript(s.messages / 2 / meetings)
		if err != nil {
			return err
		}
		// The same words at another time are another meeting's.
		for _, before := range []string{"\n", "> "} {
			spoken = bytes.ReplaceAll(spoken, []byte(before+"00:"), fmt.Appendf(nil, "%s%02d:", before, i))
		}
		files = append(files, app.Upload{Name: fmt.Sprintf("meeting %d.vtt", i+1), Body: bytes.NewReader(spoken)})
	}
	imp, took, err := k.imports(ctx, files...)
	if err != nil {
		return err
	}
	fmt.Printf("Stored: %d messages with %d findings (%.0f s), ", imp.New, imp.Findings, took.Seconds())
	if err := openConcerns(ctx, k, s.concerns, c); err != nil {
		return err
	}
	fmt.Printf("%d concerns.\n\n", len(c.Concerns))
	c.Engagement = k.eng.ID
	_, c.Token, err = k.CreateToken(ctx, k.by, app.NewToken{Name: "bench", Scope: parley.ReadScope})
	return err
}

// openConcerns accepts twice n findings into n concerns.
func openConcerns(ctx context.Context, k *kept, n int, c *stored) error {
	cursor := ""
	for len(c.Findings) < 2*n {
		page, err := k.Findings(ctx, k.by, k.eng.ID, app.FindingFilter{Limit: 200, Cursor: cursor})
		if err != nil {
			return err
		}
		for _, f := range page.Findings {
			to := app.Joining{NewTitle: fmt.Sprintf("%.80s (%d)", strings.ToValidUTF8(f.Text(), ""), len(c.Findings)/2+1)}
			if len(c.Findings)%2 == 1 {
				to = app.Joining{Concern: parley.ConcernID(c.Concerns[len(c.Concerns)-1])}
			}
			f, err := k.Accept(ctx, k.by, f.ID, f.Version, to)
			if err != nil {
				return err
			}
			if c.Findings = append(c.Findings, string(f.ID)); len(c.Findings)%2 == 1 {
				c.Concerns = append(c.Concerns, string(f.Concern))
			}
			if len(c.Findings) == 2*n {
				return nil
			}
		}
		if cursor = page.Next; cursor == "" {
			return fmt.Errorf("there are %d findings, too few for %d concerns", len(c.Findings), n)
		}
	}
	return nil
}

// A question is one row of the table of requests: what each server is asked in turn.
type question struct {
	name         string
	ours, theirs []string // paths
}

// questions returns the rows. Lists are of 50. What PocketBase is asked for is the same data, as far as it has
// it at one address.
func (c stored) questions() []question {
	in := "/api/v1/engagements/" + string(c.Engagement)
	here := "&filter=" + url.QueryEscape(`(engagement="`+string(c.Engagement)+`")`)
	paths := func(ids []string, before, after string) (list []string) {
		for _, id := range ids[:min(len(ids), 500)] {
			list = append(list, before+id+after)
		}
		return list
	}
	const (
		records = "/api/collections/"
		quotes  = "expand=finding_via_concern.message,finding_via_concern.stakeholder"
	)
	concerns := records + "concern/records?perPage=50&sort=-updated,-id" + here
	return []question{
		{"list: findings with their messages", []string{in + "/findings?limit=50"}, []string{records + "finding/records?perPage=50&skipTotal=1&sort=conversation,at,seq,start_byte&expand=message" + here}},
		{"list: concerns with quote and people", []string{in + "/concerns?limit=50"}, []string{concerns + "&" + quotes}},
		{"list: history with names; PocketBase: rows alone", []string{in + "/events"}, []string{records + "event/records?perPage=50&skipTotal=1&sort=-seq" + here}},
		{"one engagement", []string{in}, []string{records + "engagement/records/" + string(c.Engagement)}},
		{"one finding with its message", paths(c.Findings, "/api/v1/findings/", ""), paths(c.Findings, records+"finding/records/", "?expand=message")},
		{"one concern with quotes, people, history; PocketBase: without history", paths(c.Concerns, "/api/v1/concerns/", ""), paths(c.Concerns, records+"concern/records/", "?"+quotes)},
	}
}

// connections are how many ask at a time.
var connections = []int{1, 8}

// requestTable asks both servers the same questions, in turn, with one connection and with eight.
func (s serving) requestTable(ctx context.Context, c stored, ours, theirs *process) error {
	token := http.Header{"Authorization": {"Bearer " + c.Token}}
	pocketToken := http.Header{"Authorization": {c.PocketToken}}
	fmt.Println("| request | connections | Parley: median ms | p99 ms | requests/s | kB | PocketBase: median ms | p99 ms | requests/s | kB | requests/s, Parley / PocketBase |")
	fmt.Println("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
	for _, q := range c.questions() {
		for _, n := range connections {
			a := &asking{base: ours.url, paths: q.ours, header: token, connections: n}
			b := &asking{base: theirs.url, paths: q.theirs, header: pocketToken, connections: n}
			if err := s.takeTurns(ctx, a, b); err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			fmt.Printf("| %s | %d | %s | %s | %.2f |\n", q.name, n, a, b, a.rate()/b.rate())
		}
	}
	fmt.Println()
	return nil
}

// pageTable asks for pages, as a browser that is signed in.
func (s serving) pageTable(ctx context.Context, c stored, ours *process) error {
	cookie, heard, err := signIn(ctx, ours.url, c.Engagement)
	if err != nil {
		return err
	}
	browser := http.Header{"Cookie": {cookie}, "Accept-Encoding": {"gzip"}, "Accept": {"text/html"}}
	at := "/engagements/" + string(c.Engagement)
	fmt.Println("| page | connections | median ms | p99 ms | pages/s | kB, compressed |")
	fmt.Println("|---|---:|---:|---:|---:|---:|")
	for _, page := range []struct{ name, path string }{{"Today", "/today"}, {"Overview", at}, {"Heard", heard}, {"Concerns", at + "/concerns"}, {"a concern", "/concerns/" + c.Concerns[0]}} {
		for _, n := range connections {
			a := &asking{base: ours.url, paths: []string{page.path}, header: browser, connections: n}
			if err := s.takeTurns(ctx, a); err != nil {
				return fmt.Errorf("%s: %w", page.name, err)
			}
			fmt.Printf("| %s | %d | %s |\n", page.name, n, a)
		}
	}
	fmt.Println()
	return nil
}

// takeTurns asks each in turn, since how busy the machine is changes meanwhile.
func (s serving) takeTurns(ctx context.Context, askings ...*asking) error {
	const turns = 4
	for turn := range turns + 1 {
		for _, x := range askings {
			if turn == 0 { // to warm up
				if err := x.ask(ctx, 20); err != nil {
					return err
				}
				x.took, x.all = nil, 0
				continue
			}
			if err := x.ask(ctx, s.requests/turns); err != nil {
				return err
			}
		}
	}
	return nil
}

// signIn signs a browser in and returns its cookie, and where the Heard page leads.
func signIn(ctx context.Context, base string, eng parley.EngagementID) (cookie, heard string, err error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", "", err
	}
	client := &http.Client{Jar: jar, Timeout: 30 * time.Second}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/sign-in", strings.NewReader(url.Values{"email": {email}, "password": {password}}.Encode()))
	if err != nil {
		return "", "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for range 2 { // signing in, then the page
		w, err := client.Do(r)
		if err != nil {
			return "", "", err
		}
		_ = w.Body.Close() // it was only to get there
		if w.StatusCode != http.StatusOK {
			return "", "", fmt.Errorf("%s: %s", r.URL.Path, w.Status)
		}
		heard = w.Request.URL.RequestURI()
		if r, err = http.NewRequestWithContext(ctx, http.MethodGet, base+"/engagements/"+string(eng)+"/heard", nil); err != nil {
			return "", "", err
		}
	}
	at, err := url.Parse(base)
	if err != nil {
		return "", "", err
	}
	for _, c := range jar.Cookies(at) {
		cookie += c.Name + "=" + c.Value + "; "
	}
	return strings.TrimSuffix(cookie, "; "), heard, nil
}
