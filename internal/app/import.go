package app

import (
	"context"
	"errors"
	"io"
	"path"
	"strings"
	"time"

	"parley"
	"parley/internal/store"
)

// Bounds of what is uploaded at a time.
const (
	pieceSize   = 1 << 20 // bytes in one row
	filesMost   = 2000
	uploadMost  = 4 << 30 // bytes of all files together
	nameMost    = 300     // bytes of a file's name
	uploadLong  = 24 * time.Hour
	skipsShown  = 200
	unknownMost = 50
	importsMost = 200
)

// StartImport keeps the files, and asks for them to be read in the same transaction that says that they are
// there whole. What it returned for survives a crash, and will be read.
func (a *App) StartImport(ctx context.Context, by parley.Actor, eng parley.EngagementID, files []Upload) (Import, error) {
	return a.startImport(ctx, by, eng, files, a.queue.Import)
}

// startImport is StartImport with what is done, in the last transaction, to have the import read.
func (a *App) startImport(ctx context.Context, by parley.Actor, eng parley.EngagementID, files []Upload, enqueue enqueue) (Import, error) {
	now := a.now()
	imp := Import{ID: newID[parley.ImportID](a, "imp", now), Space: by.Space, Engagement: eng, By: by.Member, State: store.Receiving, Created: now}
	err := a.write(ctx, func(tx *store.Tx) error {
		e, err := a.engagement(ctx, tx, by, eng)
		if err != nil {
			return err
		}
		if err := by.MayEdit(e); err != nil {
			return err
		}
		if len(files) == 0 || len(files) > filesMost {
			return &parley.Error{Code: parley.Invalid, Field: "files", Message: "choose 1 to 2,000 files"}
		}
		return tx.CreateImport(ctx, imp, now.Add(uploadLong))
	})
	if err != nil {
		return Import{}, err
	}
	if err := a.receive(ctx, by, imp, files, enqueue); err != nil {
		if a.tx != nil { // which takes all of it back
			return Import{}, err
		}
		forget := context.WithoutCancel(ctx)
		lost := a.write(forget, func(tx *store.Tx) error { return tx.DeleteUpload(forget, by.Space, imp.ID) })
		if lost != nil { // it is dropped when uploadLong is over
			a.o.Log.Warn("upload not dropped", "import", imp.ID, "error", lost)
		}
		return Import{}, err
	}
	return a.Import(ctx, by, imp.ID)
}

// An enqueue has an import read once tx is kept.
type enqueue func(ctx context.Context, tx *store.Tx, ref store.ImportRef) error

// receive keeps the bytes of files, a piece in a transaction so that a slow upload holds nobody up, and
// then queues the import.
func (a *App) receive(ctx context.Context, by parley.Actor, imp Import, files []Upload, enqueue enqueue) error {
	var all int64
	buf := make([]byte, pieceSize)
	for i, upload := range files {
		f := ImportFile{N: i + 1, Name: fileName(upload.Name)}
		for n := 0; ; n++ {
			size, err := io.ReadFull(upload.Body, buf)
			if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
				return &parley.Error{Code: parley.Invalid, Field: "files", Message: "the upload broke off; try again", Err: err}
			}
			f.Bytes += int64(size)
			if all += int64(size); all > uploadMost {
				return &parley.Error{Code: parley.Invalid, Field: "files", Message: "that is more than 4 GB; import it in parts"}
			}
			last := size < len(buf)
			if err := a.write(ctx, func(tx *store.Tx) error {
				if size > 0 {
					if err := tx.AddPiece(ctx, by.Space, imp.ID, f.N, n, buf[:size]); err != nil {
						return err
					}
				}
				if last {
					return tx.CreateImportFile(ctx, by.Space, imp.ID, f)
				}
				return nil
			}); err != nil {
				return err
			}
			if last {
				break
			}
		}
	}
	now := a.now()
	return a.write(ctx, func(tx *store.Tx) error {
		if err := tx.QueueImport(ctx, by.Space, imp.ID, now.Add(a.o.Lease)); err != nil {
			return err
		}
		if err := enqueue(ctx, tx, store.ImportRef{Space: by.Space, ID: imp.ID}); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{
			kind: "import.started", engagement: imp.Engagement, subject: string(imp.ID), data: map[string]any{"files": len(files), "bytes": all},
		})
	})
}

