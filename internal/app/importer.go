package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"runtime/debug"
	"slices"
	"time"

	"parley"
	"parley/diagnose"
	"parley/internal/store"
	"parley/listen"
)

// How an import is worked: in slices, so that others have their turn; each slice in chunks, one transaction
// each. A worker that is not heard of for Options.Lease is taken for dead, and another goes on after its last
// chunk.
const (
	sliceLong  = time.Minute
	chunkMost  = 200     // messages in one transaction
	chunkBytes = 4 << 20 // of text in one transaction, but for the last message
	contextual = 64      // messages before the first that the reader must have seen: diagnose remembers as many
)

// analyzeAfter lists the chunks of a slice after which the database is to look at what it has.
var analyzeAfter = []int{1, 5, 25, 125}

var (
	errLost    = errors.New("another worker has the import")
	errChanged = errors.New("what the import builds on was changed")
)

// watchImports takes up the imports of workers that died, and drops uploads that broke off, until ctx is done.
func (a *App) watchImports(ctx context.Context) {
	a.say(ctx, "what was learned for an earlier model not made anew", a.relearn(ctx))
	a.say(ctx, "messages to be read again not taken up", a.write(ctx, func(tx *store.Tx) error {
		unread, err := tx.UnreadConversations(ctx, 1)
		if err != nil || len(unread) == 0 {
			return err
		}
		return a.queue.Reread(ctx, tx)
	}))
	// What is under way now is of workers that may have died with this machine's last process. If one lives, it
	// loses a chunk of work, and nothing else: no worker writes to an import that another has.
	a.say(ctx, "imports under way not taken up", a.adopt(ctx, a.now().AddDate(1, 0, 0)))
	tick := time.NewTicker(a.o.Lease / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		a.say(ctx, "abandoned imports not taken up", a.adopt(ctx, a.now()))
	}
}

// say logs an error that nobody waits for.
func (a *App) say(ctx context.Context, message string, err error) {
	if err != nil && ctx.Err() == nil {
		a.o.Log.Error(message, "error", err)
	}
}

// adopt takes up the imports whose leases end before a time.
func (a *App) adopt(ctx context.Context, before time.Time) error {
	now := a.now()
	found := false
	err := a.read(ctx, func(tx *store.Tx) (err error) {
		found, err = tx.AnyAbandonedImport(ctx, before)
		return err
	})
	if err != nil || !found {
		return err
	}
	return a.write(ctx, func(tx *store.Tx) error {
		refs, err := tx.AbandonedImports(ctx, before, now.Add(a.o.Lease))
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if err := a.queue.Import(ctx, tx, ref); err != nil {
				return err
			}
		}
		return tx.DeleteLostUploads(ctx, now)
	})
}

// workImport goes on with an import for a slice of time, or to its end.
func (a *App) workImport(ctx context.Context, ref store.ImportRef) error {
	w := &importer{App: a, ref: ref, holder: a.o.NewID(a.now())}
	now := a.now()
	var taken bool
	if err := a.store.Write(ctx, func(tx *store.Tx) (err error) {
		// The lease that came with being queued or adopted is for the one who comes now.
		taken, err = tx.TakeImport(ctx, ref.Space, ref.ID, w.holder, now, now.Add(a.o.Lease))
		return err
	}); err != nil || !taken {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		w.keep(ctx, cancel)
	}()
	err := w.slice(ctx)
	cause := context.Cause(ctx)
	cancel(nil)
	<-kept
	return w.end(context.WithoutCancel(ctx), errors.Join(err, cause))
}

// An importer is one worker's slice of an import.
type importer struct {
	*App
	ref    store.ImportRef
	holder string

	imp     Import
	eng     parley.Engagement
	version int // of the model
	model   *diagnose.Model
	reader  *diagnose.Reader
	chunks  int // stored in this slice
}

