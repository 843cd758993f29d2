package store

import (
	"cmp"
	"context"
	"io"
	"time"

	"parley"
)

type importRow struct {
	Space      parley.WorkspaceID  `db:"space"`
	ID         parley.ImportID     `db:"id"`
	Engagement parley.EngagementID `db:"engagement"`
	Member     parley.MemberID     `db:"member"`
	State      ImportState         `db:"state"`
	Error      string              `db:"error"`
	Created    Time                `db:"created"`
	Finished   Time                `db:"finished"`
}

const importColumns = "space, id, engagement, member, state, error, created, finished"

type importFileRow struct {
	Import   parley.ImportID `db:"import"`
	N        int             `db:"n"`
	Name     string          `db:"name"`
	Kind     parley.Kind     `db:"kind"`
	Bytes    int64           `db:"bytes"`
	Done     int64           `db:"done"`
	Messages int             `db:"messages"`
	Added    int             `db:"added"`
	Known    int             `db:"known"`
	Findings int             `db:"findings"`
	Skipped  int             `db:"skipped"`
	Finished bool            `db:"finished"`
}

const importFileColumns = "import, n, name, kind, bytes, done, messages, added, known, findings, skipped, finished"

func (r importFileRow) file() ImportFile {
	return ImportFile{
		N: r.N, Name: r.Name, Kind: r.Kind, Bytes: r.Bytes, Done: r.Done, Messages: r.Messages, New: r.Added, Known: r.Known,
		Findings: r.Findings, Skipped: r.Skipped, Finished: r.Finished,
	}
}

// withFiles makes imports of rows, with their files and the sums over them.
func (tx *Tx) withFiles(ctx context.Context, space parley.WorkspaceID, rows []importRow) ([]Import, error) {
	list := make([]Import, len(rows))
	at := map[parley.ImportID]int{}
	ids := make([]parley.ImportID, len(rows))
	for i, r := range rows {
		list[i] = Import{ID: r.ID, Space: r.Space, Engagement: r.Engagement, By: r.Member, State: r.State, Error: r.Error, Created: r.Created.Time, Finished: r.Finished.Time}
		ids[i], at[r.ID] = r.ID, i
	}
	var files []importFileRow
	if err := tx.list(ctx, &files, "SELECT "+importFileColumns+" FROM import_file WHERE space = $1 AND import "+tx.in(2)+" ORDER BY import, n", space, listOf(ids)); err != nil {
		return nil, err
	}
	for _, f := range files {
		imp := &list[at[f.Import]]
		imp.Files = append(imp.Files, f.file())
		imp.Bytes += f.Bytes
		imp.Done += f.Done
		imp.Messages += f.Messages
		imp.New += f.Added
		imp.Known += f.Known
		imp.Findings += f.Findings
		imp.SkippedAll += f.Skipped
	}
	return list, nil
}

// CreateImport keeps a new import, and nothing of its files yet.
func (tx *Tx) CreateImport(ctx context.Context, i Import, lease time.Time) error {
	_, err := tx.exec(ctx, "INSERT INTO import ("+importColumns+", holder, lease) VALUES ($1, $2, $3, $4, $5, '', $6, 0, '', $7)",
		i.Space, i.ID, i.Engagement, i.By, i.State, Time{i.Created}, Time{lease})
	return err
}

// Import returns one import, without Skipped and Unknown.
func (tx *Tx) Import(ctx context.Context, space parley.WorkspaceID, id parley.ImportID) (Import, error) {
	var row importRow
	if err := tx.get(ctx, "import", &row, "SELECT "+importColumns+" FROM import WHERE space = $1 AND id = $2", space, id); err != nil {
		return Import{}, err
	}
	list, err := tx.withFiles(ctx, space, []importRow{row})
	if err != nil {
		return Import{}, err
	}
	return list[0], nil
}

// Imports returns up to limit imports of an engagement, newest first, without Skipped and Unknown. Those
// that are still coming in are not among them.
func (tx *Tx) Imports(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID, limit int) ([]Import, error) {
	var rows []importRow
	err := tx.list(ctx, &rows, "SELECT "+importColumns+" FROM import WHERE space = $1 AND engagement = $2 AND state <> 'receiving' ORDER BY id DESC LIMIT $3", space, engagement, limit)
	if err != nil {
		return nil, err
	}
	return tx.withFiles(ctx, space, rows)
}

