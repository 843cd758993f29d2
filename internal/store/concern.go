package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"parley"
)

type concernRow struct {
	Space      parley.WorkspaceID  `db:"space"`
	ID         parley.ConcernID    `db:"id"`
	Engagement parley.EngagementID `db:"engagement"`
	Title      string              `db:"title"`
	Folded     string              `db:"folded"`
	Form       parley.Form         `db:"form"`
	Driver     parley.Driver       `db:"driver"`
	Perception parley.Perception   `db:"perception"`
	Subject    parley.Subject      `db:"subject"`
	State      parley.ConcernState `db:"state"`
	Outcome    parley.Outcome      `db:"outcome"`
	Merged     *parley.ConcernID   `db:"merged"`
	Created    Time                `db:"created"`
	Updated    Time                `db:"updated"`
	Version    int                 `db:"version"`
}

const concernColumns = "space, id, engagement, title, folded, form, driver, perception, subject, state, outcome, merged, created, updated, version"

func (r concernRow) concern() parley.Concern {
	c := parley.Concern{
		ID: r.ID, Space: r.Space, Engagement: r.Engagement, Title: r.Title,
		Labels: parley.Labels{Resistance: true, Form: r.Form, Driver: r.Driver, Perception: r.Perception, Subject: r.Subject},
		State:  r.State, Outcome: r.Outcome, Created: r.Created.Time, Updated: r.Updated.Time, Version: r.Version,
	}
	if r.Merged != nil {
		c.Merged = *r.Merged
	}
	return c
}

// CreateConcern keeps a new concern.
func (tx *Tx) CreateConcern(ctx context.Context, c parley.Concern) error {
	_, err := tx.exec(ctx, "INSERT INTO concern ("+concernColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, $12, $13, 1)",
		c.Space, c.ID, c.Engagement, c.Title, Fold(c.Title), c.Labels.Form, c.Labels.Driver, c.Labels.Perception, c.Labels.Subject, c.State, c.Outcome, Time{c.Created}, Time{c.Updated})
	return err
}

// Concern returns one concern.
func (tx *Tx) Concern(ctx context.Context, space parley.WorkspaceID, id parley.ConcernID) (parley.Concern, error) {
	var row concernRow
	err := tx.get(ctx, "concern", &row, "SELECT "+concernColumns+" FROM concern WHERE space = $1 AND id = $2", space, id)
	return row.concern(), err
}

// UpdateConcern saves c if the stored version is c's.
func (tx *Tx) UpdateConcern(ctx context.Context, c parley.Concern) (parley.Concern, error) {
	var merged *parley.ConcernID
	if c.Merged != "" {
		merged = &c.Merged
	}
	err := tx.update(ctx, `UPDATE concern SET title = $1, folded = $2, form = $3, driver = $4, perception = $5, subject = $6, state = $7, outcome = $8, updated = $9,
		merged = $10, version = version + 1 WHERE space = $11 AND id = $12 AND version = $13`,
		c.Title, Fold(c.Title), c.Labels.Form, c.Labels.Driver, c.Labels.Perception, c.Labels.Subject, c.State, c.Outcome, Time{c.Updated}, merged, c.Space, c.ID, c.Version)
	c.Version++
	return c, err
}

// DeleteConcern drops a concern that has no quotes, if the stored version is this one.
func (tx *Tx) DeleteConcern(ctx context.Context, space parley.WorkspaceID, id parley.ConcernID, version int) error {
	if err := tx.forgetApart(ctx, space, "$2", id); err != nil {
		return err
	}
	return tx.update(ctx, "DELETE FROM concern WHERE space = $1 AND id = $2 AND version = $3", space, id, version)
}

// A ConcernSort is an order of concerns.
type ConcernSort string

// The orders of concerns.
const (
	ByUpdated ConcernSort = "updated" // changed last first; the default
	ByCreated ConcernSort = "created" // opened last first
	ByTitle   ConcernSort = "title"
	ByDriver  ConcernSort = "driver" // in the taxonomy's order, then by title
	ByState   ConcernSort = "state"  // in the lifecycle's order, then by title
)

// ConcernSorts lists every ConcernSort.
var ConcernSorts = []ConcernSort{ByUpdated, ByCreated, ByTitle, ByDriver, ByState}

// A ConcernPlace is a place in a list of concerns; the zero value is its start.
type ConcernPlace struct {
	Rank   int              `json:"r,omitempty"`
	Time   int64            `json:"t,omitempty"`
	Folded string           `json:"f,omitempty"`
	ID     parley.ConcernID `json:"i"`
}

// A ConcernFilter chooses concerns of an engagement that are part of no other; zero fields do not restrict.
type ConcernFilter struct {
	State  parley.ConcernState
	Open   bool // only those that are not settled
	Driver parley.Driver
	Person parley.StakeholderID // who holds it
	Text   string               // that the title has, case and accents aside
	Sort   ConcernSort
	After  ConcernPlace
	Limit  int
}

