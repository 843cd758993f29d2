package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"parley"
)

func notFound(what string) error {
	return &parley.Error{Code: parley.NotFound, Message: "there is no such " + what}
}

// problem gives an error of a driver the code that says what the caller can do. It is the one place that
// knows the drivers' errors.
func problem(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var known *parley.Error
	if errors.As(err, &known) {
		return err
	}
	var s *sqlite.Error
	if errors.As(err, &s) {
		switch s.Code() {
		case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE:
			return &parley.Error{Code: parley.Conflict, Message: "it is there already", Err: err}
		}
		switch s.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return &parley.Error{Code: parley.Unavailable, Message: "the database is busy; try again", Err: err}
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
			return &parley.Error{Code: parley.Unavailable, Message: "the disk does not take what is to be kept; see whether it is full", Err: err}
		case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
			return &parley.Error{Code: parley.Invalid, Field: "db", Message: "that file cannot be used as a database; name another with --db", Err: err}
		case sqlite3.SQLITE_INTERRUPT:
			return errors.Join(context.Canceled, err)
		}
		return err
	}
	var p *pgconn.PgError
	if errors.As(err, &p) {
		switch {
		case p.Code == "23505":
			return &parley.Error{Code: parley.Conflict, Message: "it is there already", Err: err}
		case p.Code[:2] == "08", p.Code[:2] == "53", p.Code == "57P01", p.Code == "57P02", p.Code == "57P03":
			return &parley.Error{Code: parley.Unavailable, Message: "the database does not answer; try again", Err: err}
		}
		return err
	}
	var n net.Error
	if errors.As(err, &n) || errors.Is(err, sql.ErrConnDone) {
		return &parley.Error{Code: parley.Unavailable, Message: "the database does not answer; try again", Err: err}
	}
	return err
}

// busy reports whether SQLite found a file locked by others.
func busy(err error) bool {
	var s *sqlite.Error
	return errors.As(err, &s) && s.Code()&0xff == sqlite3.SQLITE_BUSY
}

// crossed reports whether PostgreSQL gave a transaction up because another came between.
func crossed(err error) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) && (p.Code == "40001" || p.Code == "40P01")
}

var errPostgresBackup = &parley.Error{Code: parley.Invalid, Field: "db", Message: "back up PostgreSQL with its own pg_dump"}

func newer(m Migration) error {
	return &parley.Error{
		Code: parley.Invalid, Field: "db",
		Message: fmt.Sprintf("the database is of a newer Parley (version %d; this one knows %d): use that one", m.From, m.To),
	}
}
