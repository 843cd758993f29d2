package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley"
	"parley/internal/app"
)

// An importCmd imports files into an engagement.
type importCmd struct {
	operator
	Engagement string   `required:"" placeholder:"ID|NAME" help:"The engagement, by its id, eng_…, or its name."`
	Files      []string `arg:"" name:"file" help:"Files and folders (Maildir or any); - is standard input."`
	Format     string   `enum:"table,json" default:"table" help:"How to print: ${enum}."`
}

func (c *importCmd) Help() string {
	return `Examples:
  parley import --engagement "ERP roll-out" thread.mbox meeting.vtt
  cat chat.txt | parley import --engagement eng_01k8yq3v5n6r7s8t9v0w1x2y3z -

What was imported before is not imported again. If it is interrupted, Parley goes on where it was when it next runs.

Exit status: 0 all was read; 2 some part could not be read, the rest was; 4 a file or the engagement is not there.`
}

// Run imports, and waits until it is done.
func (c *importCmd) Run(ctx context.Context, s std) error {
	uploads, err := findUploads(c.Files, s)
	if err != nil {
		return err
	}
	return c.with(ctx, func(a *app.App, by parley.Actor) error {
		id, err := findEngagement(ctx, a, by, c.Engagement)
		if err != nil {
			return err
		}
		imp, err := a.StartImport(ctx, by, id, uploads)
		if err != nil {
			return err
		}
		working, stop := context.WithCancel(ctx)
		worked := make(chan error, 1)
		go func() { worked <- a.Run(working) }()
		imp, err = await(ctx, a, by, imp, s)
		stop()
		if workErr := <-worked; err == nil {
			err = workErr
		}
		if err != nil {
			return err
		}
		return c.report(imp, s)
	})
}

// findEngagement returns the id of the one engagement that is called so, or has that id.
func findEngagement(ctx context.Context, a *app.App, by parley.Actor, name string) (found parley.EngagementID, err error) {
	list, err := a.Engagements(ctx, by)
	if err != nil {
		return "", err
	}
	for _, e := range list {
		switch {
		case string(e.ID) == name:
			return e.ID, nil
		case strings.EqualFold(e.Name, name) && found != "":
			return "", &parley.Error{Code: parley.Invalid, Field: "engagement", Message: "several engagements are called that; say which by its id"}
		case strings.EqualFold(e.Name, name):
			found = e.ID
		}
	}
	if found == "" {
		return "", &parley.Error{Code: parley.NotFound, Field: "engagement", Message: "there is no engagement " + name}
	}
	return found, nil
}

// await waits until an import is over, and shows how far it is.
func await(ctx context.Context, a *app.App, by parley.Actor, imp app.Import, s std) (app.Import, error) {
	m := meter{out: s.err, on: s.progress}
	defer m.clear()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !imp.Over() {
		select {
		case <-ctx.Done():
			return imp, ctx.Err()
		case <-tick.C:
		}
		var err error
		if imp, err = a.Import(ctx, by, imp.ID); err != nil {
			return imp, err
		}
		m.set(imp.Done, imp.Bytes)
	}
	return imp, nil
}

// report prints what came of an import, and returns an error that says so if some of it could not be read.
func (c *importCmd) report(imp app.Import, s std) error {
	if c.Format == "json" {
		if err := writeJSON(s.out, imp); err != nil {
			return err
		}
	} else {
		for _, f := range imp.Files {
			fmt.Fprintf(s.out, "%s: %s, %d new, %s\n", f.Name, counted(f.Messages, "message", "messages"), f.New, counted(f.Findings, "finding", "findings"))
		}
		for _, skip := range imp.Skipped {
			place := skip.File
			if skip.Place != "" {
				place += ", " + skip.Place
			}
			fmt.Fprintf(s.err, "parley: %s: %s\n", place, skip.Reason)
		}
		if more := imp.SkippedAll - len(imp.Skipped); more > 0 {
			fmt.Fprintf(s.err, "parley: and %s\n", counted(more, "more part", "more parts"))
		}
	}
	switch {
	case imp.State == app.Failed:
		return &parley.Error{Code: parley.Internal, Message: imp.Error}
	case imp.State == app.Undone:
		return &parley.Error{Code: parley.Conflict, Message: "somebody undid the import while it was going on"}
	case imp.SkippedAll > 0:
		return &parley.Error{Code: parley.Invalid, Message: "some parts could not be read", Err: errReported}
	}
	return nil
}

// findUploads looks what the arguments name. A folder stands for the files in it, a Maildir for its mails.
func findUploads(names []string, s std) ([]app.Upload, error) {
	in := &inputs{std: s}
	if err := in.find(names); err != nil {
		return nil, err
	}
	var uploads []app.Upload
	for _, f := range in.files {
		switch {
		case f.err != nil:
			return nil, &parley.Error{Code: parley.CodeOf(f.err), Message: fmt.Sprintf("%s: %v; nothing was imported", f.name, f.err)}
		case f.maildir:
			mails, err := maildirFiles(f.name)
			if err != nil {
				return nil, err
			}
			for _, name := range mails {
				uploads = append(uploads, app.Upload{Name: filepath.Base(name), Body: &lazyFile{name: name, std: s}})
			}
		case f.name == "-":
			uploads = append(uploads, app.Upload{Name: "pasted.txt", Body: s.in})
		default:
			uploads = append(uploads, app.Upload{Name: f.name, Body: &lazyFile{name: f.name, std: s}})
		}
	}
	return uploads, nil
}

// maildirFiles returns the mails of a Maildir in order of name; what is being delivered (tmp) is left alone.
func maildirFiles(dir string) (names []string, err error) {
	for _, sub := range []string{"cur", "new"} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", dir, err)
		}
		for _, e := range entries {
			if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
				names = append(names, filepath.Join(dir, sub, e.Name()))
			}
		}
	}
	return names, nil
}

// A lazyFile is a file that is open only while it is read: there may be more files than can be open.
type lazyFile struct {
	name string
	std  std
	open io.ReadCloser
	done bool
}

func (f *lazyFile) Read(b []byte) (n int, err error) {
	if f.done {
		return 0, io.EOF
	}
	if f.open == nil {
		if f.open, err = openFile(f.name, f.std); err != nil {
			return 0, err
		}
	}
	n, err = f.open.Read(b)
	if err != nil {
		f.done = true
		_ = f.open.Close() // it was read only
	}
	return n, err
}