// rankOf returns an expression for the place of a column's value in a list, the first being 1.
func rankOf[T ~string](column string, values []T) string {
	var b strings.Builder
	b.WriteString("CASE " + column)
	for i, v := range values {
		fmt.Fprintf(&b, " WHEN '%s' THEN %d", v, i+1)
	}
	return b.String() + " ELSE 0 END"
}

func (f ConcernFilter) where(space parley.WorkspaceID, engagement parley.EngagementID) (string, []any) {
	query := " FROM concern WHERE space = $1 AND engagement = $2 AND merged IS NULL"
	args := []any{space, engagement}
	where := func(clause string, value any) {
		args = append(args, value)
		query += arg(clause, args)
	}
	if f.State != "" {
		where(" AND state = ", f.State)
	}
	if f.Open {
		query += " AND state <> 'settled'"
	}
	if f.Driver != "" {
		where(" AND driver = ", f.Driver)
	}
	if f.Person != "" {
		where(" AND EXISTS (SELECT 1 FROM finding WHERE finding.space = concern.space AND finding.concern = concern.id AND finding.stakeholder = ", f.Person)
		query += ")"
	}
	for _, word := range strings.Fields(Fold(f.Text)) {
		where(" AND folded LIKE ", "%"+likeEscaper.Replace(word)+"%")
		query += ` ESCAPE '!'`
	}
	return query, args
}

var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// PlaceOf returns the place of c in a list in the given order.
func PlaceOf(c parley.Concern, sort ConcernSort) ConcernPlace {
	p := ConcernPlace{ID: c.ID}
	switch sort {
	case ByTitle:
		p.Folded = Fold(c.Title)
	case ByDriver:
		p.Folded, p.Rank = Fold(c.Title), slices.Index(parley.Drivers, c.Labels.Driver)+1
	case ByState:
		p.Folded, p.Rank = Fold(c.Title), slices.Index(parley.ConcernStates, c.State)+1
	case ByCreated:
		p.Time = c.Created.UnixMicro()
	default:
		p.Time = c.Updated.UnixMicro()
	}
	return p
}

// keysOf returns what a list is sorted by, how a row lies after a place, and that place's values.
func keysOf(sort ConcernSort, after ConcernPlace) (order, row string, place []any) {
	switch sort {
	case ByTitle:
		return "folded, id", "(folded, id) >", []any{after.Folded, after.ID}
	case ByDriver:
		rank := rankOf("driver", parley.Drivers)
		return rank + ", folded, id", "(" + rank + ", folded, id) >", []any{after.Rank, after.Folded, after.ID}
	case ByState:
		rank := rankOf("state", parley.ConcernStates)
		return rank + ", folded, id", "(" + rank + ", folded, id) >", []any{after.Rank, after.Folded, after.ID}
	case ByCreated:
		return "created DESC, id DESC", "(created, id) <", []any{after.Time, after.ID}
	}
	return "updated DESC, id DESC", "(updated, id) <", []any{after.Time, after.ID}
}

// Concerns returns up to Limit concerns in the order asked for, and how many the filter chooses in all.
func (tx *Tx) Concerns(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID, f ConcernFilter) (list []parley.Concern, total int, err error) {
	where, args := f.where(space, engagement)
	if err := tx.get(ctx, "count", &total, "SELECT COUNT(*)"+where, args...); err != nil {
		return nil, 0, err
	}
	order, row, place := keysOf(f.Sort, f.After)
	if f.After.ID != "" {
		where += " AND " + row + " (" + placeholders(len(args)+1, len(place)) + ")"
		args = append(args, place...)
	}
	args = append(args, f.Limit)
	var rows []concernRow
	if err := tx.list(ctx, &rows, "SELECT "+concernColumns+where+" ORDER BY "+order+arg(" LIMIT ", args), args...); err != nil {
		return nil, 0, err
	}
	list = make([]parley.Concern, len(rows))
	for i, r := range rows {
		list[i] = r.concern()
	}
	return list, total, nil
}

// DeleteEmptyConcerns drops those of the concerns that have no quotes and that nobody has touched since
// they were opened for one.
func (tx *Tx) DeleteEmptyConcerns(ctx context.Context, space parley.WorkspaceID, ids []parley.ConcernID) error {
	empty := "space = $1 AND version = 1 AND id " + tx.in(2) + " AND NOT EXISTS (SELECT 1 FROM finding WHERE finding.space = concern.space AND finding.concern = concern.id)"
	if err := tx.forgetApart(ctx, space, "SELECT id FROM concern WHERE "+empty, listOf(ids)); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM concern WHERE "+empty, space, listOf(ids))
	return err
}

// ImportConcerns returns the concerns that findings of an import have joined.
func (tx *Tx) ImportConcerns(ctx context.Context, space parley.WorkspaceID, id parley.ImportID) (ids []parley.ConcernID, err error) {
	err = tx.list(ctx, &ids, `SELECT DISTINCT f.concern FROM finding f JOIN message m ON m.space = f.space AND m.id = f.message
		WHERE f.space = $1 AND m.import = $2 AND f.concern IS NOT NULL ORDER BY f.concern`, space, id)
	return ids, err
}
