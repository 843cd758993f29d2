// Package storetest gives tests a store of each kind: a fresh SQLite file, and a fresh PostgreSQL database
// in a private cluster that is started once for each test binary.
//
//	storetest.Each(t, func(t *testing.T, st *store.Store) { … })
package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/internal/store"
)

// Each runs a test with a store on a fresh SQLite file, and with one on a fresh PostgreSQL database where
// there is a server. Both are migrated.
func Each(t *testing.T, test func(t *testing.T, st *store.Store)) {
	t.Helper()
	EachDSN(t, func(t *testing.T, dsn string) { test(t, Open(t, dsn)) })
}

// EachDSN runs a test with the address of a fresh SQLite file, and with that of a fresh PostgreSQL database
// where there is a server.
func EachDSN(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t))
	})
}

// SQLite returns the path of a SQLite file that is not there yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "parley.db")
}

// Open opens and migrates a store, and closes it after the test.
func Open(t testing.TB, dsn string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), dsn, store.Options{MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return st
}

var databases atomic.Int64

// Postgres returns the address of a fresh PostgreSQL database, which is dropped after the test. Without a
// server it skips the test, or fails it in CI, where everything must have run.
func Postgres(t testing.TB) string {
	t.Helper()
	server, err := cluster()
	if errors.Is(err, errNoServer) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("parley_%d_%d", os.Getpid(), databases.Add(1))
	administer(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { administer(t, server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	address.Path = "/" + name
	return address.String()
}

func administer(t testing.TB, server, query string) {
	t.Helper()
	ctx := context.Background() // that of the test is over when it cleans up
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, query); err != nil {
		t.Error(err)
	}
}

// Server returns the address of a server that keeps what it commits, started for this process; for
// measurements, in which what a commit costs counts.
func Server() (string, error) { return start("-c", "fsync=on") }

// Variable names what may hold the address of a PostgreSQL server to use instead of a private one.
const Variable = "PARLEY_TEST_POSTGRES"

var errNoServer = errors.New("left out PostgreSQL: there is no server; install it (apt-get install postgresql) or set " + Variable)

// held is what the servers' keepers read: it is open as long as this process lives.
var held []io.Closer

// cluster returns the address of the server, started when it is first asked for. It ends with this process.
var cluster = sync.OnceValues(func() (string, error) { return start("-F", "-c", "full_page_writes=off") })

// start starts a server with settings, unless there is one to use.
func start(settings ...string) (string, error) {
	if dsn := os.Getenv(Variable); dsn != "" {
		return dsn, nil
	}
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "parley-pg-")
	if err != nil {
		return "", err
	}
	attributes, err := unprivileged(dir)
	if err != nil {
		return "", err
	}
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir = dir
		cmd.SysProcAttr = attributes
		return cmd
	}
	data := filepath.Join(dir, "data")
	if out, err := command("initdb", "-D", data, "-U", "parley", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync").CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	// The shell waits on its input, which ends with this process however that ends, and then stops the server
	// and clears up. A crash of the tests leaves nothing behind.
	script := `dir=$1; shift; "$@" >"$dir/log" 2>&1 & pid=$!
cat >/dev/null; kill -INT $pid; wait $pid; rm -rf "$dir"`
	args := []string{"-c", script, "sh", dir, filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-h", "", "-c", "max_connections=200"}
	watch := exec.Command("sh", append(args, settings...)...)
	watch.Dir = dir
	watch.SysProcAttr = attributes
	keeper, err := watch.StdinPipe()
	if err != nil {
		return "", err
	}
	held = append(held, keeper)
	if err := watch.Start(); err != nil {
		return "", err
	}
	server := "postgres:///postgres?user=parley&host=" + url.QueryEscape(dir)
	return server, answers(server, filepath.Join(dir, "log"))
}

// answers waits until a server that is starting takes connections.
func answers(server, log string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		var conn *pgx.Conn
		if conn, err = pgx.Connect(ctx, server); err == nil {
			return conn.Close(ctx)
		}
		time.Sleep(20 * time.Millisecond) // another process: there is no event to wait for
	}
	said, _ := os.ReadFile(log)
	return fmt.Errorf("PostgreSQL does not start: %w\n%s", err, said)
}

// binaries returns the folder of the newest server that is installed.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errNoServer
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged gives dir to the user postgres where we are root, as whom the server does not run, and
// returns what makes a process theirs.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Setsid: true} // ^C in a terminal is for the tests, and they stop the server
	if os.Getuid() != 0 {
		return attributes, nil
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("root cannot run PostgreSQL, and %w", err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, os.Chown(dir, uid, gid)
}
