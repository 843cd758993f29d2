package app

import (
	"context"
	"time"

	"parley/internal/store"
)

// Sessions returns where the sessions of browsers are kept.
func (a *App) Sessions() Sessions { return Sessions{a} }

// Sessions keeps the sessions of browsers, their cookies hashed, where every replica sees them. It is an
// scs.CtxStore.
type Sessions struct{ a *App }

// FindCtx returns what is kept of the session with a cookie, and whether there is one.
func (s Sessions) FindCtx(ctx context.Context, cookie string) (data []byte, found bool, err error) {
	err = s.a.read(ctx, func(tx *store.Tx) error {
		data, found, err = tx.Session(ctx, hashSecret(cookie), s.a.now())
		return err
	})
	return data, found, err
}

// CommitCtx keeps a session.
func (s Sessions) CommitCtx(ctx context.Context, cookie string, data []byte, expires time.Time) error {
	return s.a.write(ctx, func(tx *store.Tx) error { return tx.SaveSession(ctx, hashSecret(cookie), data, expires, s.a.now()) })
}

// DeleteCtx ends a session.
func (s Sessions) DeleteCtx(ctx context.Context, cookie string) error {
	return s.a.write(ctx, func(tx *store.Tx) error { return tx.DeleteSession(ctx, hashSecret(cookie)) })
}

// Find is FindCtx, as scs wants it too.
func (s Sessions) Find(cookie string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), cookie)
}

// Commit is CommitCtx, as scs wants it too.
func (s Sessions) Commit(cookie string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), cookie, data, expires)
}

// Delete is DeleteCtx, as scs wants it too.
func (s Sessions) Delete(cookie string) error { return s.DeleteCtx(context.Background(), cookie) }
