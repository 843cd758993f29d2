// Package app is what people do with Parley: one method of [App] for each, which says who may, and does it
// in one transaction together with its entry in the history.
//
// Every method that takes an Actor asks the Actor's rules itself, and its errors carry parley's codes. Who
// may not see a thing is told that there is none. What takes long is work for [App.Run].
//
//	a, err := app.New(ctx, st, app.Options{})
//	go a.Run(ctx)
//	by, err := a.ActorOf(ctx, member)
//	imp, err := a.StartImport(ctx, by, engagement, []app.Upload{{Name: "thread.mbox", Body: file}})
package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"time"

	"parley"
	"parley/internal/jobs"
	"parley/internal/store"
)

// An App carries out what people ask for. It is safe for concurrent use.
type App struct {
	store    *store.Store
	queue    *jobs.Queue
	o        Options
	hashing  chan struct{} // room for those who are hashing a password
	compared *comparisons  // how alike concerns are
	texts    *texts        // read lately
	models   *models       // of workspaces, ready to be used
	tx       *store.Tx     // what this App's methods are part of, nil but within Once
}

// Options are what an App takes from outside. The zero value is right for production.
type Options struct {
	Now   func() time.Time       // the clock; nil is time.Now
	NewID func(time.Time) string // the letters and digits of ids; nil is parley.IDs.New
	Log   *slog.Logger           // nil: nothing is logged
	Demo  bool                   // load the sample case into a store that is empty
	Wait  time.Duration          // how long after a decision the model learns from it, with what comes meanwhile; 0 is 20 s
	Lease time.Duration          // how long a worker that is not heard of keeps its import; 0 is 10 s
}

// New migrates the store, and returns an App on it. The store stays the caller's to close, after the App.
func New(ctx context.Context, st *store.Store, o Options) (*App, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = new(parley.IDs).New
	}
	if o.Lease <= 0 {
		o.Lease = 10 * time.Second
	}
	if o.Wait <= 0 {
		o.Wait = 20 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &App{store: st, o: o, hashing: make(chan struct{}, 4), models: newModels(), texts: &texts{by: map[phrase]reading{}}, compared: &comparisons{by: map[parley.EngagementID]*comparison{}}}
	done, err := Migrate(ctx, st)
	if err != nil {
		return nil, err
	}
	if done.From != done.To {
		o.Log.Info("tables migrated", "from", done.From, "to", done.To, "backup", done.Backup)
	}
	a.queue, err = jobs.New(st, jobs.Workers{Import: a.workImport, Reread: a.reread, Learn: a.learn}, o.Log)
	if err != nil {
		return nil, err
	}
	if o.Demo {
		if err := a.loadDemo(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Migrate brings the tables of a store to the version of this program, as New does, and says what it did.
func Migrate(ctx context.Context, st *store.Store) (store.Migration, error) {
	return st.Migrate(ctx, func(ctx context.Context) error { return jobs.Migrate(ctx, st) })
}

// Run does the background work there is and that comes, until ctx is done.
func (a *App) Run(ctx context.Context) error {
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		a.watchImports(ctx)
	}()
	err := a.queue.Run(ctx)
	<-watched
	return err
}

// read runs fn with one state of the data.
func (a *App) read(ctx context.Context, fn func(*store.Tx) error) error {
	if a.tx != nil {
		return fn(a.tx)
	}
	return a.store.Read(ctx, fn)
}

// write runs fn in a transaction, perhaps more than once.
func (a *App) write(ctx context.Context, fn func(*store.Tx) error) error {
	if a.tx != nil {
		return fn(a.tx)
	}
	return a.store.Write(ctx, fn)
}

// now is the time, to the millisecond.
func (a *App) now() time.Time { return a.o.Now().UTC().Truncate(time.Millisecond) }

// newID returns an id with the prefix of its kind.
func newID[T ~string](a *App, prefix string, now time.Time) T {
	return T(prefix + "_" + a.o.NewID(now))
}

// A happening is what goes into the history.
type happening struct {
	kind       string
	engagement parley.EngagementID
	subject    string
	data       any // ids and labels, no words of people; nil is none
}

// record adds what by did to the history, as part of tx.
func (a *App) record(ctx context.Context, tx *store.Tx, by parley.Actor, now time.Time, h happening) error {
	e := parley.Event{
		ID: newID[parley.EventID](a, "evt", now), Space: by.Space, Time: now, By: by.Member, Kind: h.kind, Engagement: h.engagement, Subject: h.subject,
	}
	if h.data != nil {
		data, err := json.Marshal(h.data)
		if err != nil {
			return err
		}
		e.Data = data
	}
	return tx.AppendEvent(ctx, e)
}

// engagement returns an engagement that by may read.
func (a *App) engagement(ctx context.Context, tx *store.Tx, by parley.Actor, id parley.EngagementID) (parley.Engagement, error) {
	if by.Member == "" {
		return parley.Engagement{}, by.MayRead(parley.Engagement{})
	}
	e, err := tx.Engagement(ctx, by.Space, id)
	if err != nil {
		return parley.Engagement{}, err
	}
	if err := by.MayRead(e); err != nil {
		return parley.Engagement{}, err
	}
	return e, nil
}

// of returns err, but says of a thing in an engagement that by may not see that there is no such thing.
func of(what string, err error) error {
	if parley.CodeOf(err) == parley.NotFound {
		return &parley.Error{Code: parley.NotFound, Message: "there is no such " + what}
	}
	return err
}

// Limits of a page of a list.
const (
	limitDefault = 50
	limitMost    = 200
)

func pageLimit(limit int) (int, error) {
	if limit < 0 || limit > limitMost {
		return 0, &parley.Error{Code: parley.Invalid, Field: "limit", Message: "ask for 1 to 200 at a time"}
	}
	if limit == 0 {
		return limitDefault, nil
	}
	return limit, nil
}

// cursorOf returns a place in a list as a cursor.
func cursorOf(place any) string {
	data, err := json.Marshal(place)
	if err != nil {
		panic(err) // places are plain values
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// parseCursor reads a cursor into a place; "" is the start.
func parseCursor(cursor string, place any) error {
	if cursor == "" {
		return nil
	}
	data, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(data, place)
	}
	if err != nil {
		return &parley.Error{Code: parley.Invalid, Field: "cursor", Message: "that is not a cursor of this list", Err: err}
	}
	return nil
}
