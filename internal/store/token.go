package store

import (
	"context"
	"time"

	"parley"
)

type tokenRow struct {
	Space    parley.WorkspaceID `db:"space"`
	ID       parley.TokenID     `db:"id"`
	Member   parley.MemberID    `db:"member"`
	Name     string             `db:"name"`
	Scope    parley.Scope       `db:"scope"`
	Expires  Time               `db:"expires"`
	LastUsed Time               `db:"last_used"`
	Created  Time               `db:"created"`
}

const tokenColumns = "space, id, member, name, scope, expires, last_used, created"

func (r tokenRow) token() parley.Token {
	return parley.Token{
		ID: r.ID, Member: r.Member, Name: r.Name, Scope: r.Scope, Expires: r.Expires.Time, LastUsed: r.LastUsed.Time, Created: r.Created.Time,
	}
}

// CreateToken keeps a new token with the hash of its secret.
func (tx *Tx) CreateToken(ctx context.Context, space parley.WorkspaceID, t parley.Token, hash string) error {
	_, err := tx.exec(ctx, "INSERT INTO token ("+tokenColumns+", hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		space, t.ID, t.Member, t.Name, t.Scope, Time{t.Expires}, Time{t.LastUsed}, Time{t.Created}, hash)
	return err
}

// TokenByHash returns the token with the hash of a secret, and the member it acts for.
func (tx *Tx) TokenByHash(ctx context.Context, hash string) (parley.Token, parley.Member, error) {
	var row struct {
		tokenRow
		Of memberRow `db:"of"`
	}
	err := tx.get(ctx, "token", &row, "SELECT "+qualified("t", tokenColumns)+", "+prefixed("m", "of", memberColumns)+
		" FROM token t JOIN member m ON m.space = t.space AND m.id = t.member WHERE t.hash = $1", hash)
	return row.token(), row.Of.member(), err
}

// Tokens returns the tokens of a workspace, of one member unless that is "", newest first, at most 1,000.
func (tx *Tx) Tokens(ctx context.Context, space parley.WorkspaceID, member parley.MemberID) ([]parley.Token, error) {
	var rows []tokenRow
	err := tx.list(ctx, &rows, "SELECT "+tokenColumns+" FROM token WHERE space = $1 AND ($2 = '' OR member = $2) ORDER BY id DESC LIMIT 1000", space, member)
	if err != nil {
		return nil, err
	}
	list := make([]parley.Token, len(rows))
	for i, r := range rows {
		list[i] = r.token()
	}
	return list, nil
}

// UseToken remembers when a token was used.
func (tx *Tx) UseToken(ctx context.Context, space parley.WorkspaceID, id parley.TokenID, now time.Time) error {
	_, err := tx.exec(ctx, "UPDATE token SET last_used = $1 WHERE space = $2 AND id = $3", Time{now}, space, id)
	return err
}

// DeleteToken takes a token away.
func (tx *Tx) DeleteToken(ctx context.Context, space parley.WorkspaceID, id parley.TokenID) error {
	n, err := tx.exec(ctx, "DELETE FROM token WHERE space = $1 AND id = $2", space, id)
	if err == nil && n == 0 {
		return notFound("token")
	}
	return err
}

// Session returns what is kept of a session, and whether there is one that has not expired.
func (tx *Tx) Session(ctx context.Context, hash string, now time.Time) (data []byte, found bool, err error) {
	var rows [][]byte
	err = tx.list(ctx, &rows, "SELECT data FROM session WHERE hash = $1 AND expires > $2", hash, Time{now})
	if err != nil || len(rows) == 0 {
		return nil, false, err
	}
	return rows[0], true, nil
}

// SaveSession keeps a session, and drops those that have expired.
func (tx *Tx) SaveSession(ctx context.Context, hash string, data []byte, expires, now time.Time) error {
	if _, err := tx.exec(ctx, "DELETE FROM session WHERE expires <= $1", Time{now}); err != nil {
		return err
	}
	_, err := tx.exec(ctx, `INSERT INTO session (hash, data, expires) VALUES ($1, $2, $3)
		ON CONFLICT (hash) DO UPDATE SET data = excluded.data, expires = excluded.expires`, hash, data, Time{expires})
	return err
}

// DeleteSession ends a session.
func (tx *Tx) DeleteSession(ctx context.Context, hash string) error {
	_, err := tx.exec(ctx, "DELETE FROM session WHERE hash = $1", hash)
	return err
}

// Answer returns what was answered to a request with this key, and the fingerprint of that request.
func (tx *Tx) Answer(ctx context.Context, space parley.WorkspaceID, member parley.MemberID, key string) (request string, body []byte, found bool, err error) {
	var rows []struct {
		Request string `db:"request"`
		Body    []byte `db:"body"`
	}
	err = tx.list(ctx, &rows, "SELECT request, body FROM answer WHERE space = $1 AND member = $2 AND key = $3", space, member, key)
	if err != nil || len(rows) == 0 {
		return "", nil, false, err
	}
	return rows[0].Request, rows[0].Body, true, nil
}

// SaveAnswer keeps an answer, and drops those older than keep.
func (tx *Tx) SaveAnswer(ctx context.Context, space parley.WorkspaceID, member parley.MemberID, key, request string, body []byte, now time.Time, keep time.Duration) error {
	if _, err := tx.exec(ctx, "DELETE FROM answer WHERE created < $1", Time{now.Add(-keep)}); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "INSERT INTO answer (space, member, key, request, body, created) VALUES ($1, $2, $3, $4, $5, $6)",
		space, member, key, request, body, Time{now})
	return err
}
