// Package jobs runs what takes longer than an answer: it keeps work in the store's own database by River,
// so that a piece of work is there exactly if the transaction that asked for it is.
//
// A [Queue] is told what each kind of work does. Work is short, some seconds, and may run twice or again
// after a crash: what it does must bear that.
//
//	q, err := jobs.New(st, jobs.Workers{Import: workImport, Reread: reread}, log)
//	err = st.Write(ctx, func(tx *store.Tx) error { … return q.Import(ctx, tx, ref) })
//	err = q.Run(ctx)
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"parley"
	"parley/internal/store"
)

// Workers are what is done for each kind of work.
type Workers struct {
	Import func(context.Context, store.ImportRef) error    // goes on with an import for some time
	Reread func(context.Context) error                     // reads messages again whose speakers changed sides
	Learn  func(context.Context, parley.WorkspaceID) error // learns from what was decided in a workspace
}

type importArgs struct {
	Space parley.WorkspaceID `json:"space"`
	ID    parley.ImportID    `json:"id"`
}

// Kind is what River calls this work.
func (importArgs) Kind() string { return "import" }

type rereadArgs struct{}

// Kind is what River calls this work.
func (rereadArgs) Kind() string { return "reread" }

type learnArgs struct {
	Space parley.WorkspaceID `json:"space"`
}

// Kind is what River calls this work.
func (learnArgs) Kind() string { return "learn" }

// workerMost is how many pieces of work one process does at a time: each keeps a processor busy.
const workerMost = 2

// Work that takes longer than the first is cancelled; after the second, River takes it to be lost. What is
// lost in a crash is taken up much sooner, by the lease of the import.
const (
	workMost  = 5 * time.Minute
	lostAfter = 10 * time.Minute
)

// Migrate makes River's tables.
func Migrate(ctx context.Context, st *store.Store) error {
	if st.Pool() != nil {
		return migrate(ctx, riverpgxv5.New(st.Pool()))
	}
	return migrate(ctx, riversqlite.New(st.DB()))
}

func migrate[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// A Queue keeps work and does it.
type Queue struct {
	insert func(ctx context.Context, tx *store.Tx, args river.JobArgs, o *river.InsertOpts) error
	start  func(context.Context) error
	stop   func(context.Context) error
}

// New returns the queue of a store, whose tables Migrate has made. log may be nil.
func New(st *store.Store, w Workers, log *slog.Logger) (*Queue, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[importArgs]) error {
		return w.Import(ctx, store.ImportRef{Space: job.Args.Space, ID: job.Args.ID})
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[rereadArgs]) error { return w.Reread(ctx) }))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[learnArgs]) error { return w.Learn(ctx, job.Args.Space) }))
	config := &river.Config{
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workerMost}},
		Workers:                     workers,
		Logger:                      slog.New(warnings{log.Handler()}),
		JobTimeout:                  workMost,
		RescueStuckJobsAfter:        lostAfter,
		CompletedJobRetentionPeriod: time.Hour,
	}
	if st.Pool() != nil {
		client, err := river.NewClient(riverpgxv5.New(st.Pool()), config)
		if err != nil {
			return nil, fmt.Errorf("background jobs: %w", err)
		}
		return &Queue{start: client.Start, stop: client.StopAndCancel, insert: func(ctx context.Context, tx *store.Tx, args river.JobArgs, o *river.InsertOpts) error {
			return tx.Pgx(func(conn *pgx.Conn) error {
				_, err := client.InsertTx(ctx, openTx{conn}, args, o)
				return err
			})
		}}, nil
	}
	config.PollOnly = true // SQLite tells nobody of new work
	config.FetchPollInterval = 300 * time.Millisecond
	client, err := river.NewClient(riversqlite.New(st.DB()), config)
	if err != nil {
		return nil, fmt.Errorf("background jobs: %w", err)
	}
	return &Queue{start: client.Start, stop: client.StopAndCancel, insert: func(ctx context.Context, tx *store.Tx, args river.JobArgs, o *river.InsertOpts) error {
		_, err := client.InsertTx(ctx, tx.SQL(), args, o)
		return err
	}}, nil
}

// warnings passes on what River warns of; it has much to say when all is well.
type warnings struct{ slog.Handler }

// Enabled reports whether a record of the level is passed on.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs returns a handler that passes on as w does.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup returns a handler that passes on as w does.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }

// Import asks, as part of tx, to go on with an import.
func (q *Queue) Import(ctx context.Context, tx *store.Tx, ref store.ImportRef) error {
	return q.insert(ctx, tx, importArgs{Space: ref.Space, ID: ref.ID}, nil)
}

// Reread asks, as part of tx, to read messages again whose speakers changed sides.
func (q *Queue) Reread(ctx context.Context, tx *store.Tx) error {
	return q.insert(ctx, tx, rereadArgs{}, nil)
}

// Learn asks, as part of tx, to learn from what was decided in a workspace, at a time.
func (q *Queue) Learn(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, at time.Time) error {
	return q.insert(ctx, tx, learnArgs{Space: space}, &river.InsertOpts{ScheduledAt: at})
}

// Run does the work there is and that comes, until ctx is done. It then cancels what is being done.
func (q *Queue) Run(ctx context.Context) error {
	if err := q.start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start background jobs: %w", err)
	}
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := q.stop(stopping); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop background jobs: %w", err)
	}
	return nil
}
