package app_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
	"parley/internal/store/storetest"
)

// childVariable makes this test binary the server that the crash test kills: it holds the database's address.
const childVariable = "PARLEY_TEST_CHILD"

// For soak: how often to kill, and during an import of how many messages.
const (
	crashesVariable  = "PARLEY_TEST_CRASHES"
	messagesVariable = "PARLEY_TEST_MESSAGES"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(childVariable); dsn != "" {
		if err := child(dsn); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child works the background, and opens one concern after the other, printing each id once it is answered.
func child(dsn string) error {
	ctx := context.Background()
	st, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		return err
	}
	a, err := app.New(ctx, st, app.Options{Lease: time.Hour}) // who starts after it does not wait for that
	if err != nil {
		return err
	}
	by, err := a.Operator(ctx, "")
	if err != nil {
		return err
	}
	list, err := a.Engagements(ctx, by)
	if err != nil {
		return err
	}
	go func() { _ = a.Run(ctx) }()
	fmt.Println("ready")
	for {
		c, err := a.CreateConcern(ctx, by, list[0].ID, app.NewConcern{Title: "Kept?"})
		if err != nil {
			return err
		}
		fmt.Println(c.ID)
		time.Sleep(5 * time.Millisecond)
	}
}

// chatOf returns a chat of n messages, among them equals, resistance, and lines that belong to the one before.
func chatOf(n int) string {
	said := []string{
		"Good morning.", "We tried that in 2021 and it did not work.", "ok", "ok", "No tenemos gente para esto.", "Who pays for it?\nNobody asked us.",
		"See you at ten.", "Je n’y crois pas, on nous l’a déjà promis.", "We will keep using the spreadsheet.", "Thanks!",
	}
	who := []string{"Tom Baker", "Marta Etxeberria", "Luc Fournier"}
	var b strings.Builder
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for i := range n {
		fmt.Fprintf(&b, "[%s] %s: %s\n", at.Add(time.Duration(i/3)*time.Minute).Format("02/01/2006, 15:04:05"), who[i*7%3], said[i*13%len(said)])
	}
	return b.String()
}

func TestKillDuringImportLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	crashes, messages := 4, 1200
	if n, err := strconv.Atoi(os.Getenv(crashesVariable)); err == nil {
		crashes = n
	}
	if n, err := strconv.Atoi(os.Getenv(messagesVariable)); err == nil {
		messages = n
	}
	chat := chatOf(messages)
	calm := open(t, storetest.SQLite(t))
	calm.run()
	e := calm.engagement()
	if imp := calm.imported(e.ID, "chat.txt", chat); imp.New != messages {
		t.Fatalf("without a crash it says %+v", imp)
	}
	want := calm.everything(e)

	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e := w.engagement()
		imp, err := w.StartImport(ctx, w.owner, e.ID, []app.Upload{{Name: "chat.txt", Body: strings.NewReader(chat)}})
		must(t, err)
		var answered []string
		killed := 0
		for range crashes {
			lived := time.Duration(rand.Int64N(int64(600 * time.Millisecond)))
			answered = append(answered, killAfter(t, dsn, lived)...)
			now, err := w.Import(ctx, w.owner, imp.ID)
			must(t, err)
			if !now.Over() {
				killed++
			}
			t.Logf("killed after %v: %s, %d of %d messages, %d concerns answered", lived.Round(time.Millisecond), now.State, now.Messages, messages, len(answered))
		}
		a, err := app.New(ctx, w.store, app.Options{Lease: time.Hour})
		must(t, err)
		w.App = a
		w.run()
		if imp = w.wait(imp.ID); imp.State != app.Done || imp.New != messages || imp.Known != 0 {
			t.Errorf("after %d kills, %d of them during the import, it says %+v", crashes, killed, imp)
		}
		same(t, "what is kept", want, w.everything(e))
		for _, id := range answered {
			if _, err := w.Concern(ctx, w.owner, parley.ConcernID(id)); err != nil {
				t.Errorf("concern %s was answered for: %v", id, err)
			}
		}
		if again := w.imported(e.ID, "chat.txt", chat); again.New != 0 || again.Known != messages {
			t.Errorf("the same again says %+v", again)
		}
		w.whole()
	})
}

// killAfter starts a server, kills it some time after it is ready, and returns the ids it printed whole.
func killAfter(t *testing.T, dsn string, lived time.Duration) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+dsn)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err != nil {
		t.Fatalf("the server said %q: %v", line, err)
	}
	timer := time.AfterFunc(lived, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	rest, err := io.ReadAll(lines)
	must(t, err)
	_ = cmd.Wait() // it was killed
	ids := strings.Split(string(rest), "\n")
	return ids[:len(ids)-1]
}

// everything returns how often each message with its findings is kept, by what it says.
func (w *world) everything(e parley.Engagement) map[string]int {
	w.t.Helper()
	ctx := w.t.Context()
	count := map[string]int{}
	list, err := w.Conversations(ctx, w.owner, e.ID, "")
	must(w.t, err)
	for _, c := range list.Conversations {
		for cursor := ""; ; {
			page, err := w.Conversation(ctx, w.owner, c.ID, cursor)
			must(w.t, err)
			for _, m := range page.Messages {
				said := fmt.Sprintf("%s %s %s: %s", c.Title, m.Time, m.Speaker, m.Text)
				for _, f := range m.Findings {
					said += fmt.Sprintf(" [%v %.6f %s]", f.Span, f.Probability, f.Labels.Driver)
				}
				count[said]++
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	return count
}

func TestAnotherReplicaGoesOn(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dsn := storetest.Postgres(t)
	const messages = 2000
	w := open(t, dsn)
	e := w.engagement()
	imp, err := w.StartImport(ctx, w.owner, e.ID, []app.Upload{{Name: "chat.txt", Body: strings.NewReader(chatOf(messages))}})
	must(t, err)
	killAfter(t, dsn, 200*time.Millisecond) // one replica begins, and is killed
	a, err := app.New(ctx, w.store, app.Options{Lease: time.Second})
	must(t, err)
	w.App = a
	w.run()
	st, err := store.Open(ctx, dsn, store.Options{MaxConns: 8})
	must(t, err)
	defer st.Close()
	third, err := app.New(ctx, st, app.Options{Lease: time.Second})
	must(t, err)
	other := &world{App: third, t: t, store: st, owner: w.owner}
	stop := other.run()
	defer stop()
	if imp = other.wait(imp.ID); imp.State != app.Done || imp.New != messages || imp.Known != 0 {
		t.Errorf("with two more replicas it says %+v", imp)
	}
	w.whole()
}
