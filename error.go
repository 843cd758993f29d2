package parley

import "errors"

// A Code says what the caller can do about an error. Each edge maps codes to its own statuses in one table.
type Code string

const (
	Invalid         Code = "invalid"         // correct the request; Error.Field says where
	Unauthenticated Code = "unauthenticated" // sign in
	Forbidden       Code = "forbidden"       // ask someone who may
	NotFound        Code = "not_found"       // look elsewhere
	Conflict        Code = "conflict"        // reload, then decide again
	Unavailable     Code = "unavailable"     // wait, then retry
	Internal        Code = "internal"        // report it
)

// Codes lists every Code.
var Codes = []Code{Invalid, Unauthenticated, Forbidden, NotFound, Conflict, Unavailable, Internal}

// An Error is a failure that the person who asked can act on.
type Error struct {
	Code    Code
	Field   string // input at fault, by its JSON name or flag; empty if none
	Message string // one sentence for that person
	Err     error  // the cause, for the log only; may be nil
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the outermost code in err's chain, Internal if there is none, and "" for a nil error.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
