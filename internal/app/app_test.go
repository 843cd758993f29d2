package app_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
	"parley/internal/store/storetest"
)

// A clock gives the next second each time it is asked.
type clock struct {
	sync.Mutex
	t time.Time
}

func (c *clock) now() time.Time {
	c.Lock()
	defer c.Unlock()
	c.t = c.t.Add(time.Second)
	return c.t
}

// A world is an App on a store, with an owner.
type world struct {
	*app.App
	t     testing.TB
	store *store.Store
	owner parley.Actor
}

const password = "three quiet herons"

// open returns a world on the database at dsn, set up. Nothing works in its background.
func open(t testing.TB, dsn string, o ...app.Options) *world {
	t.Helper()
	st, err := store.Open(t.Context(), dsn, store.Options{MaxConns: 10})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), st, append(o, app.Options{})[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{App: a, t: t, store: st}
	needs, err := a.NeedsSetup(t.Context())
	must(t, err)
	if !needs {
		w.owner, err = a.Operator(t.Context(), "")
		must(t, err)
		return w
	}
	secret, err := a.SetupLink(t.Context())
	must(t, err)
	m, err := a.SetUp(t.Context(), secret, app.NewOwner{Workspace: "Halden & Reyes", Name: "Inés Carrasco", Email: "Ines@Halden.example", Password: password, Lang: parley.Spanish})
	must(t, err)
	w.owner, err = a.ActorOf(t.Context(), m.ID)
	must(t, err)
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// wantCode fails unless err has the code.
func wantCode(t testing.TB, what string, err error, want parley.Code) {
	t.Helper()
	if got := parley.CodeOf(err); got != want {
		t.Errorf("%s: %v has the code %q, want %q", what, err, got, want)
	}
}

// run works the background until the test ends, or the function that it returns is called.
func (w *world) run() (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.Run(ctx); err != nil {
			w.t.Error(err)
		}
	}()
	stop = func() { cancel(); <-done }
	w.t.Cleanup(stop)
	return stop
}

func (w *world) engagement() parley.Engagement {
	w.t.Helper()
	e, err := w.CreateEngagement(w.t.Context(), w.owner, parley.Engagement{
		Name: "ERP roll-out", Client: "Aceros Ibarra", Kind: parley.ClientEngagement, Lang: parley.English,
		Sides: parley.Sides{Advisers: []string{"halden.example"}},
	})
	must(w.t, err)
	return e
}

// imported imports files, given as name and text in turn, and waits until they are read.
func (w *world) imported(e parley.EngagementID, files ...string) app.Import {
	w.t.Helper()
	var uploads []app.Upload
	for i := 0; i < len(files); i += 2 {
		uploads = append(uploads, app.Upload{Name: files[i], Body: strings.NewReader(files[i+1])})
	}
	imp, err := w.StartImport(w.t.Context(), w.owner, e, uploads)
	must(w.t, err)
	return w.wait(imp.ID)
}

func (w *world) wait(id parley.ImportID) app.Import {
	w.t.Helper()
	var imp app.Import
	eventually(w.t, func() bool { // progress is told to nobody
		var err error
		imp, err = w.Import(w.t.Context(), w.owner, id)
		must(w.t, err)
		return imp.Over()
	})
	return imp
}

// whole fails unless the history and the tables are.
func (w *world) whole() app.VerifyReport {
	w.t.Helper()
	r, err := w.Verify(w.t.Context())
	must(w.t, err)
	for _, p := range r.Problems {
		w.t.Error(p)
	}
	return r
}

const mails = `From anna@halden.example Mon Mar 02 09:00:00 2026
From: Anna Ruiz <anna@halden.example>
To: tom@ibarra.example
Subject: Go-live
Message-ID: <1@halden.example>
Date: Mon, 2 Mar 2026 09:00:00 +0000

We propose to go live with the new system on 12 April, all plants at once.

From tom@ibarra.example Mon Mar 02 10:00:00 2026
From: Tom Baker <tom@ibarra.example>
To: anna@halden.example
Subject: Re: Go-live
Message-ID: <2@ibarra.example>
In-Reply-To: <1@halden.example>
Date: Mon, 2 Mar 2026 10:00:00 +0000

We tried that in 2021 and it cost us four months. I do not believe that it will work this time.
We do not have the people to train everybody in November.

From marta@ibarra.example Tue Mar 03 08:00:00 2026
From: Marta Etxeberria <marta@ibarra.example>
To: anna@halden.example
Subject: Canteen
Message-ID: <3@ibarra.example>
Date: Tue, 3 Mar 2026 08:00:00 +0000

The canteen is closed on Friday.

`

const meeting = `WEBVTT

00:00:01.000 --> 00:00:04.000
<v Anna Ruiz>What would have to happen so that it works this time?

00:00:05.000 --> 00:00:09.000
<v Tom Baker>Honestly, nobody asked us. We will keep using the spreadsheet.

00:00:10.000 --> 00:00:12.000
<v Nerea Zubiri>Yes.
`

