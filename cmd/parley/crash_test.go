package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley"
	"parley/internal/app"
	"parley/internal/store/storetest"
)

// What people say in generated conversations; some of it is resistance.
var saidOften = []string{
	"Good morning, the minutes of yesterday are on the drive.", "We tried that in 2021 and it did not work.", "See you at ten.", "No tenemos gente para esto.",
	"Who is going to pay for it?", "The file is attached.", "Je n’y crois pas, on nous l’a déjà promis.", "We will keep using the spreadsheet.", "Thanks!",
	"Nobody asked the night shift before this was decided.", "I moved the meeting to Thursday.",
}

var whoSpeaks = []string{"Tom Baker", "Marta Etxeberria", "Luc Fournier", "Inés Carrasco"}

var firstDay = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// conversations returns a mailbox and a chat, of n messages together, no two of which are equal.
func conversations(n int) []uploaded {
	var mbox, chat strings.Builder
	for i := range n / 2 {
		writeMail(&mbox, i, utterance(i))
	}
	for i := n / 2; i < n; i++ {
		fmt.Fprintf(&chat, "[%s] %s: %s\n", firstDay.Add(time.Duration(i/3)*time.Minute).Format("02/01/2006, 15:04:05"), whoSpeaks[i*7%3], utterance(i))
	}
	return []uploaded{{"team.mbox", mbox.String()}, {"plant.txt", chat.String()}}
}

func utterance(i int) string {
	return fmt.Sprintf("%s This is number %d.", saidOften[i*13%len(saidOften)], i)
}

// writeMail writes mail i of a mailbox, in threads of 20.
func writeMail(b *strings.Builder, i int, body string) {
	writePart(b, i, "text/plain; charset=utf-8", body)
}

func writePart(b *strings.Builder, i int, kind, body string) {
	at := firstDay.Add(time.Duration(i) * time.Minute)
	who := whoSpeaks[i*7%len(whoSpeaks)]
	address := strings.ToLower(strings.Fields(who)[0]) + "@plant.example"
	fmt.Fprintf(b, "From %s %s\nFrom: %s <%s>\nTo: team@plant.example\nDate: %s\nMessage-ID: <%d@plant.example>\n",
		address, at.Format(time.ANSIC), who, address, at.Format(time.RFC1123Z), i)
	if i%20 > 0 {
		fmt.Fprintf(b, "In-Reply-To: <%d@plant.example>\nSubject: Re: Topic %d\n", i-1, i/20)
	} else {
		fmt.Fprintf(b, "Subject: Topic %d\n", i/20)
	}
	fmt.Fprintf(b, "Content-Type: %s\n\n%s\n\n", kind, body)
}

// kept returns how often each message with its findings is kept, by what it says.
func kept(c caller, e parley.EngagementID) map[string]int {
	c.t.Helper()
	count := map[string]int{}
	each(c, "engagements/"+string(e)+"/conversations?", func(s app.ConversationSummary) {
		for cursor := ""; ; {
			var page struct {
				Items []struct {
					app.StoredMessage
					Findings []app.StoredFinding
				}
				Next string
			}
			c.get("conversations/"+string(s.ID)+"?cursor="+url.QueryEscape(cursor), &page)
			for _, m := range page.Items {
				if m.Source == pastedName {
					continue
				}
				text := fmt.Sprintf("%s, %s, %s: %s", s.Title, m.Time, m.Speaker, m.Text)
				for _, f := range m.Findings {
					text += fmt.Sprintf(" [%v %.6f %s]", f.Span, f.Probability, f.Labels.Driver)
				}
				count[text]++
			}
			if cursor = page.Next; cursor == "" {
				return
			}
		}
	})
	return count
}

// pastedName is the file of the small imports that are made meanwhile.
const pastedName = "pasted.txt"

// importsMost is how many of them there are in a round.
const importsMost = 20

// A writer works with an engagement while it is imported into, and remembers what was answered for.
type writer struct {
	e         parley.EngagementID
	n         int
	titles    map[string]parley.ConcernID // of the concerns that were opened
	states    map[parley.FindingID]parley.FindingState
	imports   []parley.ImportID
	uncertain *call // sent, and not answered
}

