package store

import (
	"context"
	"time"

	"parley"
)

// A Learning says whether a workspace's model learns, and which version is used.
type Learning struct {
	Enabled bool `db:"enabled"` // new decisions make new versions, and the newest is used
	Used    int  `db:"used"`    // version of the adaptation in use, 0 for the shipped model
	Asked   bool `db:"asked"`   // work is queued that will learn from the newest decisions
}

// Learning returns a workspace's; one that was never kept is enabled and uses the shipped model.
func (tx *Tx) Learning(ctx context.Context, space parley.WorkspaceID) (Learning, error) {
	var rows []Learning
	err := tx.list(ctx, &rows, "SELECT enabled, used, asked FROM learning WHERE space = $1", space)
	if err != nil || len(rows) == 0 {
		return Learning{Enabled: true}, err
	}
	return rows[0], nil
}

// SaveLearning keeps a workspace's.
func (tx *Tx) SaveLearning(ctx context.Context, space parley.WorkspaceID, l Learning) error {
	_, err := tx.exec(ctx, `INSERT INTO learning (space, enabled, used, asked) VALUES ($1, $2, $3, $4)
		ON CONFLICT (space) DO UPDATE SET enabled = excluded.enabled, used = excluded.used, asked = excluded.asked`, space, l.Enabled, l.Used, l.Asked)
	return err
}

// An Adaptation is a version of what a workspace's decisions change about the model.
type Adaptation struct {
	Version     int
	Through     int64  // the event after whose decisions it was made
	Base        string // fingerprint of the model it is for
	Data        string // fingerprint of the decisions
	Accepted    int
	Corrected   int
	Dismissed   int
	Marked      int
	Comparisons []Comparison
	Created     time.Time
}

// A Comparison is how often two models are right about one of the taxonomy's questions.
type Comparison struct {
	Head   string  `json:"head"`
	N      int     `json:"n"` // decisions
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	Low    float64 `json:"low"` // of After − Before, the interval at 95 %
	High   float64 `json:"high"`
}

type adaptationRow struct {
	Version     int                `db:"version"`
	Through     int64              `db:"through"`
	Base        string             `db:"base"`
	Data        string             `db:"data"`
	Accepted    int                `db:"accepted"`
	Corrected   int                `db:"corrected"`
	Dismissed   int                `db:"dismissed"`
	Marked      int                `db:"marked"`
	Comparisons JSON[[]Comparison] `db:"comparisons"`
	Created     Time               `db:"created"`
}

const adaptationColumns = "version, through, base, data, accepted, corrected, dismissed, marked, comparisons, created"

func (r adaptationRow) adaptation() Adaptation {
	return Adaptation{r.Version, r.Through, r.Base, r.Data, r.Accepted, r.Corrected, r.Dismissed, r.Marked, r.Comparisons.V, r.Created.Time}
}

// CreateAdaptation keeps a new version with its bytes.
func (tx *Tx) CreateAdaptation(ctx context.Context, space parley.WorkspaceID, a Adaptation, body []byte) error {
	_, err := tx.exec(ctx, "INSERT INTO adaptation (space, body, "+adaptationColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		space, body, a.Version, a.Through, a.Base, a.Data, a.Accepted, a.Corrected, a.Dismissed, a.Marked, JSON[[]Comparison]{a.Comparisons}, Time{a.Created})
	return err
}

// Adaptations returns the newest versions of a workspace, at most limit, newest first.
func (tx *Tx) Adaptations(ctx context.Context, space parley.WorkspaceID, limit int) ([]Adaptation, error) {
	var rows []adaptationRow
	err := tx.list(ctx, &rows, "SELECT "+adaptationColumns+" FROM adaptation WHERE space = $1 ORDER BY version DESC LIMIT $2", space, limit)
	list := make([]Adaptation, len(rows))
	for i, r := range rows {
		list[i] = r.adaptation()
	}
	return list, err
}

// AdaptationBody returns the bytes of one version.
func (tx *Tx) AdaptationBody(ctx context.Context, space parley.WorkspaceID, version int) (body []byte, err error) {
	err = tx.get(ctx, "version of the model", &body, "SELECT body FROM adaptation WHERE space = $1 AND version = $2", space, version)
	return body, err
}

