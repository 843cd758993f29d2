package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
)

// A database is the flag of every command that works on what is kept.
type database struct {
	DB string `env:"PARLEY_DB" placeholder:"FILE|postgres://…" help:"The database: a SQLite file or the address of a PostgreSQL database. Default: parley.db in your data folder."`
}

// open opens the store and the app on it, for close to be called after.
func (d database) open(ctx context.Context) (a *app.App, closeStore func() error, err error) {
	st, err := d.store(ctx)
	if err != nil {
		return nil, nil, err
	}
	a, err = app.New(ctx, st, app.Options{})
	if err != nil {
		_ = st.Close()
		return nil, nil, err
	}
	return a, st.Close, nil
}

// openThere is open for what makes no database: it reports not_found where there is no file.
func (d database) openThere(ctx context.Context) (a *app.App, closeStore func() error, err error) {
	if err := d.locate(); err != nil {
		return nil, nil, err
	}
	if !store.IsPostgres(d.DB) {
		if _, err := os.Stat(d.DB); errors.Is(err, os.ErrNotExist) {
			return nil, nil, &parley.Error{Code: parley.NotFound, Field: "db", Message: fmt.Sprintf("there is no database %s; name another with --db, or make this one with parley serve", d.DB)}
		}
	}
	return d.open(ctx)
}

func (d database) store(ctx context.Context) (*store.Store, error) {
	if err := d.locate(); err != nil {
		return nil, err
	}
	return store.Open(ctx, d.DB, store.Options{})
}

// locate fills in where the database is if it was not said.
func (d *database) locate() error {
	if d.DB != "" {
		return nil
	}
	dir, err := dataFolder()
	if err == nil {
		d.DB = filepath.Join(dir, "parley.db")
	}
	return err
}

// An operator is who uses a command: whoever has the database may act for its members.
type operator struct {
	database
	As string `env:"PARLEY_AS" placeholder:"EMAIL" help:"The member to act for. Default: the first owner."`
}

// with opens the app, runs fn for the member, and closes it.
func (o operator) with(ctx context.Context, fn func(a *app.App, by parley.Actor) error) (err error) {
	a, closeStore, err := o.openThere(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if closed := closeStore(); err == nil {
			err = closed
		}
	}()
	by, err := a.Operator(ctx, o.As)
	if err != nil {
		return err
	}
	return fn(a, by)
}

// askPassword reads a password: from the terminal, unseen, or the first line of standard input.
func askPassword(s std) (string, error) {
	if s.asks {
		fmt.Fprint(s.err, "Password: ")
		password, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(s.err)
		return string(password), err
	}
	line, err := bufio.NewReader(s.in).ReadString('\n')
	if err == io.EOF {
		err = nil
	}
	if line = strings.TrimRight(line, "\r\n"); err == nil && line == "" {
		err = &parley.Error{Code: parley.Invalid, Field: "password", Message: "write the password to standard input, in one line"}
	}
	return line, err
}