func newWriter(e parley.EngagementID) *writer {
	return &writer{e: e, titles: map[string]parley.ConcernID{}, states: map[parley.FindingID]parley.FindingState{}}
}

// writesMost is how much is written in a round, so that what is imported meanwhile gets its turn on a slow machine.
const writesMost = 400

// work writes one thing after the other, until the server is gone.
func (w *writer) work(c caller, gone <-chan struct{}) error {
	tick := time.NewTicker(20 * time.Millisecond) // people are slower, and there are more of them
	defer tick.Stop()
	for {
		if w.n == writesMost {
			<-gone
			return nil
		}
		select {
		case <-gone:
			return nil
		case <-tick.C:
		}
		next, err := w.next(c)
		if err == nil {
			err = w.write(c, next)
		}
		var refused *answerError
		if errors.As(err, &refused) {
			return err
		}
		if err != nil { // the server is gone
			return nil
		}
	}
}

// next returns what to write: a concern, a small import, and else a decision about a finding.
func (w *writer) next(c caller) (call, error) {
	w.n++
	key := fmt.Sprintf("%s-%d", w.e, w.n)
	title := "Kept? " + key
	if w.n%8 == 1 && len(w.imports) < importsMost {
		return upload(c.t, w.e, key, uploaded{pastedName, fmt.Sprintf("[13/03/2026, 08:02:11] Tom Baker: Pasted %d.\n[13/03/2026, 08:03:11] Tom Baker: Nobody asked us.\n", w.n)}), nil
	}
	opened := post(c.t, "engagements/"+string(w.e)+"/concerns", key, map[string]any{"title": title, "labels": parley.Labels{}})
	if w.n%8 == 0 {
		return opened, nil
	}
	var found struct{ Items []app.StoredFinding }
	body, err := c.send(call{method: "GET", path: "/api/v1/engagements/" + string(w.e) + "/findings?state=open&limit=1"})
	if err != nil {
		return call{}, err
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return call{}, err
	}
	if len(found.Items) == 0 {
		return opened, nil
	}
	f := found.Items[0]
	next := post(c.t, "findings/"+string(f.ID)+"/accept", key, map[string]any{"new_title": title})
	switch w.n % 3 {
	case 0:
		next = post(c.t, "findings/"+string(f.ID)+"/accept", key, map[string]any{})
	case 1:
		next = post(c.t, "findings/"+string(f.ID)+"/dismiss", key, nil)
		next.kind, next.body = "", nil
	}
	next.version = strconv.Quote(strconv.Itoa(f.Version))
	return next, nil
}

// write sends a request, again if it was not answered before, and remembers what the answer promises.
func (w *writer) write(c caller, r call) error {
	w.uncertain = &r
	body, err := c.send(r)
	if err != nil {
		return err
	}
	w.uncertain = nil
	switch {
	case strings.HasSuffix(r.path, "/concerns"):
		var got parley.Concern
		if err := json.Unmarshal(body, &got); err != nil {
			return err
		}
		w.titles[got.Title] = got.ID
	case strings.HasSuffix(r.path, "/imports"):
		var got app.Import
		if err := json.Unmarshal(body, &got); err != nil {
			return err
		}
		w.imports = append(w.imports, got.ID)
	default:
		var got app.StoredFinding
		if err := json.Unmarshal(body, &got); err != nil {
			return err
		}
		w.states[got.ID] = got.State
		if got.Concern != "" {
			w.titles[titleOf(r)] = got.Concern
		}
	}
	return nil
}

func titleOf(r call) string {
	var in struct {
		Title string `json:"new_title"`
	}
	_ = json.Unmarshal(r.body, &in) // it is ours
	return in.Title
}

// again sends what was not answered once more, to the server that came after.
func (w *writer) again(c caller) {
	c.t.Helper()
	if w.uncertain != nil {
		must(c.t, w.write(c, *w.uncertain))
	}
}

