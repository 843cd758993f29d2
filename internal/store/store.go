// Package store keeps everything, in SQLite or in PostgreSQL, by one SQL text for both.
//
// A [Store] runs functions in transactions: Read sees one state of the data, Write changes it and is
// serializable. A [Tx] has the queries, one file for each thing. What a query returns is in the words of
// package parley, and its errors carry parley's codes: nothing above knows the driver.
//
//	err := st.Write(ctx, func(tx *store.Tx) error {
//		concern, err := tx.Concern(ctx, space, id)
//		if err != nil {
//			return err
//		}
//		concern.Title = title
//		_, err = tx.UpdateConcern(ctx, concern)
//		return err
//	})
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"

	"parley"
)

// A Store keeps everything, in SQLite or PostgreSQL. It is safe for concurrent use.
type Store struct {
	path  string   // of the SQLite file; empty for PostgreSQL
	write *sqlx.DB // SQLite: one connection, so that writers wait for each other in a fair line
	read  *sqlx.DB // SQLite: others, that cannot write; PostgreSQL: the same as write
	pool  *pgxpool.Pool
}

// Options are settings of a store. The zero value is right for production.
type Options struct {
	FullSync bool // SQLite: keep every commit over power loss too, not only over a crash; a disk sync each
	MaxConns int  // PostgreSQL: connections at most; 0 is 4 for each processor, at least 16
}

// IsPostgres reports whether dsn names a PostgreSQL database and not a SQLite file.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// Open opens the store at dsn: the path of a SQLite file, which is made if it is not there, or a
// "postgres://…" address. Its tables are made by Migrate.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	if IsPostgres(dsn) {
		return openPostgres(ctx, dsn, o)
	}
	return openSQLite(ctx, dsn, o)
}

func openSQLite(ctx context.Context, path string, o Options) (*Store, error) {
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, &parley.Error{Code: parley.Invalid, Field: "db", Message: "the folder of the database cannot be made; name another with --db", Err: err}
		}
	}
	synchronous := "NORMAL"
	if o.FullSync {
		synchronous = "FULL"
	}
	pragmas := url.Values{
		"_pragma": {"journal_mode(WAL)", "synchronous(" + synchronous + ")", "foreign_keys(1)", "cache_size(-16384)"},
	}
	write, err := openFile(path, "_txlock=immediate&"+pragmas.Encode())
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil { // makes the file, and its journal a WAL
		_ = write.Close()
		return nil, problem(fmt.Errorf("open the database: %w", err))
	}
	_ = os.Chmod(path, 0o600) // what people said is nobody else's; some file systems have no such thing
	// Of those that read, each has 2 MB, for there may be many; the system keeps the pages of the file anyway.
	pragmas["_pragma"] = append(pragmas["_pragma"], "query_only(1)", "cache_size(-2048)")
	read, err := openFile(path, pragmas.Encode())
	if err != nil {
		_ = write.Close()
		return nil, err
	}
	read.SetMaxOpenConns(max(8, 2*runtime.NumCPU()))
	read.SetMaxIdleConns(max(8, 2*runtime.NumCPU()))
	read.SetConnMaxIdleTime(time.Minute)
	return &Store{path: path, write: write, read: read}, nil
}

func openPostgres(ctx context.Context, dsn string, o Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, &parley.Error{Code: parley.Invalid, Field: "db", Message: "that is not the address of a PostgreSQL database", Err: err}
	}
	config.MaxConns = int32(max(16, 4*runtime.NumCPU()))
	if o.MaxConns > 0 {
		config.MaxConns = int32(o.MaxConns)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, problem(fmt.Errorf("open the database: %w", err))
	}
	db := sqlx.NewDb(stdlib.OpenDBFromPool(pool), "pgx")
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		pool.Close()
		return nil, &parley.Error{Code: parley.Unavailable, Message: "the database does not answer", Err: err}
	}
	return &Store{write: db, read: db, pool: pool}, nil
}

// Close closes the store. Transactions that are open end first.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.pool != nil {
		s.pool.Close()
		return err
	}
	return errors.Join(err, s.read.Close())
}

// Pool returns the connections to PostgreSQL, nil for SQLite; for the background jobs' engine.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// DB returns the connection that writes to SQLite; for the background jobs' engine.
func (s *Store) DB() *sql.DB { return s.write.DB }

// Read runs fn with one state of the data. fn must not write.
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if s.pool != nil {
		options.Isolation = sql.LevelRepeatableRead
	}
	return s.run(ctx, s.read, options, fn)
}

// Conflicts between writers are settled by trying again, at most this often and for this long.
const (
	writeTries = 50
	writeLong  = 30 * time.Second
)

