package app

import (
	"context"
	"time"

	"parley"
	"parley/internal/store"
)

// answerKept is how long an answer is kept for those who ask again.
const answerKept = 24 * time.Hour

// Once carries out fn and keeps its answer under key in the same transaction, or, if by was answered under
// key already, returns that answer without calling fn. request is a fingerprint of what is asked: another
// request under the same key is a conflict. fn does what it does through the App it is given, and may be
// called again after a conflict between writers.
func (a *App) Once(ctx context.Context, by parley.Actor, key, request string, fn func(*App) (answer []byte, err error)) ([]byte, error) {
	if err := mayBeHere(by); err != nil {
		return nil, err
	}
	if key == "" || len(key) > 200 {
		return nil, &parley.Error{Code: parley.Invalid, Field: "Idempotency-Key", Message: "a key has 1 to 200 bytes"}
	}
	now := a.now()
	var body []byte
	err := a.write(ctx, func(tx *store.Tx) error {
		asked, answer, found, err := tx.Answer(ctx, by.Space, by.Member, key)
		if err != nil {
			return err
		}
		if found {
			body = answer
			if asked != request {
				return &parley.Error{Code: parley.Conflict, Field: "Idempotency-Key", Message: "this key was used for another request"}
			}
			return nil
		}
		within := *a
		within.tx = tx
		if body, err = fn(&within); err != nil {
			return err
		}
		return tx.SaveAnswer(ctx, by.Space, by.Member, key, request, body, now, answerKept)
	})
	if err != nil {
		return nil, err
	}
	return body, nil
}