// check looks that everything that was answered for is there, and once.
func (w *writer) check(c caller) {
	c.t.Helper()
	states := map[parley.FindingID]parley.FindingState{}
	each(c, "engagements/"+string(w.e)+"/findings?limit=200&", func(f app.StoredFinding) {
		if f.State != parley.Open {
			states[f.ID] = f.State
		}
	})
	if diff := cmp.Diff(w.states, states); diff != "" {
		c.t.Errorf("decided findings (-answered +kept):\n%s", diff)
	}
	titles := map[string]parley.ConcernID{}
	each(c, "engagements/"+string(w.e)+"/concerns?limit=200&", func(s app.ConcernSummary) {
		if _, twice := titles[s.Title]; twice {
			c.t.Errorf("concern %q is there twice", s.Title)
		}
		titles[s.Title] = s.ID
	})
	if diff := cmp.Diff(w.titles, titles); diff != "" {
		c.t.Errorf("concerns (-answered +kept):\n%s", diff)
	}
	for _, id := range w.imports {
		if i := c.finished(id); i.State != app.Done || i.New+i.Known != 2 {
			c.t.Errorf("small import: %+v", i)
		}
	}
}

// A crash is a kill of the server at a random moment of an import.
type crash struct {
	c     caller // of the server there is
	s     *server
	dsn   string
	files []uploaded
	n     int // messages in files
	want  map[string]int
}

func TestKillOfTheServerLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	rounds, messages := 2, 2000
	switch {
	case soak():
		rounds, messages = 20, 5000
	case testing.Short():
		messages = 900
	}
	seed, err := strconv.ParseUint(os.Getenv("PARLEY_SEED"), 10, 64)
	if err != nil {
		seed = 1
	}
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		x := &crash{dsn: dsn, s: start(t, dsn), files: conversations(messages), n: messages}
		x.c = setUp(t, x.s)
		// What is decided in one round must not change what is found in the next.
		x.c.must(call{method: "PUT", path: "/api/v1/learning", kind: "application/json", body: []byte(`{"enabled": false}`)})
		x.c = x.c.withToken()
		calm := x.c.engagement("Without a crash")
		began := time.Now()
		i := x.imported(calm, "calm")
		if i.State != app.Done || i.New != messages || i.Known != 0 || i.SkippedAll != 0 || i.Findings == 0 {
			t.Fatalf("without a crash the import says %+v", i)
		}
		t.Logf("seed %d; without a crash: %d messages, %d findings in %v", seed, i.New, i.Findings, time.Since(began).Round(time.Millisecond))
		x.want = kept(x.c, calm)
		if len(x.want) != messages {
			t.Fatalf("without a crash %d messages are kept", len(x.want))
		}
		interrupted := 0
		for n := range rounds {
			if x.round(t, n, rand.New(rand.NewPCG(seed, uint64(n)))) {
				interrupted++
			}
		}
		if interrupted == 0 {
			t.Error("no kill fell into the import")
		}
		x.s.stop()
		t.Logf("%d of %d kills fell into the import; %s", interrupted, rounds, whole(t, dsn))
	})
}

// imported imports the files, and waits.
func (x *crash) imported(e parley.EngagementID, key string) (i app.Import) {
	must(x.c.t, json.Unmarshal(x.c.must(upload(x.c.t, e, key, x.files...)), &i))
	return x.c.finished(i.ID)
}

