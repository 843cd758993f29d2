package store

import (
	"context"
	"time"

	"parley"
)

type memberRow struct {
	Space    parley.WorkspaceID `db:"space"`
	ID       parley.MemberID    `db:"id"`
	Name     string             `db:"name"`
	Email    string             `db:"email"`
	Role     parley.Role        `db:"role"`
	Lang     parley.Lang        `db:"lang"`
	Password string             `db:"password"`
	Created  Time               `db:"created"`
	Disabled bool               `db:"disabled"`
	Version  int                `db:"version"`
}

const memberColumns = "space, id, name, email, role, lang, password, created, disabled, version"

func (r memberRow) member() parley.Member {
	return parley.Member{
		ID: r.ID, Space: r.Space, Name: r.Name, Email: r.Email, Role: r.Role, Lang: r.Lang, Created: r.Created.Time,
		Disabled: r.Disabled, Version: r.Version,
	}
}

// CreateMember keeps a new member with the hash of their password.
func (tx *Tx) CreateMember(ctx context.Context, m parley.Member, password string) error {
	_, err := tx.exec(ctx, "INSERT INTO member ("+memberColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
		m.Space, m.ID, m.Name, m.Email, m.Role, m.Lang, password, Time{m.Created}, m.Disabled)
	if parley.CodeOf(err) == parley.Conflict {
		return &parley.Error{Code: parley.Conflict, Field: "email", Message: "there is a member with that e-mail address already"}
	}
	return err
}

// Member returns one member and the hash of their password, whichever their workspace.
func (tx *Tx) Member(ctx context.Context, id parley.MemberID) (m parley.Member, password string, err error) {
	var row memberRow
	err = tx.get(ctx, "member", &row, "SELECT "+memberColumns+" FROM member WHERE id = $1", id)
	return row.member(), row.Password, err
}

// MembersByEmail returns the members with an address, in any workspace, with the hashes of their passwords.
func (tx *Tx) MembersByEmail(ctx context.Context, email string) (list []parley.Member, passwords []string, err error) {
	var rows []memberRow
	if err := tx.list(ctx, &rows, "SELECT "+memberColumns+" FROM member WHERE email = $1 ORDER BY id LIMIT 20", email); err != nil {
		return nil, nil, err
	}
	for _, r := range rows {
		list, passwords = append(list, r.member()), append(passwords, r.Password)
	}
	return list, passwords, nil
}

// Members returns the members of a workspace, in the order in which they came, at most 10,000.
func (tx *Tx) Members(ctx context.Context, space parley.WorkspaceID) ([]parley.Member, error) {
	var rows []memberRow
	if err := tx.list(ctx, &rows, "SELECT "+memberColumns+" FROM member WHERE space = $1 ORDER BY id LIMIT 10000", space); err != nil {
		return nil, err
	}
	list := make([]parley.Member, len(rows))
	for i, r := range rows {
		list[i] = r.member()
	}
	return list, nil
}

// UpdateMember changes name, role, language and whether they may sign in, if the stored version is m's.
func (tx *Tx) UpdateMember(ctx context.Context, m parley.Member) (parley.Member, error) {
	err := tx.update(ctx, `UPDATE member SET name = $1, role = $2, lang = $3, disabled = $4, version = version + 1
		WHERE space = $5 AND id = $6 AND version = $7`, m.Name, m.Role, m.Lang, m.Disabled, m.Space, m.ID, m.Version)
	m.Version++
	return m, err
}

// SetPassword sets the hash of a member's password.
func (tx *Tx) SetPassword(ctx context.Context, space parley.WorkspaceID, id parley.MemberID, password string) error {
	_, err := tx.exec(ctx, "UPDATE member SET password = $1 WHERE space = $2 AND id = $3", password, space, id)
	return err
}

// AddAttempt counts one try of who in the minute of now.
func (tx *Tx) AddAttempt(ctx context.Context, who string, now time.Time) error {
	minute := now.Unix() / 60
	if _, err := tx.exec(ctx, "DELETE FROM attempt WHERE slot < $1", minute-120); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "INSERT INTO attempt (who, slot, count) VALUES ($1, $2, 1) ON CONFLICT (who, slot) DO UPDATE SET count = attempt.count + 1", who, minute)
	return err
}

// Attempts returns how often who tried in the last d before now, to the minute.
func (tx *Tx) Attempts(ctx context.Context, who string, now time.Time, d time.Duration) (n int, err error) {
	err = tx.get(ctx, "count", &n, "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM attempt WHERE who = $1 AND slot > $2", who, now.Add(-d).Unix()/60)
	return n, err
}

// ForgetAttempts takes the tries of who back.
func (tx *Tx) ForgetAttempts(ctx context.Context, who string) error {
	_, err := tx.exec(ctx, "DELETE FROM attempt WHERE who = $1", who)
	return err
}