// fileName returns the name of an upload without its folders, fit to be kept and shown.
func fileName(name string) string {
	name = clean(path.Base(strings.ReplaceAll(name, `\`, "/")), nameMost)
	if name == "" || name == "." || name == "/" {
		return "file"
	}
	return name
}

// clean returns text as PostgreSQL takes it, valid and without NUL, cut to most bytes.
func clean(text string, most int) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "�")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// Import returns one import, as far as it has come; Unknown only once it is over.
func (a *App) Import(ctx context.Context, by parley.Actor, id parley.ImportID) (imp Import, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		if imp, _, err = a.importOf(ctx, tx, by, id); err != nil {
			return err
		}
		if imp.Skipped, err = tx.Skips(ctx, by.Space, id, skipsShown); err != nil {
			return err
		}
		if imp.Over() { // it takes long where there is much, and who waits asks often
			imp.Unknown, err = tx.UnknownPeople(ctx, by.Space, id, unknownMost)
		}
		return err
	})
	if err != nil {
		return Import{}, err
	}
	return imp, nil
}

// importOf returns an import that by may see, and its engagement.
func (a *App) importOf(ctx context.Context, tx *store.Tx, by parley.Actor, id parley.ImportID) (Import, parley.Engagement, error) {
	if err := mayBeHere(by); err != nil {
		return Import{}, parley.Engagement{}, err
	}
	imp, err := tx.Import(ctx, by.Space, id)
	if err != nil {
		return Import{}, parley.Engagement{}, err
	}
	e, err := a.engagement(ctx, tx, by, imp.Engagement)
	return imp, e, of("import", err)
}

// Imports returns the newest 200 imports of an engagement, without Skipped and Unknown.
func (a *App) Imports(ctx context.Context, by parley.Actor, eng parley.EngagementID) (list []Import, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		if _, err := a.engagement(ctx, tx, by, eng); err != nil {
			return err
		}
		list, err = tx.Imports(ctx, by.Space, eng, importsMost)
		return err
	})
	return list, err
}

// UndoImport takes the messages of an import out again, with their findings, and with the people and
// concerns that came of nothing else and that nobody has edited. An import that is going on ends.
func (a *App) UndoImport(ctx context.Context, by parley.Actor, id parley.ImportID) error {
	now := a.now()
	return a.write(ctx, func(tx *store.Tx) error {
		imp, e, err := a.importOf(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := by.MayEdit(e); err != nil {
			return err
		}
		if imp.State == store.Receiving || imp.State == Undone {
			return &parley.Error{Code: parley.Conflict, Message: "there is nothing of this import to undo"}
		}
		concerns, err := tx.ImportConcerns(ctx, by.Space, id)
		if err != nil {
			return err
		}
		conversations, err := tx.ImportConversations(ctx, by.Space, id)
		if err != nil {
			return err
		}
		for _, step := range []func() error{
			func() error { return tx.DeleteImportMessages(ctx, by.Space, id) },
			func() error { return tx.Recount(ctx, by.Space, conversations) },
			func() error { return tx.DeleteEmptyConcerns(ctx, by.Space, concerns) },
			func() error { return tx.DeleteSilentStakeholders(ctx, by.Space, e.ID) },
			func() error { return tx.DeletePieces(ctx, by.Space, id) },
			func() error { return tx.EndImport(ctx, by.Space, id, Undone, "", now) },
			func() error { return a.askToLearn(ctx, tx, by.Space, now) }, // what was decided in it goes too
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return a.record(ctx, tx, by, now, happening{kind: "import.undone", engagement: e.ID, subject: string(id), data: map[string]any{"messages": imp.New}})
	})
}
