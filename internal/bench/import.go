package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"parley/internal/app"
	"parley/internal/store"
	"parley/internal/store/storetest"
)

// importing measures imports into both databases, each beside inserting the rows that came of it and nothing else.
func importing(ctx context.Context, dir string, n int) error {
	mail, err := threads(n)
	if err != nil {
		return err
	}
	spoken, err := transcript(n)
	if err != nil {
		return err
	}
	fmt.Println("| import | database | messages | findings | messages/s | bare inserts: messages/s | import / bare |")
	fmt.Println("|---|---|---:|---:|---:|---:|---:|")
	for _, in := range []struct {
		name string
		data []byte
	}{{"thread.mbox", mail}, {"meeting.vtt", spoken}} {
		for _, name := range []string{"SQLite", "PostgreSQL"} {
			dsns, err := fresh(ctx, dir, name, in.name)
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
				continue
			}
			if err := importRow(ctx, name, dsns, in.name, in.data); err != nil {
				return fmt.Errorf("%s into %s: %w", in.name, name, err)
			}
		}
	}
	fmt.Println()
	return nil
}

func importRow(ctx context.Context, database string, dsns [2]string, name string, data []byte) error {
	k, err := keep(ctx, dsns[0])
	if err != nil {
		return err
	}
	imp, took, err := k.imports(ctx, app.Upload{Name: name, Body: bytes.NewReader(data)})
	if err := errors.Join(err, k.close()); err != nil {
		return err
	}
	inserted, err := bare(ctx, dsns[0], dsns[1])
	if err != nil {
		return fmt.Errorf("bare inserts: %w", err)
	}
	rate, bareRate := float64(imp.New)/took.Seconds(), float64(imp.New)/inserted.Seconds()
	fmt.Printf("| %s, %.1f MB | %s | %d | %d | %.0f | %.0f | %.2f |\n", name, float64(len(data))/1e6, database, imp.New, imp.Findings, rate, bareRate, rate/bareRate)
	return nil
}

var server string // the address of the PostgreSQL server, once it is started

// fresh returns two databases that are not there yet, or that are empty.
func fresh(ctx context.Context, dir, database, name string) (dsns [2]string, err error) {
	for i := range dsns {
		id := fmt.Sprintf("%s_%d", strings.NewReplacer(".", "_").Replace(name), i)
		if database == "SQLite" {
			dsns[i] = filepath.Join(dir, id+".db")
			continue
		}
		if server == "" {
			if server, err = storetest.Server(); err != nil {
				return dsns, err
			}
		}
		if dsns[i], err = createDatabase(ctx, "bench_"+id); err != nil {
			return dsns, err
		}
	}
	return dsns, nil
}

func createDatabase(ctx context.Context, name string) (string, error) {
	db, err := sql.Open("pgx", server)
	if err != nil {
		return "", err
	}
	defer db.Close()
	for _, query := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name} {
		if _, err := db.ExecContext(ctx, query); err != nil {
			return "", err
		}
	}
	address, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	address.Path = "/" + name
	return address.String(), nil
}

// bare inserts the messages and findings of one database into another, which it makes, with nothing but
// database/sql: as many rows in a statement and messages in a transaction as the import has.
func bare(ctx context.Context, from, to string) (time.Duration, error) {
	st, err := store.Open(ctx, to, store.Options{})
	if err != nil {
		return 0, err
	}
	_, err = app.Migrate(ctx, st)
	if err := errors.Join(err, st.Close()); err != nil {
		return 0, err
	}
	src, err := openBare(from)
	if err != nil {
		return 0, err
	}
	defer src.Close()
	dst, err := openBare(to)
	if err != nil {
		return 0, err
	}
	defer dst.Close()
	for _, name := range []string{"workspace", "member", "engagement", "stakeholder", "import", "conversation"} { // what the rows refer to
		t, err := readTable(ctx, src, name)
		if err != nil {
			return 0, err
		}
		if err := insert(ctx, dst, batch{t, t.rows}); err != nil {
			return 0, err
		}
	}
	batches, err := chunks(ctx, src)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	for i, b := range batches {
		if err := insert(ctx, dst, b...); err != nil {
			return 0, err
		}
		if store.IsPostgres(to) && slices.Contains([]int{0, 4, 24}, i) { // as the import does: else it looks what a row refers to up by any index
			if _, err := dst.ExecContext(ctx, "ANALYZE message, finding"); err != nil {
				return 0, err
			}
		}
	}
	return time.Since(began), nil
}