// Skips returns the first limit parts of an import that were skipped, by file, in order.
func (tx *Tx) Skips(ctx context.Context, space parley.WorkspaceID, id parley.ImportID, limit int) (list []Skip, err error) {
	var rows []struct {
		File   string         `db:"file"`
		Place  string         `db:"place"`
		Code   string         `db:"code"`
		Args   JSON[[]string] `db:"args"`
		Reason string         `db:"reason"`
	}
	err = tx.list(ctx, &rows, `SELECT f.name AS file, s.place, s.code, s.args, s.reason FROM import_skip s JOIN import_file f ON f.space = s.space AND f.import = s.import AND f.n = s.file
		WHERE s.space = $1 AND s.import = $2 ORDER BY s.file, s.n LIMIT $3`, space, id, limit)
	for _, r := range rows {
		list = append(list, Skip{r.File, r.Place, cmp.Or(r.Code, "other"), r.Args.V, r.Reason})
	}
	return list, err
}

// UnknownPeople returns up to limit people of an engagement whose side is not known, those who said most
// in an import first.
func (tx *Tx) UnknownPeople(ctx context.Context, space parley.WorkspaceID, id parley.ImportID, limit int) (list []parley.Person, err error) {
	err = tx.list(ctx, &list, `SELECT speaker_name AS name, speaker_address AS address FROM message
		WHERE space = $1 AND import = $2 AND side = '' AND kind <> 'survey' AND (speaker_name <> '' OR speaker_address <> '')
		GROUP BY speaker_name, speaker_address ORDER BY COUNT(*) DESC, speaker_name, speaker_address LIMIT $3`, space, id, limit)
	return list, err
}

// CreateImportFile keeps that a file belongs to an import.
func (tx *Tx) CreateImportFile(ctx context.Context, space parley.WorkspaceID, id parley.ImportID, f ImportFile) error {
	_, err := tx.exec(ctx, "INSERT INTO import_file (space, "+importFileColumns+") VALUES ($1, $2, $3, $4, '', $5, 0, 0, 0, 0, 0, 0, $6)",
		space, id, f.N, f.Name, f.Bytes, false)
	return err
}

// AddPiece keeps piece n, from 0, of a file of an import.
func (tx *Tx) AddPiece(ctx context.Context, space parley.WorkspaceID, id parley.ImportID, file, n int, body []byte) error {
	_, err := tx.exec(ctx, "INSERT INTO import_piece (space, import, file, n, body) VALUES ($1, $2, $3, $4, $5)", space, id, file, n, body)
	return err
}

// Piece returns piece n of a file of an import, io.EOF after the last.
func (tx *Tx) Piece(ctx context.Context, space parley.WorkspaceID, id parley.ImportID, file, n int) ([]byte, error) {
	var rows [][]byte
	err := tx.list(ctx, &rows, "SELECT body FROM import_piece WHERE space = $1 AND import = $2 AND file = $3 AND n = $4", space, id, file, n)
	if err == nil && len(rows) == 0 {
		return nil, io.EOF
	}
	if err != nil {
		return nil, err
	}
	return rows[0], nil
}

// DeletePieces drops what was uploaded for an import.
func (tx *Tx) DeletePieces(ctx context.Context, space parley.WorkspaceID, id parley.ImportID) error {
	_, err := tx.exec(ctx, "DELETE FROM import_piece WHERE space = $1 AND import = $2", space, id)
	return err
}

// QueueImport says that the upload is complete, and that it is to be read with the model in use now.
func (tx *Tx) QueueImport(ctx context.Context, space parley.WorkspaceID, id parley.ImportID, lease time.Time) error {
	return tx.update(ctx, `UPDATE import SET state = 'queued', lease = $1, model = COALESCE((SELECT used FROM learning WHERE space = $2), 0)
		WHERE space = $2 AND id = $3 AND state = 'receiving'`, Time{lease}, space, id)
}

// ImportModel returns the version of the workspace's model that an import is read with, 0 for the shipped one.
func (tx *Tx) ImportModel(ctx context.Context, space parley.WorkspaceID, id parley.ImportID) (version int, err error) {
	err = tx.get(ctx, "import", &version, "SELECT model FROM import WHERE space = $1 AND id = $2", space, id)
	return version, err
}

// RenewImportModels has what is still to be read of a workspace's imports be read with the model in use now.
func (tx *Tx) RenewImportModels(ctx context.Context, space parley.WorkspaceID) error {
	_, err := tx.exec(ctx, `UPDATE import SET model = COALESCE((SELECT used FROM learning WHERE space = $1), 0)
		WHERE space = $1 AND state IN ('queued', 'running')`, space)
	return err
}

// TakeImport gives an import that is not over to a worker until lease, if no other has it, and reports
// whether it did.
func (tx *Tx) TakeImport(ctx context.Context, space parley.WorkspaceID, id parley.ImportID, holder string, now, lease time.Time) (bool, error) {
	n, err := tx.exec(ctx, `UPDATE import SET state = 'running', holder = $1, lease = $2 WHERE space = $3 AND id = $4
		AND state IN ('queued', 'running') AND (holder = '' OR holder = $1 OR lease < $5)`, holder, Time{lease}, space, id, Time{now})
	return n == 1, err
}