// keep extends the lease until ctx is done, which it ends if another has the import.
func (w *importer) keep(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(w.o.Lease / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var held bool
		err := w.store.Write(ctx, func(tx *store.Tx) (err error) {
			held, err = tx.KeepImport(ctx, w.ref.Space, w.ref.ID, w.holder, w.now().Add(w.o.Lease))
			return err
		})
		if err == nil && !held {
			cancel(errLost)
			return
		}
		w.say(ctx, "lease not extended", err)
	}
}

// end decides what becomes of the import after a slice that ended with err; nil is its end.
func (w *importer) end(ctx context.Context, err error) error {
	now := w.now()
	switch {
	case errors.Is(err, errLost):
		return nil
	case errors.Is(err, errSlice), errors.Is(err, errChanged): // go on, from what is stored
		return w.store.Write(ctx, func(tx *store.Tx) error {
			if err := tx.LeaveImport(ctx, w.ref.Space, w.ref.ID, w.holder, now.Add(w.o.Lease)); err != nil {
				return err
			}
			return w.queue.Import(ctx, tx, w.ref)
		})
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), parley.CodeOf(err) == parley.Unavailable:
		// Another worker, or this one when it is there again, takes it up at once.
		left := w.store.Write(ctx, func(tx *store.Tx) error { return tx.LeaveImport(ctx, w.ref.Space, w.ref.ID, w.holder, now) })
		w.say(ctx, "import not left", left)
		return nil
	case err != nil:
		w.o.Log.Error("import failed", "import", w.ref.ID, "error", err)
		return w.store.Write(ctx, func(tx *store.Tx) error {
			held, err := tx.KeepImport(ctx, w.ref.Space, w.ref.ID, w.holder, now)
			if err != nil || !held {
				return err
			}
			if err := tx.EndImport(ctx, w.ref.Space, w.ref.ID, Failed, "It could not be read to its end. What was read is there; the log says what was in the way.", now); err != nil {
				return err
			}
			return w.record(ctx, tx, parley.Actor{Space: w.ref.Space}, now, happening{kind: "import.failed", engagement: w.eng.ID, subject: string(w.ref.ID)})
		})
	}
	return nil
}

// errSlice ends a slice of which more is to be read.
var errSlice = errors.New("the slice is over")