// round imports into a new engagement, kills the server meanwhile, and reports whether it was in the middle
// of the import.
func (x *crash) round(t *testing.T, n int, random *rand.Rand) bool {
	t.Helper()
	name := fmt.Sprintf("Round %d", n)
	e := x.c.engagement(name)
	w := newWriter(e)
	at := random.IntN(x.n * 9 / 10) // messages that are stored
	delay := time.Duration(random.Int64N(int64(150 * time.Millisecond)))
	if n%4 == 1 { // it is not acknowledged yet, and perhaps not stored
		at, delay = -1, delay/2
		time.AfterFunc(delay, x.s.kill)
	}
	request := upload(t, e, name, x.files...)
	var i app.Import
	body, err := x.c.send(request)
	acknowledged := err == nil
	if acknowledged {
		must(t, json.Unmarshal(body, &i))
	} else if at >= 0 {
		t.Fatal(err)
	}
	wrote := make(chan error, 1)
	go func() { wrote <- w.work(x.c, x.s.exited) }()
	if at >= 0 {
		x.c.reaches(i.ID, at)
		time.Sleep(delay) // the moment is random, there is nothing to wait for
		x.s.kill()
	}
	<-x.s.exited
	must(t, <-wrote)
	decisions := len(w.states)

	x.s = start(t, x.dsn)
	x.c = x.c.to(x.s)
	restarted := time.Now()
	var now app.Import
	must(t, json.Unmarshal(x.c.must(request), &now)) // the same key: it is the same import
	if acknowledged && now.ID != i.ID {
		t.Errorf("the import was acknowledged as %s and is %s", i.ID, now.ID)
	}
	i = x.c.importOf(now.ID)
	w.again(x.c)
	inside := acknowledged && !i.Over()
	before := i.Messages
	if i = x.c.finished(i.ID); i.State != app.Done || i.New != x.n || i.Known != 0 || i.Messages != x.n || i.SkippedAll != 0 {
		t.Errorf("%s: the import says %+v", name, i)
	}
	t.Logf("%s: killed at %d+%v; acknowledged %v, %d messages stored, %d findings decided, %d concerns opened, %d small imports; done %v after the restart",
		name, at, delay.Round(time.Millisecond), acknowledged, before, decisions, len(w.titles), len(w.imports), time.Since(restarted).Round(time.Millisecond))
	if diff := cmp.Diff(x.want, kept(x.c, e)); diff != "" {
		t.Errorf("%s: messages (-without a crash +kept):\n%s", name, diff)
	}
	w.check(x.c)
	if again := x.imported(e, name+" again"); again.New != 0 || again.Known != x.n {
		t.Errorf("%s: the same again says %+v", name, again)
	}
	imports := 0
	each(x.c, "engagements/"+string(e)+"/imports?limit=200&", func(app.Import) { imports++ })
	if want := 2 + len(w.imports); imports != want {
		t.Errorf("%s: there are %d imports, want %d", name, imports, want)
	}
	whole(t, x.dsn)
	return inside
}

func TestAnotherReplicaFinishesTheImport(t *testing.T) {
	t.Parallel()
	const messages = 5000
	dsn := storetest.Postgres(t)
	first, second := spawn(t, dsn), spawn(t, dsn) // at once: both find no tables
	first.ready()
	second.ready()
	browser := setUp(t, first) // whose link may not be the last
	browser.submit("/sign-out", nil)
	if _, at := browser.submit("/sign-in", url.Values{"email": {ownerEmail}, "password": {ownerPassword}}); at.Path != "/today" {
		t.Fatalf("to sign in leads to %s", at)
	}
	e := browser.to(second).engagement("ERP roll-out") // the session is good there
	files := conversations(messages)
	kind, body := form(t, "file", files)
	req, err := http.NewRequest("POST", browser.at+"/engagements/"+string(e)+"/import", bytes.NewReader(body))
	must(t, err)
	req.Header.Set("Content-Type", kind)
	_, at := browser.page(req, nil)
	id := parley.ImportID(path.Base(at.Path))

	browser = browser.to(second)
	if page, _ := browser.page(http.NewRequest("GET", second.url+at.Path, nil)); !strings.Contains(page, "<progress") {
		t.Errorf("the other shows no progress:\n%s", page)
	}
	seen := browser.reaches(id, messages/10)
	first.kill()
	killed := time.Now()
	if seen.Over() {
		t.Fatalf("the import was over before the first was killed: %+v", seen)
	}
	// Whichever of them had it, the second has it now, and is killed in turn.
	seen = browser.reaches(id, max(seen.Messages+600, messages/3))
	t.Logf("%v after the first was killed, %d messages are there", time.Since(killed).Round(time.Millisecond), seen.Messages)
	third := start(t, dsn)
	if seen = browser.to(third).importOf(id); seen.Over() {
		t.Fatalf("the import was over before the second was killed: %+v", seen)
	}
	second.kill()
	killed = time.Now()
	browser = browser.to(third)
	if i := browser.finished(id); i.State != app.Done || i.New != messages || i.Known != 0 {
		t.Errorf("the import says %+v", i)
	}
	t.Logf("the second was killed at %d messages; the third was done %v later", seen.Messages, time.Since(killed).Round(time.Millisecond))
	all := kept(browser, e)
	for text, n := range all {
		if n != 1 {
			t.Errorf("%d times: %s", n, text)
		}
	}
	if len(all) != messages {
		t.Errorf("%d messages are kept, want %d", len(all), messages)
	}
	third.stop()
	t.Log(whole(t, dsn))
}