// Write runs fn in a serializable transaction and commits it, unless fn fails. Where PostgreSQL finds that
// another writer came between, it runs fn again: fn changes nothing but tx and its own result.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	options := &sql.TxOptions{}
	if s.pool != nil {
		options.Isolation = sql.LevelSerializable
	}
	start := time.Now()
	for try := 1; ; try++ {
		err := s.run(ctx, s.write, options, fn)
		if err == nil || !crossed(err) {
			return err
		}
		if try == writeTries || time.Since(start) > writeLong {
			return &parley.Error{Code: parley.Unavailable, Message: "too many people change this at once; try again", Err: err}
		}
		// Chance keeps those who met once from meeting again.
		pause := time.Duration(rand.Int64N(int64(min(2<<min(try, 7), 250)))) * time.Millisecond
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// run runs fn in one transaction.
func (s *Store) run(ctx context.Context, db *sqlx.DB, options *sql.TxOptions, fn func(*Tx) error) (err error) {
	conn, err := db.Connx(ctx)
	if err != nil {
		return problem(fmt.Errorf("connect: %w", err))
	}
	defer conn.Close()
	inner, err := conn.BeginTxx(ctx, options)
	if err != nil {
		return problem(fmt.Errorf("begin: %w", err))
	}
	defer func() {
		if p := recover(); p != nil {
			_ = inner.Rollback()
			panic(p)
		}
	}()
	tx := &Tx{tx: inner, conn: conn, postgres: s.pool != nil}
	if err := fn(tx); err != nil {
		_ = inner.Rollback() // the cause says more
		return err
	}
	if err := inner.Commit(); err != nil {
		return problem(fmt.Errorf("commit: %w", err))
	}
	return nil
}

// A Tx is one transaction, with the queries as its methods. It is for one goroutine.
type Tx struct {
	tx       *sqlx.Tx
	conn     *sqlx.Conn
	postgres bool
}

// SQL returns the transaction itself; for the background jobs' engine on SQLite.
func (tx *Tx) SQL() *sql.Tx { return tx.tx.Tx }

// Pgx runs fn with PostgreSQL's own connection, in the transaction; for the background jobs' engine.
func (tx *Tx) Pgx(fn func(*pgx.Conn) error) error {
	return tx.conn.Raw(func(driver any) error {
		return fn(driver.(*stdlib.Conn).Conn())
	})
}

// get scans one row into dst; what names the thing in the not_found error.
func (tx *Tx) get(ctx context.Context, what string, dst any, query string, args ...any) error {
	err := tx.tx.GetContext(ctx, dst, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return notFound(what)
	}
	return problem(err)
}

// list scans all rows into the slice dst.
func (tx *Tx) list(ctx context.Context, dst any, query string, args ...any) error {
	return problem(tx.tx.SelectContext(ctx, dst, query, args...))
}

// exec runs a statement and returns how many rows it changed.
func (tx *Tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := tx.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, problem(err)
	}
	return result.RowsAffected()
}

// update runs an UPDATE that checks a version, and returns a conflict if it met no row.
func (tx *Tx) update(ctx context.Context, query string, args ...any) error {
	n, err := tx.exec(ctx, query, args...)
	if err == nil && n == 0 {
		return &parley.Error{Code: parley.Conflict, Message: "somebody changed it meanwhile; look again, then decide"}
	}
	return err
}

// insertRows inserts rows, many with one statement. into is "table (column, …)", end stands after the values.
func (tx *Tx) insertRows(ctx context.Context, into, end string, rows [][]any) error {
	const most = 4000 // values in one statement; PostgreSQL and SQLite take some 32,000
	for len(rows) > 0 {
		n := min(len(rows), max(1, most/len(rows[0])))
		var query strings.Builder
		query.WriteString("INSERT INTO " + into + " VALUES ")
		args := make([]any, 0, n*len(rows[0]))
		for i, row := range rows[:n] {
			if i > 0 {
				query.WriteString(", ")
			}
			query.WriteByte('(')
			for j, value := range row {
				if j > 0 {
					query.WriteString(", ")
				}
				args = append(args, value)
				if tx.postgres {
					fmt.Fprintf(&query, "$%d", len(args))
				} else { // to SQLite $1 is a name, and it looks for it among all the names before: 10 times the work
					query.WriteByte('?')
				}
			}
			query.WriteByte(')')
		}
		query.WriteString(" " + end)
		if _, err := tx.exec(ctx, query.String(), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// in returns the condition that what stands before it is in a list, which listOf passes as the argument $n.
func (tx *Tx) in(n int) string { return tx.among("SELECT k.value FROM " + tx.each(n)) }

// among returns the condition that what stands before it is among the values of a query.
func (tx *Tx) among(query string) string {
	if tx.postgres { // as an array they are looked up in an index; as a set, PostgreSQL may compare each with each
		return "= ANY (ARRAY (" + query + "))"
	}
	return "IN (" + query + ")"
}

// each returns a table k of one column, value, with the list that listOf passes as the argument $n.
func (tx *Tx) each(n int) string {
	if tx.postgres {
		return fmt.Sprintf("jsonb_array_elements_text($%d::jsonb) AS k (value)", n)
	}
	return fmt.Sprintf("json_each($%d) AS k", n)
}

// lookUp returns, for each of keys, the conversation that query gives for k.value, if it gives one. A query
// for each key is an index lookup whatever the database believes of a table that has just been filled.
func (tx *Tx) lookUp(ctx context.Context, keys []string, query string, space parley.WorkspaceID, engagement parley.EngagementID) (map[string]parley.ConversationID, error) {
	var rows []struct {
		Key          string                 `db:"key"`
		Conversation *parley.ConversationID `db:"conversation"`
	}
	err := tx.list(ctx, &rows, "SELECT k.value AS key, ("+query+") AS conversation FROM "+tx.each(3), space, engagement, listOf(keys))
	found := make(map[string]parley.ConversationID, len(rows))
	for _, r := range rows {
		if r.Conversation != nil {
			found[r.Key] = *r.Conversation
		}
	}
	return found, err
}

// arg returns clause and the placeholder of the last argument.
func arg(clause string, args []any) string { return fmt.Sprintf("%s$%d", clause, len(args)) }

// placeholders returns n placeholders from $first, with commas.
func placeholders(first, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("$%d", first+i)
	}
	return strings.Join(list, ", ")
}