// slice reads on until the import is done, or time is over.
func (w *importer) slice(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil { // a bug that one message brings out must not keep the others waiting
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if err := w.store.Read(ctx, func(tx *store.Tx) (err error) {
		if w.imp, err = tx.Import(ctx, w.ref.Space, w.ref.ID); err != nil {
			return err
		}
		if w.eng, err = tx.Engagement(ctx, w.ref.Space, w.imp.Engagement); err != nil {
			return err
		}
		if w.version, err = tx.ImportModel(ctx, w.ref.Space, w.ref.ID); err != nil {
			return err
		}
		w.model, err = w.modelVersion(ctx, tx, w.ref.Space, w.version)
		return err
	}); err != nil {
		return err
	}
	until := time.Now().Add(sliceLong)
	for _, f := range w.imp.Files {
		if f.Finished {
			continue
		}
		if err := w.file(ctx, f, until); err != nil {
			return err
		}
	}
	return w.done(ctx)
}

// done ends the import.
func (w *importer) done(ctx context.Context) error {
	now := w.now()
	return w.store.Write(ctx, func(tx *store.Tx) error {
		held, err := tx.KeepImport(ctx, w.ref.Space, w.ref.ID, w.holder, now)
		if err != nil {
			return err
		}
		if !held {
			return errLost
		}
		imp, err := tx.Import(ctx, w.ref.Space, w.ref.ID)
		if err != nil {
			return err
		}
		if err := tx.EndImport(ctx, w.ref.Space, w.ref.ID, Done, "", now); err != nil {
			return err
		}
		if err := tx.DeletePieces(ctx, w.ref.Space, w.ref.ID); err != nil { // the messages have all that was in them
			return err
		}
		return w.record(ctx, tx, parley.Actor{Space: w.ref.Space}, now, happening{kind: "import.finished", engagement: imp.Engagement, subject: string(imp.ID), data: map[string]any{
			"messages": imp.Messages, "new": imp.New, "known": imp.Known, "findings": imp.Findings, "skipped": imp.SkippedAll,
		}})
	})
}

// A chunk is what one transaction stores of a file.
type chunk struct {
	warm     []keyed // stored before, and only to be seen by the reader
	messages []keyed
	skips    []Skip
	bytes    int
}

// file reads a file from its start: what earlier slices stored is passed over, since only so are the keys
// and the reader's memory what they would have been without the break.
func (w *importer) file(ctx context.Context, f ImportFile, until time.Time) error {
	w.reader = newReader(w.eng, w.model)
	in := &pieces{ctx: ctx, w: w, file: f.N}
	p := &placer{importer: w, file: f.N, byTopic: map[string]parley.ConversationID{}}
	keys := newKeyer()
	var c chunk
	read, skipped := 0, 0
	var waiting int64 // bytes that were read of mails that are to come
	for m, err := range listen.Read(f.Name, in, listen.Options{Sides: w.eng.Sides, Waiting: func(n int) { waiting = int64(n) }}) {
		switch {
		case in.err != nil:
			return in.err
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			if skipped++; skipped > f.Skipped {
				c.skips = append(c.skips, skipOf(f.Name, err))
			}
		default:
			k := keyed{Message: m, key: keys.key(m)}
			if read++; read > f.Messages {
				c.messages = append(c.messages, k)
				c.bytes += len(m.Text)
			} else if read > f.Messages-contextual {
				c.warm = append(c.warm, k)
			}
		}
		if len(c.messages) >= chunkMost || c.bytes >= chunkBytes || len(c.skips) >= chunkMost {
			f.Done = min(max(in.read-waiting, 0), f.Bytes)
			if err := w.keepChunk(ctx, p, &f, c); err != nil {
				return err
			}
			c = chunk{}
			if w.chunks++; slices.Contains(analyzeAfter, w.chunks) {
				w.say(ctx, "tables not analyzed", w.store.Analyze(ctx))
			}
			if time.Now().After(until) {
				return errSlice
			}
		}
	}
	if in.err != nil {
		return in.err
	}
	f.Done, f.Finished = f.Bytes, true
	return w.keepChunk(ctx, p, &f, c)
}

// newReader returns a reader, with its workspace's model, for what is said in an engagement.
func newReader(e parley.Engagement, m *diagnose.Model) *diagnose.Reader {
	r := diagnose.NewReader(m)
	r.AdvisersKnown = advisersKnown(e)
	return r
}

// advisersKnown reports whether somebody said who the advisers are: then the others are none.
func advisersKnown(e parley.Engagement) bool { return len(e.Sides.Advisers) > 0 }

// otherFlaw is the code of what has none: the input itself could not be read on.
const otherFlaw = "other"

// SkipCodes lists every code of a Skip.
var SkipCodes = func() []string {
	codes := []string{otherFlaw}
	for _, c := range listen.FlawCodes {
		codes = append(codes, string(c))
	}
	return codes
}()

// skipOf says which part was skipped and why.
func skipOf(name string, err error) Skip {
	skip := Skip{File: name, Code: otherFlaw, Reason: clean(err.Error(), 1000)}
	var flaw *listen.Flaw
	if errors.As(err, &flaw) {
		skip.Code = string(flaw.Code)
		for _, arg := range flaw.Args {
			skip.Args = append(skip.Args, clean(arg, 300))
		}
	}
	var part *listen.PartError
	if errors.As(err, &part) {
		skip.Place, skip.Reason = clean(part.Place, 200), clean(part.Err.Error(), 1000)
	}
	return skip
}

// keepChunk finds what is in the messages of a chunk, and stores it with how far the file has come.
func (w *importer) keepChunk(ctx context.Context, p *placer, f *ImportFile, c chunk) error {
	var there place
	if err := w.store.Read(ctx, func(tx *store.Tx) (err error) {
		there, err = lookUp(ctx, tx, w.eng, p, c)
		return err
	}); err != nil {
		return err
	}
	plan := p.plan(there.clone(), c)
	for _, m := range plan.warm {
		w.reader.Read(m)
	}
	for i := range plan.messages {
		plan.diagnose(w, i)
	}
	g := *f
	g.Messages += len(c.messages)
	g.New += plan.added
	g.Known += len(c.messages) - plan.added
	g.Findings += plan.found
	g.Skipped += len(c.skips)
	if g.Kind == "" && len(c.messages) > 0 {
		g.Kind = c.messages[0].Kind
	}
	if err := w.store.Write(ctx, func(tx *store.Tx) error {
		held, err := tx.KeepImport(ctx, w.ref.Space, w.ref.ID, w.holder, w.now().Add(w.o.Lease))
		if err != nil {
			return err
		}
		if !held {
			return errLost
		}
		// Thinking took a while. If what it rests on is not so any more, think again.
		eng, err := tx.Engagement(ctx, w.ref.Space, w.eng.ID)
		if err != nil {
			return err
		}
		version, err := tx.ImportModel(ctx, w.ref.Space, w.ref.ID)
		if err != nil {
			return err
		}
		now, err := lookUp(ctx, tx, w.eng, p, c)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(eng.Sides, w.eng.Sides) || version != w.version || !now.equal(there) {
			return errChanged
		}
		if err := plan.save(ctx, tx, w); err != nil {
			return err
		}
		if err := tx.CreateSkips(ctx, w.ref.Space, w.ref.ID, f.N, f.Skipped+1, c.skips); err != nil {
			return err
		}
		return tx.UpdateImportFile(ctx, w.ref.Space, w.ref.ID, g)
	}); err != nil {
		return err
	}
	*f = g
	return nil
}

// pieces reads an uploaded file out of the store.
type pieces struct {
	ctx  context.Context //nolint:containedctx // an io.Reader takes none
	w    *importer
	file int
	n    int
	rest []byte
	read int64
	err  error // of the store, which must not pass for the file's
}

func (p *pieces) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		err := p.w.store.Read(p.ctx, func(tx *store.Tx) (err error) {
			p.rest, err = tx.Piece(p.ctx, p.w.ref.Space, p.w.ref.ID, p.file, p.n)
			return err
		})
		if err == io.EOF {
			return 0, io.EOF
		}
		if err != nil {
			p.err = err
			return 0, err
		}
		p.n++
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	p.read += int64(n)
	return n, nil
}

