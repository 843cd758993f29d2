package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
)

// What the owner of a workspace that is measured signs in with.
const (
	email    = "bench@parley.example"
	password = "three quiet herons"
)

// A kept is an app in this process, working, with an engagement and who may do all in it.
type kept struct {
	*app.App
	by    parley.Actor
	eng   parley.Engagement
	close func() error
}

// keep opens the app on a database. Where that is new, it makes a workspace and an engagement.
func keep(ctx context.Context, dsn string) (*kept, error) {
	st, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		return nil, err
	}
	a, err := app.New(ctx, st, app.Options{})
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	working, stop := context.WithCancel(ctx)
	worked := make(chan error, 1)
	go func() { worked <- a.Run(working) }()
	k := &kept{App: a, close: func() error {
		stop()
		if err := <-worked; err != nil && !errors.Is(err, context.Canceled) {
			return errors.Join(err, st.Close())
		}
		return st.Close()
	}}
	if err := k.setUp(ctx); err != nil {
		return nil, errors.Join(err, k.close())
	}
	return k, nil
}

func (k *kept) setUp(ctx context.Context) error {
	need, err := k.NeedsSetup(ctx)
	if err != nil {
		return err
	}
	if need {
		if _, err := k.CreateWorkspace(ctx, app.NewOwner{Workspace: "Fernhill", Name: "Priya Raman", Email: email, Password: password}); err != nil {
			return err
		}
	}
	if k.by, err = k.Operator(ctx, email); err != nil {
		return err
	}
	if need {
		k.eng, err = k.CreateEngagement(ctx, k.by, parley.Engagement{
			Name: "Scanners", Client: "Calder Moss", Kind: parley.ClientEngagement, Lang: parley.English, Sides: parley.Sides{Advisers: []string{"fernhill.example"}},
		})
		return err
	}
	list, err := k.Engagements(ctx, k.by)
	if err == nil {
		k.eng = list[0].Engagement
	}
	return err
}

// imports imports files and returns what came of it, and how long it took until all was read.
func (k *kept) imports(ctx context.Context, files ...app.Upload) (app.Import, time.Duration, error) {
	began := time.Now()
	imp, err := k.StartImport(ctx, k.by, k.eng.ID, files)
	for err == nil && !imp.Over() {
		time.Sleep(20 * time.Millisecond)
		var list []app.Import
		if list, err = k.Imports(ctx, k.by, k.eng.ID); err == nil { // Import also sums up who said what, over all messages
			imp = list[0]
		}
	}
	took := time.Since(began)
	if err == nil && imp.State != app.Done {
		err = fmt.Errorf("import %s: %s", imp.State, imp.Error)
	}
	return imp, took, err
}

// threads returns a mailbox of n mails or a few more, in threads of their own.
func threads(n int) ([]byte, error) {
	example, err := os.ReadFile("examples/en/thread.mbox")
	if err != nil {
		return nil, err
	}
	var round strings.Builder // of a thread, with a mark where its ids differ from those of another
	mails := 0
	for line := range strings.Lines(string(example)) {
		name, _, _ := strings.Cut(line, ":")
		switch {
		case strings.HasPrefix(line, "From "):
			mails++
		case name == "Message-ID" || name == "In-Reply-To" || name == "References":
			line = strings.ReplaceAll(line, "@", "\x00@")
		}
		round.WriteString(line)
	}
	var out bytes.Buffer
	for i := 0; i*mails < n; i++ {
		out.WriteString(strings.ReplaceAll(round.String(), "\x00", fmt.Sprintf(".%d", i)))
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

// transcript returns a transcript of about n turns.
func transcript(n int) ([]byte, error) {
	example, err := os.ReadFile("examples/en/meeting.vtt")
	if err != nil {
		return nil, err
	}
	const bytesEach = 140 // of a turn, by the example
	return growCues(example, n*bytesEach), nil
}

// build makes a program of the package in dir.
func build(ctx context.Context, dir, binary, path string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, path)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", path, err, out)
	}
	return nil
}