// openBare opens a database with the settings that the store opens it with.
func openBare(dsn string) (*sql.DB, error) {
	driver := "pgx"
	if !store.IsPostgres(dsn) {
		driver = "sqlite"
		dsn = "file:" + dsn + "?_txlock=immediate&" + url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)", "cache_size(-16384)"}}.Encode()
	}
	db, err := sql.Open(driver, dsn)
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// A table is a table with its rows.
type table struct {
	name    string
	columns []string
	rows    [][]any
}

// A batch is rows to insert into a table.
type batch struct {
	*table
	rows [][]any
}

func readTable(ctx context.Context, db *sql.DB, name string) (*table, error) {
	rows, err := db.QueryContext(ctx, "SELECT * FROM "+name+" ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	t := &table{name: name}
	if t.columns, err = rows.Columns(); err != nil {
		return nil, err
	}
	for rows.Next() {
		row, refs := make([]any, len(t.columns)), make([]any, len(t.columns))
		for i := range row {
			refs[i] = &row[i]
		}
		if err := rows.Scan(refs...); err != nil {
			return nil, err
		}
		t.rows = append(t.rows, row)
	}
	return t, rows.Err()
}

// column returns where in a row a column stands.
func (t *table) column(name string) int {
	for i, c := range t.columns {
		if c == name {
			return i
		}
	}
	panic("no column " + name)
}

// chunks returns the messages, 200 at a time, each time with their findings.
func chunks(ctx context.Context, db *sql.DB) ([][]batch, error) {
	messages, err := readTable(ctx, db, "message")
	if err != nil {
		return nil, err
	}
	findings, err := readTable(ctx, db, "finding")
	if err != nil {
		return nil, err
	}
	const each = 200
	var list [][]batch
	at := map[any]int{}
	for i, row := range messages.rows {
		if i%each == 0 {
			list = append(list, []batch{{table: messages}, {table: findings}})
		}
		m := &list[i/each][0]
		m.rows = append(m.rows, row)
		at[row[messages.column("id")]] = i / each
	}
	for _, row := range findings.rows {
		f := &list[at[row[findings.column("message")]]][1]
		f.rows = append(f.rows, row)
	}
	return list, nil
}

// insert inserts batches in one transaction, at most 4,000 values with one statement.
func insert(ctx context.Context, db *sql.DB, batches ...batch) error {
	_, postgres := db.Driver().(*stdlib.Driver)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing once it is committed
	for _, b := range batches {
		for rows := b.rows; len(rows) > 0; {
			n := min(len(rows), 4000/len(b.columns))
			if err := insertRows(ctx, tx, postgres, b.table, rows[:n]); err != nil {
				return fmt.Errorf("%s: %w", b.name, err)
			}
			rows = rows[n:]
		}
	}
	return tx.Commit()
}

func insertRows(ctx context.Context, tx *sql.Tx, postgres bool, t *table, rows [][]any) error {
	var query strings.Builder
	query.WriteString("INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES ")
	args := make([]any, 0, len(rows)*len(t.columns))
	for i, row := range rows {
		if i > 0 {
			query.WriteString(", ")
		}
		for j, value := range row {
			query.WriteByte([]byte("(,")[min(j, 1)])
			args = append(args, value)
			if postgres {
				fmt.Fprintf(&query, "$%d", len(args))
			} else { // to SQLite $1 is a name to look for: ten times the work
				query.WriteByte('?')
			}
		}
		query.WriteByte(')')
	}
	_, err := tx.ExecContext(ctx, query.String(), args...)
	return err
}
