package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A Time is a time in a column: microseconds since 1970, UTC; 0 is no time.
type Time struct{ time.Time }

// Value returns what is stored.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return int64(0), nil
	}
	return t.UnixMicro(), nil
}

// Scan reads what is stored.
func (t *Time) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T", src)
	}
	t.Time = time.Time{}
	if n != 0 {
		t.Time = time.UnixMicro(n).UTC()
	}
	return nil
}

// A JSON is a value in a JSONB column: an object or an array, since SQLite takes others for numbers.
type JSON[T any] struct{ V T }

// Value returns what is stored.
func (j JSON[T]) Value() (driver.Value, error) {
	data, err := json.Marshal(j.V)
	if err != nil {
		return nil, err
	}
	if string(data) == "null" {
		return "[]", nil
	}
	return string(data), nil
}

// Scan reads what is stored.
func (j *JSON[T]) Scan(src any) error {
	var data []byte
	switch v := src.(type) {
	case string:
		data = []byte(v)
	case []byte:
		data = v
	default:
		return fmt.Errorf("JSON is stored as %T", src)
	}
	var zero T
	j.V = zero
	if string(data) == "[]" {
		return nil
	}
	return json.Unmarshal(data, &j.V)
}

// listOf returns ids as the one argument that Tx.in reads.
func listOf[T ~string](ids []T) string {
	data, err := json.Marshal(ids)
	if err != nil {
		panic(err) // strings always marshal
	}
	if ids == nil {
		return "[]"
	}
	return string(data)
}

// Fold returns text in lower case without accents, as titles are found and sorted.
func Fold(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(text)) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}