func TestImportKeepsWhatIsSaidOnce(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		w := open(t, dsn)
		w.run()
		e := w.engagement()
		first := w.imported(e.ID, "thread.mbox", mails, "dir/meeting.vtt", meeting, "empty.txt", "")
		if first.State != app.Done || first.Messages != 6 || first.New != 6 || first.Known != 0 || first.Findings == 0 || first.Done != first.Bytes {
			t.Errorf("the import says %+v", first)
		}
		same(t, "skipped", []app.Skip{{File: "empty.txt", Code: "nothing", Reason: "there is nothing to read in it"}}, first.Skipped)
		again := w.imported(e.ID, "copy.mbox", mails, "other.vtt", meeting)
		if again.New != 0 || again.Known != 6 || again.Findings != 0 {
			t.Errorf("the same again says %+v", again)
		}
		list, err := w.Conversations(t.Context(), w.owner, e.ID, "")
		must(t, err)
		var titles []string
		for _, c := range list.Conversations {
			titles = append(titles, fmt.Sprintf("%s %s %d", c.Kind, c.Title, c.Messages))
		}
		same(t, "conversations", []string{"transcript meeting 3", "mail Canteen 1", "mail Go-live 2"}, titles)
		page, err := w.Conversation(t.Context(), w.owner, list.Conversations[2].ID, "")
		must(t, err)
		if len(page.Messages) != 2 || page.Messages[0].Speaker.Name != "Anna Ruiz" || len(page.Messages[0].Findings) != 0 || len(page.Messages[1].Findings) == 0 {
			t.Errorf("the thread has %+v", page.Messages)
		}
		people, err := w.Stakeholders(t.Context(), w.owner, e.ID)
		must(t, err)
		var names []string
		for _, p := range people {
			names = append(names, p.Name+" "+string(p.Side))
		}
		same(t, "stakeholders", []string{"Anna Ruiz adviser", "Marta Etxeberria ", "Nerea Zubiri ", "Tom Baker "}, names)
		w.whole()
	})
}

func TestImportGoesOnWithAThreadAndAMeeting(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.SQLite(t))
	w.run()
	e := w.engagement()
	reply := "From: Tom Baker <tom@ibarra.example>\nSubject: RE: Go-live\nMessage-ID: <9@ibarra.example>\nIn-Reply-To: <2@ibarra.example>\nDate: Wed, 4 Mar 2026 10:00:00 +0000\n\nStill no.\n"
	w.imported(e.ID, "reply.eml", reply)
	w.imported(e.ID, "thread.mbox", mails)
	w.imported(e.ID, "meeting.vtt", meeting)
	grown := w.imported(e.ID, "meeting.vtt", meeting+"\n00:00:20.000 --> 00:00:22.000\n<v Anna Ruiz>Thank you.\n")
	if grown.New != 1 || grown.Known != 3 {
		t.Errorf("the meeting that went on says %+v", grown)
	}
	list, err := w.Conversations(t.Context(), w.owner, e.ID, "")
	must(t, err)
	count := map[string]int{}
	for _, c := range list.Conversations {
		count[c.Title] += c.Messages
	}
	// What answers a mail that came later is in the conversation that its Message-ID named.
	same(t, "messages by conversation", map[string]int{"Go-live": 3, "Canteen": 1, "meeting": 4}, count)
	w.whole()
}

// eventually waits until done reports true: for what the background does and tells nobody. If that never comes, the
// time limit of all tests says where it waited.
func eventually(t testing.TB, done func() bool) {
	t.Helper()
	for !done() {
		time.Sleep(20 * time.Millisecond)
	}
}

// TestProgressIsTrue imports a mailbox that is read into memory at once: its progress is that of what is stored.
func TestProgressIsTrue(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.SQLite(t))
	w.run()
	e := w.engagement()
	const n = 1500
	var box strings.Builder
	for i := range n {
		fmt.Fprintf(&box, "From tom@ibarra.example Mon Mar 02 10:00:00 2026\nFrom: Tom Baker <tom@ibarra.example>\nSubject: Item %d\nMessage-ID: <%d@ibarra.example>\nDate: Mon, 2 Mar 2026 10:%02d:%02d +0000\n\n", i, i, i/60, i%60)
		fmt.Fprintf(&box, "We tried that in %d and it cost us four months.\n\n", i)
	}
	imp, err := w.StartImport(t.Context(), w.owner, e.ID, []app.Upload{{Name: "all.mbox", Body: strings.NewReader(box.String())}})
	must(t, err)
	seen := 0
	for !imp.Over() {
		imp, err = w.Import(t.Context(), w.owner, imp.ID)
		must(t, err)
		if imp.Messages == 0 || imp.Messages == n {
			continue
		}
		seen++
		if got, want := float64(imp.Done)/float64(imp.Bytes), float64(imp.Messages)/n; got < want-0.1 || got > want+0.1 {
			t.Fatalf("with %d of %d messages the bar is at %.2f", imp.Messages, n, got)
		}
	}
	if imp.Messages != n || imp.Done != imp.Bytes || seen == 0 {
		t.Errorf("at the end it has %d messages, %d of %d bytes; %d times it was seen on its way", imp.Messages, imp.Done, imp.Bytes, seen)
	}
}