// withToken makes a token for a program.
func (c caller) withToken() caller {
	c.t.Helper()
	var made struct{ Secret string }
	c.create("tokens", map[string]any{"name": "sync", "scope": "write"}, &made)
	c.http, c.token = &http.Client{Timeout: patience}, made.Secret
	return c
}

// An uploaded is a file to import.
type uploaded struct{ name, body string }

func form(t testing.TB, field string, files []uploaded) (kind string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		part, err := w.CreateFormFile(field, f.name)
		must(t, err)
		_, err = io.WriteString(part, f.body)
		must(t, err)
	}
	must(t, w.Close())
	return w.FormDataContentType(), b.Bytes()
}

// upload is the request to import files.
func upload(t testing.TB, e parley.EngagementID, key string, files ...uploaded) call {
	t.Helper()
	r := call{method: "POST", path: "/api/v1/engagements/" + string(e) + "/imports", key: key}
	r.kind, r.body = form(t, "files", files)
	return r
}

func (c caller) importOf(id parley.ImportID) (i app.Import) {
	c.t.Helper()
	c.get("imports/"+string(id), &i)
	return i
}

// finished waits until an import is over.
func (c caller) finished(id parley.ImportID) (i app.Import) {
	c.t.Helper()
	c.until(func() (so bool, seen any) {
		i = c.importOf(id)
		return i.Over(), i
	})
	return i
}

// reaches waits until so many messages of an import are stored, or it is over.
func (c caller) reaches(id parley.ImportID, messages int) (i app.Import) {
	c.t.Helper()
	c.until(func() (so bool, seen any) {
		i = c.importOf(id)
		return i.Over() || i.Messages >= messages, i
	})
	return i
}

// until asks until it is so: the server is another process, there is no event to wait for.
func (c caller) until(ask func() (so bool, seen any)) {
	c.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		so, seen := ask()
		if so {
			return
		}
		if time.Now().After(end) {
			c.t.Fatalf("after %v still %+v", patience, seen)
		}
	}
}

// soak reports whether there is time for everything.
func soak() bool { return os.Getenv("PARLEY_SOAK") != "" }

// each reads a list of the API page by page.
func each[T any](c caller, path string, fn func(T)) {
	c.t.Helper()
	for cursor := ""; ; {
		var page struct {
			Items []T
			Next  string
		}
		c.get(path+"cursor="+url.QueryEscape(cursor), &page)
		for _, item := range page.Items {
			fn(item)
		}
		if cursor = page.Next; cursor == "" {
			return
		}
	}
}

// submit sends a form as a browser does, and returns the page that it leads to and its address.
func (c caller) submit(path string, form url.Values) (string, *url.URL) {
	c.t.Helper()
	return c.page(http.NewRequest("POST", c.at+path, strings.NewReader(form.Encode())))
}

func (c caller) page(req *http.Request, err error) (string, *url.URL) {
	c.t.Helper()
	must(c.t, err)
	if req.Method == "POST" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := c.http.Do(req)
	must(c.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(c.t, err)
	if res.StatusCode != http.StatusOK {
		c.t.Fatalf("%s %s: %s\n%s", req.Method, req.URL, res.Status, body)
	}
	return string(body), res.Request.URL
}
