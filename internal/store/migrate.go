package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// A Migration says what Migrate did.
type Migration struct {
	From, To int64  // versions of the tables; 0 is none
	Backup   string // the file that SQLite was copied to first; empty if there was nothing to keep
}

// migrating is the key of the lock under which replicas migrate one after the other.
const migrating = 7171_0001

// Migrate brings the tables to the version of this program, and runs others in the same way, such as the
// background jobs' engine. A SQLite file that has tables is copied beside itself first. Data of a newer
// program is refused.
func (s *Store) Migrate(ctx context.Context, others ...func(context.Context) error) (m Migration, err error) {
	if s.pool != nil {
		conn, err := s.pool.Acquire(ctx)
		if err != nil {
			return m, problem(fmt.Errorf("connect: %w", err))
		}
		defer conn.Release()
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrating)); err != nil {
			return m, problem(fmt.Errorf("lock: %w", err))
		}
		defer func() {
			_, unlocked := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrating))
			err = errors.Join(err, unlocked)
		}()
		return s.migrate(ctx, others)
	}
	// SQLite has no such lock. Where another process makes the same tables, this one fails, and finds them
	// made when it looks again.
	const tries = 3
	for try := 1; ; try++ {
		if m, err = s.migrate(ctx, others); err == nil || try == tries || ctx.Err() != nil {
			return m, err
		}
	}
}

func (s *Store) migrate(ctx context.Context, others []func(context.Context) error) (m Migration, err error) {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return m, err
	}
	dialect := goose.DialectSQLite3
	if s.pool != nil {
		dialect = goose.DialectPostgres
	}
	provider, err := goose.NewProvider(dialect, s.write.DB, sub, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return m, fmt.Errorf("read the migrations: %w", err)
	}
	m.From, m.To, err = provider.GetVersions(ctx)
	if err != nil {
		return m, problem(fmt.Errorf("look at the tables' version: %w", err))
	}
	if m.From > m.To {
		return m, newer(m)
	}
	if m.From > 0 && m.From < m.To && s.path != "" {
		m.Backup = fmt.Sprintf("%s.v%d.backup", s.path, m.From)
		_ = os.Remove(m.Backup) // of an earlier try that failed
		if err := s.Backup(ctx, m.Backup); err != nil {
			return m, err
		}
	}
	if _, err := provider.Up(ctx); err != nil {
		return m, problem(fmt.Errorf("migrate: %w", err))
	}
	for _, other := range others {
		if err := other(ctx); err != nil {
			return m, problem(fmt.Errorf("migrate: %w", err))
		}
	}
	return m, nil
}

// Backup copies a SQLite store to a new file, while others go on with it.
func (s *Store) Backup(ctx context.Context, file string) error {
	if s.path == "" {
		return errPostgresBackup
	}
	db, err := openFile(s.path, "") // a reader of ours may do nothing of the kind
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO $1", file); err != nil {
		return problem(fmt.Errorf("back up: %w", err))
	}
	_ = os.Chmod(file, 0o600)
	return nil
}

// Schema returns the tables and their columns in order, "table.column type", as both databases name them.
func (s *Store) Schema(ctx context.Context) (columns []string, err error) {
	query := `SELECT t.name || '.' || c.name || ' ' || LOWER(c.type) FROM sqlite_master t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' ORDER BY t.name, c.cid`
	if s.pool != nil {
		query = `SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
			WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`
	}
	err = s.Read(ctx, func(tx *Tx) error { return tx.list(ctx, &columns, query) })
	kept := columns[:0]
	for _, c := range columns {
		if !strings.HasPrefix(c, "river_") && !strings.HasPrefix(c, "goose_") && !strings.HasPrefix(c, "sqlite_") { // not ours
			kept = append(kept, c)
		}
	}
	return kept, err
}

// analyzed is the number of rows from which what PostgreSQL believes of a table is left to its autovacuum.
const analyzed = 20_000

// Analyze lets PostgreSQL look at the tables that an import fills, while they are small. Until it has, it
// believes that they are empty, and takes any index for as good as another: looking up 200 messages among
// 5,000 took 600 ms, and 5 ms after.
func (s *Store) Analyze(ctx context.Context) error {
	if s.pool == nil {
		return nil
	}
	var rows float64
	err := s.pool.QueryRow(ctx, "SELECT reltuples FROM pg_class WHERE oid = 'message'::regclass").Scan(&rows)
	if err != nil || rows >= analyzed {
		return problem(err)
	}
	_, err = s.pool.Exec(ctx, "ANALYZE message, finding, conversation, stakeholder, import, import_file")
	return problem(err)
}
