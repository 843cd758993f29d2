package store

import (
	"context"
	"strings"

	"parley"
)

type stakeholderRow struct {
	Space      parley.WorkspaceID   `db:"space"`
	ID         parley.StakeholderID `db:"id"`
	Engagement parley.EngagementID  `db:"engagement"`
	Name       string               `db:"name"`
	Address    string               `db:"address"`
	Title      string               `db:"title"`
	Side       parley.Side          `db:"side"`
	Power      int                  `db:"power"`
	Stance     int                  `db:"stance"`
	Skepticism int                  `db:"skepticism"`
	Langs      JSON[[]parley.Lang]  `db:"langs"`
	Version    int                  `db:"version"`
}

const stakeholderColumns = "space, id, engagement, name, address, title, side, power, stance, skepticism, langs, version"

func (r stakeholderRow) stakeholder() parley.Stakeholder {
	return parley.Stakeholder{
		ID: r.ID, Space: r.Space, Engagement: r.Engagement, Name: r.Name, Address: r.Address, Title: r.Title, Side: r.Side, Power: r.Power,
		Stance: r.Stance, Skepticism: r.Skepticism, Langs: r.Langs.V, Version: r.Version,
	}
}

func stakeholders(rows []stakeholderRow) []parley.Stakeholder {
	list := make([]parley.Stakeholder, len(rows))
	for i, r := range rows {
		list[i] = r.stakeholder()
	}
	return list
}

// PersonKey returns what makes p one stakeholder: the address, else the name, in lower case; "" for nobody.
func PersonKey(p parley.Person) string {
	if p.Address != "" {
		return strings.ToLower(p.Address)
	}
	return called(p.Name)
}

func called(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// CreateStakeholders keeps new stakeholders; their address or name must be new to the engagement.
func (tx *Tx) CreateStakeholders(ctx context.Context, list []parley.Stakeholder) error {
	rows := make([][]any, len(list))
	for i, s := range list {
		person := PersonKey(parley.Person{Name: s.Name, Address: s.Address})
		rows[i] = []any{s.Space, s.ID, s.Engagement, s.Name, s.Address, s.Title, s.Side, s.Power, s.Stance, s.Skepticism, JSON[[]parley.Lang]{s.Langs}, 1, person, called(s.Name)}
	}
	return tx.insertRows(ctx, "stakeholder ("+stakeholderColumns+", person, called)", "", rows)
}

// Stakeholder returns one stakeholder.
func (tx *Tx) Stakeholder(ctx context.Context, space parley.WorkspaceID, id parley.StakeholderID) (parley.Stakeholder, error) {
	var row stakeholderRow
	err := tx.get(ctx, "stakeholder", &row, "SELECT "+stakeholderColumns+" FROM stakeholder WHERE space = $1 AND id = $2", space, id)
	return row.stakeholder(), err
}

// Stakeholders returns those of an engagement by name, at most 10,000.
func (tx *Tx) Stakeholders(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID) ([]parley.Stakeholder, error) {
	var rows []stakeholderRow
	err := tx.list(ctx, &rows, "SELECT "+stakeholderColumns+" FROM stakeholder WHERE space = $1 AND engagement = $2 ORDER BY name, address, id LIMIT 10000", space, engagement)
	return stakeholders(rows), err
}

// A Known is who a stakeholder is, whatever people call them since: Person is the PersonKey, Called the name
// in what was imported, in lower case, and Address may be empty.
type Known struct {
	ID      parley.StakeholderID `db:"id"`
	Person  string               `db:"person"`
	Called  string               `db:"called"`
	Address string               `db:"address"`
}

// StakeholdersLike returns those of an engagement who are one of the people, by address or by name alone,
// or have the name of one, in the order in which they came.
func (tx *Tx) StakeholdersLike(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID, people []parley.Person) (list []Known, err error) {
	var persons, names []string
	for _, p := range people {
		persons = append(persons, PersonKey(p))
		if n := called(p.Name); n != "" {
			names = append(names, n)
		}
	}
	err = tx.list(ctx, &list, "SELECT id, person, called, address FROM stakeholder WHERE space = $1 AND engagement = $2 AND (person "+tx.in(3)+" OR called "+tx.in(4)+") ORDER BY id",
		space, engagement, listOf(persons), listOf(names))
	return list, err
}

// SetStakeholderAddress gives a stakeholder who was known by name alone an address, by which they are known from now on.
func (tx *Tx) SetStakeholderAddress(ctx context.Context, space parley.WorkspaceID, id parley.StakeholderID, address string) error {
	_, err := tx.exec(ctx, "UPDATE stakeholder SET address = $1, person = $1 WHERE space = $2 AND id = $3", address, space, id)
	return err
}

// StakeholdersByID returns stakeholders by their ids.
func (tx *Tx) StakeholdersByID(ctx context.Context, space parley.WorkspaceID, ids []parley.StakeholderID) (map[parley.StakeholderID]parley.Stakeholder, error) {
	var rows []stakeholderRow
	err := tx.list(ctx, &rows, "SELECT "+stakeholderColumns+" FROM stakeholder WHERE space = $1 AND id "+tx.in(2)+" ORDER BY id", space, listOf(ids))
	byID := make(map[parley.StakeholderID]parley.Stakeholder, len(rows))
	for _, r := range rows {
		byID[r.ID] = r.stakeholder()
	}
	return byID, err
}

// UpdateStakeholder saves s, but for who it is, if the stored version is s's.
func (tx *Tx) UpdateStakeholder(ctx context.Context, s parley.Stakeholder) (parley.Stakeholder, error) {
	err := tx.update(ctx, `UPDATE stakeholder SET name = $1, title = $2, side = $3, power = $4, stance = $5, skepticism = $6, langs = $7,
		version = version + 1 WHERE space = $8 AND id = $9 AND version = $10`,
		s.Name, s.Title, s.Side, s.Power, s.Stance, s.Skepticism, JSON[[]parley.Lang]{s.Langs}, s.Space, s.ID, s.Version)
	s.Version++
	return s, err
}

// SetStakeholderSide changes for which side a stakeholder is taken to speak.
func (tx *Tx) SetStakeholderSide(ctx context.Context, space parley.WorkspaceID, id parley.StakeholderID, side parley.Side) error {
	_, err := tx.exec(ctx, "UPDATE stakeholder SET side = $1 WHERE space = $2 AND id = $3", side, space, id)
	return err
}

// DeleteSilentStakeholders drops those who say nothing any more and whom nobody has edited.
func (tx *Tx) DeleteSilentStakeholders(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID) error {
	_, err := tx.exec(ctx, `DELETE FROM stakeholder WHERE space = $1 AND engagement = $2 AND version = 1
		AND NOT EXISTS (SELECT 1 FROM message WHERE message.space = stakeholder.space AND message.stakeholder = stakeholder.id)`, space, engagement)
	return err
}
