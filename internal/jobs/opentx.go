package jobs

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// An openTx lets River write in a transaction that database/sql began on a connection and will end: River
// takes a pgx.Tx, and this is as much of one as it needs.
type openTx struct{ conn *pgx.Conn }

var errNotOurs = errors.New("the transaction is the store's to end")

// Begin makes a savepoint, which River may end.
func (t openTx) Begin(ctx context.Context) (pgx.Tx, error) {
	if _, err := t.conn.Exec(ctx, "SAVEPOINT river"); err != nil {
		return nil, err
	}
	return savepoint{t}, nil
}

func (t openTx) Commit(context.Context) error   { return errNotOurs }
func (t openTx) Rollback(context.Context) error { return errNotOurs }
func (t openTx) Conn() *pgx.Conn                { return t.conn }

func (t openTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return t.conn.Exec(ctx, sql, args...)
}

func (t openTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.conn.Query(ctx, sql, args...)
}

func (t openTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.conn.QueryRow(ctx, sql, args...)
}

func (t openTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return t.conn.CopyFrom(ctx, table, columns, rows)
}

func (t openTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return t.conn.SendBatch(ctx, b)
}

func (t openTx) LargeObjects() pgx.LargeObjects { panic("River keeps no large objects") }

func (t openTx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return t.conn.Prepare(ctx, name, sql)
}

// A savepoint is a part of an openTx that River may take back.
type savepoint struct{ openTx }

func (s savepoint) Commit(ctx context.Context) error {
	_, err := s.conn.Exec(ctx, "RELEASE SAVEPOINT river")
	return err
}

func (s savepoint) Rollback(ctx context.Context) error {
	_, err := s.conn.Exec(ctx, "ROLLBACK TO SAVEPOINT river")
	return err
}