// A place is what the store has of a chunk: its messages, the mails that it answers, and its threads.
type place struct {
	known   map[string]parley.ConversationID // by key
	mails   map[string]parley.ConversationID // by Message-ID
	threads map[string]parley.ConversationID
}

func (p place) equal(q place) bool {
	return maps.Equal(p.known, q.known) && maps.Equal(p.mails, q.mails) && maps.Equal(p.threads, q.threads)
}

// clone returns a copy to be added to.
func (p place) clone() place {
	return place{maps.Clone(p.known), maps.Clone(p.mails), maps.Clone(p.threads)}
}

func lookUp(ctx context.Context, tx *store.Tx, e parley.Engagement, p *placer, c chunk) (there place, err error) {
	var keys, mails, threads []string
	for _, list := range [][]keyed{c.warm, c.messages} {
		for _, m := range list {
			keys = append(keys, m.key)
			if m.Kind == parley.Mail && m.ReplyTo != "" {
				mails = append(mails, sourceID(m.ReplyTo))
			}
			threads = append(threads, p.threads(m)...)
		}
	}
	if there.known, err = tx.KnownMessages(ctx, e.Space, e.ID, keys); err != nil {
		return there, err
	}
	if there.mails, err = tx.MailConversations(ctx, e.Space, e.ID, mails); err != nil {
		return there, err
	}
	there.threads, err = tx.ThreadConversations(ctx, e.Space, e.ID, threads)
	return there, err
}
