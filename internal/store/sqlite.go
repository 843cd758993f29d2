package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
)

// openFile opens a SQLite file, with settings in query as the driver takes them. Its connections wait for one another.
func openFile(path, query string) (*sqlx.DB, error) {
	query = fmt.Sprintf("_busy_timeout=%d&%s", busyTimeout.Milliseconds(), query)
	// A path may have characters that mean something in an address.
	base, err := sqlite.NewConnector((&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query}).String())
	if err != nil {
		return nil, err
	}
	return sqlx.NewDb(sql.OpenDB(connector{base}), "sqlite"), nil
}

// A connector opens connections that remember their statements.
type connector struct{ driver.Connector }

// How long a connection waits for others, and how often one that is being opened tries.
const (
	busyTimeout = 10 * time.Second
	openEvery   = 10 * time.Millisecond
)

// Connect opens a connection. While another turns the journal of a new file into a WAL, or cleans up because it is the
// last to close, SQLite says at once that the file is locked, whatever busy_timeout is: whoever opens it then tries again.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	for until := time.Now().Add(busyTimeout); ; {
		inner, err := c.Connector.Connect(ctx)
		if err == nil {
			return &connection{sqliteConn: inner.(sqliteConn), idle: map[string]driver.Stmt{}}, nil
		}
		if !busy(err) || time.Now().After(until) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(openEvery):
		}
	}
}

// sqliteConn is what database/sql uses of a connection of the driver.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// A connection is one to SQLite that keeps the statements it has run, to run them again: to prepare one of
// ours takes SQLite as long as to run it, or longer.
type connection struct {
	sqliteConn
	idle map[string]driver.Stmt // by their text; one that is running is not among them
}

// What a connection keeps: enough for every query there is, and no INSERT of many rows, which hardly comes again.
const (
	statementsMost = 300
	statementLong  = 6000
)

// take returns a statement, which the caller must put back or close.
func (c *connection) take(ctx context.Context, query string) (driver.Stmt, error) {
	if s, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return s, nil
	}
	return c.PrepareContext(ctx, query)
}

// put keeps a statement that has run without an error.
func (c *connection) put(query string, s driver.Stmt) error {
	if _, twice := c.idle[query]; twice || len(query) > statementLong {
		return s.Close()
	}
	var err error
	if len(c.idle) >= statementsMost {
		err = c.forget()
	}
	c.idle[query] = s
	return err
}

// forget closes the statements.
func (c *connection) forget() (err error) {
	for query, s := range c.idle {
		err = errors.Join(err, s.Close())
		delete(c.idle, query)
	}
	return err
}

// Close closes the connection.
func (c *connection) Close() error { return errors.Join(c.forget(), c.sqliteConn.Close()) }

// ExecContext runs a statement that returns no rows.
func (c *connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.(driver.StmtExecContext).ExecContext(ctx, args)
	if err != nil {
		_ = s.Close() // says the same
		return nil, err
	}
	return result, c.put(query, s)
}

// QueryContext runs a statement that returns rows.
func (c *connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		_ = s.Close() // says the same
		return nil, err
	}
	return &results{Rows: rows, of: c, query: query, statement: s}, nil
}

// BeginTx begins a transaction.
func (c *connection) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if !o.ReadOnly {
		return c.sqliteConn.BeginTx(ctx, o)
	}
	if _, err := c.ExecContext(ctx, "BEGIN", nil); err != nil {
		return nil, err
	}
	return reading{c}, nil
}

// A reading is a transaction that only reads: how it ends makes no difference.
type reading struct{ of *connection }

// Commit ends it.
func (r reading) Commit() error { return r.Rollback() }

// Rollback ends it.
func (r reading) Rollback() error {
	_, err := r.of.ExecContext(context.Background(), "ROLLBACK", nil)
	return err
}

// results are the rows of a statement, which is free again once they are closed.
type results struct {
	driver.Rows
	of        *connection
	query     string
	statement driver.Stmt
}

// Close ends the statement's run.
func (r *results) Close() error {
	if err := r.Rows.Close(); err != nil {
		_ = r.statement.Close() // says the same
		return err
	}
	return r.of.put(r.query, r.statement)
}