// KeepImport extends the lease of the worker that has an import, and reports false if it has it no longer.
// Every write of a worker begins with it, so that two never write to one import.
func (tx *Tx) KeepImport(ctx context.Context, space parley.WorkspaceID, id parley.ImportID, holder string, lease time.Time) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE import SET lease = $1 WHERE space = $2 AND id = $3 AND state = 'running' AND holder = $4", Time{lease}, space, id, holder)
	return n == 1, err
}

// LeaveImport gives an import back, for any worker to take.
func (tx *Tx) LeaveImport(ctx context.Context, space parley.WorkspaceID, id parley.ImportID, holder string, lease time.Time) error {
	_, err := tx.exec(ctx, "UPDATE import SET holder = '', lease = $1 WHERE space = $2 AND id = $3 AND state = 'running' AND holder = $4", Time{lease}, space, id, holder)
	return err
}

// EndImport sets how an import ended.
func (tx *Tx) EndImport(ctx context.Context, space parley.WorkspaceID, id parley.ImportID, state ImportState, reason string, now time.Time) error {
	_, err := tx.exec(ctx, "UPDATE import SET state = $1, error = $2, holder = '', finished = $3 WHERE space = $4 AND id = $5", state, reason, Time{now}, space, id)
	return err
}

// An ImportRef names an import.
type ImportRef struct {
	Space parley.WorkspaceID `db:"space"`
	ID    parley.ImportID    `db:"id"`
}

// AbandonedImports returns up to 100 imports that nobody works on any more though they are not over. It
// takes each from its holder, and gives it a new lease so that only one replica asks for it to be taken up.
func (tx *Tx) AbandonedImports(ctx context.Context, now, lease time.Time) (list []ImportRef, err error) {
	err = tx.list(ctx, &list, `UPDATE import SET holder = '', lease = $1 WHERE (space, id) IN
		(SELECT space, id FROM import WHERE state IN ('queued', 'running') AND lease < $2 ORDER BY lease LIMIT 100) RETURNING space, id`, Time{lease}, Time{now})
	return list, err
}

// AnyAbandonedImport reports whether AbandonedImports or DeleteLostUploads would find any.
func (tx *Tx) AnyAbandonedImport(ctx context.Context, now time.Time) (found bool, err error) {
	err = tx.get(ctx, "import", &found, "SELECT EXISTS (SELECT 1 FROM import WHERE state IN ('receiving', 'queued', 'running') AND lease < $1)", Time{now})
	return found, err
}

// DeleteLostUploads drops uploads that broke off: those still coming in whose lease has passed.
func (tx *Tx) DeleteLostUploads(ctx context.Context, now time.Time) error {
	var lost []ImportRef
	if err := tx.list(ctx, &lost, "SELECT space, id FROM import WHERE state = 'receiving' AND lease < $1 ORDER BY lease LIMIT 100", Time{now}); err != nil {
		return err
	}
	for _, l := range lost { // few: each is an upload that a crash cut short
		if err := tx.DeleteUpload(ctx, l.Space, l.ID); err != nil {
			return err
		}
	}
	return nil
}

// DeleteUpload drops an import that never came in whole.
func (tx *Tx) DeleteUpload(ctx context.Context, space parley.WorkspaceID, id parley.ImportID) error {
	for _, query := range []string{
		"DELETE FROM import_piece WHERE space = $1 AND import = $2",
		"DELETE FROM import_file WHERE space = $1 AND import = $2",
		"DELETE FROM import WHERE space = $1 AND id = $2 AND state = 'receiving'",
	} {
		if _, err := tx.exec(ctx, query, space, id); err != nil {
			return err
		}
	}
	return nil
}

// UpdateImportFile saves how far a file has come.
func (tx *Tx) UpdateImportFile(ctx context.Context, space parley.WorkspaceID, id parley.ImportID, f ImportFile) error {
	_, err := tx.exec(ctx, `UPDATE import_file SET kind = $1, bytes = $2, done = $3, messages = $4, added = $5, known = $6, findings = $7, skipped = $8, finished = $9
		WHERE space = $10 AND import = $11 AND n = $12`, f.Kind, f.Bytes, f.Done, f.Messages, f.New, f.Known, f.Findings, f.Skipped, f.Finished, space, id, f.N)
	return err
}

// CreateSkips keeps parts of a file that were skipped, numbered from first.
func (tx *Tx) CreateSkips(ctx context.Context, space parley.WorkspaceID, id parley.ImportID, file, first int, list []Skip) error {
	rows := make([][]any, len(list))
	for i, s := range list {
		rows[i] = []any{space, id, file, first + i, s.Place, s.Code, JSON[[]string]{s.Args}, s.Reason}
	}
	return tx.insertRows(ctx, "import_skip (space, import, file, n, place, code, args, reason)", "", rows)
}