// DeleteAdaptations drops the versions before one, but for the one that is kept and those that imports under way are
// read with.
func (tx *Tx) DeleteAdaptations(ctx context.Context, space parley.WorkspaceID, before, kept int) error {
	_, err := tx.exec(ctx, `DELETE FROM adaptation WHERE space = $1 AND version < $2 AND version <> $3
		AND version NOT IN (SELECT model FROM import WHERE space = $1 AND state IN ('queued', 'running'))`, space, before, kept)
	return err
}

// LearningSpaces returns the workspaces whose model in use is an adaptation of another than base.
func (tx *Tx) LearningSpaces(ctx context.Context, base string) (ids []parley.WorkspaceID, err error) {
	err = tx.list(ctx, &ids, `SELECT l.space FROM learning l JOIN adaptation a ON a.space = l.space AND a.version = l.used
		WHERE l.enabled AND a.base <> $1 ORDER BY l.space`, base)
	return ids, err
}

// Decisions returns the last event of each finding that somebody decided about, by number, of those numbered
// up to through; those that were reopened or withdrawn are among them, those in a sample case, be it removed or not, are
// not. Linear in the events of the workspace.
func (tx *Tx) Decisions(ctx context.Context, space parley.WorkspaceID, through int64) ([]parley.Event, error) {
	var rows []eventRow
	err := tx.list(ctx, &rows, `SELECT e.space, e.seq, e.id, e.time, e.member, e.kind, e.engagement, e.subject, e.data, e.prev, e.hash FROM event e JOIN
		(SELECT MAX(seq) AS seq FROM event WHERE space = $1 AND seq <= $2 AND kind IN ('finding.accepted', 'finding.corrected', 'finding.dismissed', 'finding.reopened', 'finding.marked', 'finding.withdrawn')
			GROUP BY subject) d ON e.seq = d.seq
		WHERE e.space = $1 AND e.engagement IN (SELECT id FROM engagement WHERE space = $1 AND NOT sample) ORDER BY e.seq`, space, through)
	return events(rows), err
}

// A FindingText is the words of a finding, and where they were said.
type FindingText struct {
	ID           parley.FindingID      `db:"id"`
	Engagement   parley.EngagementID   `db:"engagement"`
	Conversation parley.ConversationID `db:"conversation"`
	Text         string                `db:"text"`
	Lang         parley.Lang           `db:"lang"`
	Speaker      string                `db:"speaker_name"`
	Address      string                `db:"speaker_address"`
	Kind         parley.Kind           `db:"kind"`
	Marked       bool                  `db:"marked"` // by hand
}

// FindingTexts returns the words of findings by id; those that are gone are left out.
func (tx *Tx) FindingTexts(ctx context.Context, space parley.WorkspaceID, ids []parley.FindingID) (map[parley.FindingID]FindingText, error) {
	var rows []struct {
		FindingText
		Start int `db:"start_byte"`
		End   int `db:"end_byte"`
	}
	err := tx.list(ctx, &rows, `SELECT f.id, f.engagement, f.conversation, f.start_byte, f.end_byte, m.text, m.lang, m.speaker_name, m.speaker_address, m.kind, f.marked_by <> '' AS marked
		FROM finding f JOIN message m ON m.space = f.space AND m.id = f.message WHERE f.space = $1 AND f.id `+tx.in(2), space, listOf(ids))
	texts := make(map[parley.FindingID]FindingText, len(rows))
	for _, r := range rows {
		r.Text = r.Text[r.Start:r.End]
		texts[r.ID] = r.FindingText
	}
	return texts, err
}

// MarkUnread says that what is not said by advisers, in all engagements of a workspace, is to be read again.
func (tx *Tx) MarkUnread(ctx context.Context, space parley.WorkspaceID) error {
	_, err := tx.exec(ctx, "UPDATE message SET unread = $1 WHERE space = $2 AND side <> 'adviser'", true, space)
	return err
}

// DeleteOpenFindings drops the findings in messages that nobody decided about.
func (tx *Tx) DeleteOpenFindings(ctx context.Context, space parley.WorkspaceID, ids []parley.MessageID) error {
	return tx.deleteFindings(ctx, space, "state = 'open' AND message "+tx.in(2), listOf(ids))
}
