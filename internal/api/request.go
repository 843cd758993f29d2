package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"parley"
	"parley/internal/app"
)

// Parts of inputs.
type (
	// One names a thing by its id.
	One[ID ~string] struct {
		ID ID `path:"id"`
	}

	// Keyed is a write that may be sent again.
	Keyed struct {
		Key string `header:"Idempotency-Key" minLength:"1" maxLength:"200" doc:"Any text of the caller's that is new for each thing to do. The same request with the same key is done once."`
	}

	// KeyedOne is a write about a thing that says all by its address.
	KeyedOne[ID ~string] struct {
		One[ID]
		Keyed
	}

	// Versioned is a write to what others may have changed meanwhile.
	Versioned struct {
		IfMatch string `header:"If-Match" doc:"The version that was seen, in quotes." example:"\"3\""`
		version int
	}

	// Cursored is a list that comes in pages.
	Cursored struct {
		Cursor string `query:"cursor" maxLength:"1000" doc:"Where the page begins: next of the page before."`
	}

	// Paged is a list that comes in pages of a size to choose.
	Paged struct {
		Cursored
		Limit int `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
	}
)

// Outputs.
type (
	// A body is an answer.
	body[T any] struct{ Body T }

	// A row is an answer that has a version.
	row[T any] struct {
		ETag string `header:"ETag" doc:"The version in quotes, for If-Match."`
		Body T
	}

	// A made is a thing that is new.
	made[T any] struct {
		Location string `header:"Location" doc:"Its address."`
		Body     T
	}

	// A list is a page of a list.
	List[T any] struct {
		Items []T    `json:"items"`
		Next  string `json:"next,omitempty" doc:"Cursor of the next page; none: this is the last."`
	}
)

// Resolve reads the version. That it is there and right is for the status to say, so huma does not check it.
func (v *Versioned) Resolve(huma.Context) []error {
	if v.IfMatch == "" || v.IfMatch == "*" {
		p := statusProblem(http.StatusPreconditionRequired)
		p.Field, p.Detail = fieldIfMatch, "send the version that you saw, in quotes, as If-Match"
		return []error{p}
	}
	number, quotes := strings.CutPrefix(v.IfMatch, `"`)
	number, closed := strings.CutSuffix(number, `"`)
	version, err := strconv.Atoi(number)
	if !quotes || !closed || err != nil || version < 1 {
		p := statusProblem(http.StatusPreconditionFailed) // there is no such version, so nothing matches it
		p.Field, p.Detail = fieldIfMatch, "If-Match is no version in quotes"
		return []error{p}
	}
	v.version = version
	return nil
}

// once carries fn out and returns its answer. With a key, it does so the first time only, and keeps the
// answer in the transaction of fn's writes; then it returns the same answer again. in is the input, by
// which it knows the same request; it is kept as a hash only.
func once[T any](ctx context.Context, s *Server, key string, in any, fn func(*app.App) (T, error)) (answer T, err error) {
	if key == "" {
		return fn(s.app)
	}
	request, err := fingerprint(ctx, in)
	if err != nil {
		return answer, err
	}
	data, err := s.app.Once(ctx, actor(ctx), key, request, func(a *app.App) ([]byte, error) {
		answer, err := fn(a)
		if err != nil {
			return nil, err
		}
		return json.Marshal(answer)
	})
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return answer, fmt.Errorf("read the answer kept for a key: %w", err)
	}
	return answer, nil
}

// done is the answer of what has none.
type done struct{}

// onceOnly is once for what has no answer.
func onceOnly(ctx context.Context, s *Server, key string, in any, fn func(*app.App) error) (*struct{}, error) {
	_, err := once(ctx, s, key, in, func(a *app.App) (done, error) { return done{}, fn(a) })
	return nil, err
}

// fingerprint returns a hash of a request: its method and address, and its input.
func fingerprint(ctx context.Context, in any) (string, error) {
	data, err := json.Marshal(in)
	if err != nil {
		return "", fmt.Errorf("hash a request: %w", err)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s", callOf(ctx).request, data)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// page returns one page of a list that the app gives whole. The cursor is the id of the last item before it.
func page[T any, ID ~string](items []T, in Paged, id func(T) ID) (*body[List[T]], error) {
	start := 0
	if in.Cursor != "" {
		last, err := base64.RawURLEncoding.DecodeString(in.Cursor)
		for start < len(items) && (start == 0 || string(id(items[start-1])) != string(last)) {
			start++
		}
		if err != nil || start == 0 || string(id(items[start-1])) != string(last) {
			return nil, &parley.Error{Code: parley.Invalid, Field: "cursor", Message: "the list has no such place any more; begin anew"}
		}
	}
	out := List[T]{Items: items[start:min(start+in.Limit, len(items))]}
	if start+in.Limit < len(items) {
		out.Next = base64.RawURLEncoding.EncodeToString([]byte(id(out.Items[len(out.Items)-1])))
	}
	return &body[List[T]]{out}, nil
}
