package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"parley"
)

// statuses maps what the caller can do about an error to the HTTP status. A conflict of versions has
// statuses of its own: see statusOf.
var statuses = map[parley.Code]int{
	parley.Invalid:         http.StatusUnprocessableEntity,
	parley.Unauthenticated: http.StatusUnauthorized,
	parley.Forbidden:       http.StatusForbidden,
	parley.NotFound:        http.StatusNotFound,
	parley.Conflict:        http.StatusConflict,
	parley.Unavailable:     http.StatusServiceUnavailable,
	parley.Internal:        http.StatusInternalServerError,
}

// Fields at fault in a conflict of versions.
const (
	fieldVersion = "version"  // the one sent is not the one stored
	fieldIfMatch = "If-Match" // none was sent
)

// statusOf returns the status of an error with code and field: by the table, except that a version that is
// stale or missing fails a precondition (RFC 9110 §15.5.13, RFC 6585 §3).
func statusOf(code parley.Code, field string) int {
	switch {
	case code == parley.Conflict && field == fieldVersion:
		return http.StatusPreconditionFailed
	case code == parley.Conflict && field == fieldIfMatch:
		return http.StatusPreconditionRequired
	}
	return statuses[code]
}

// codeOf returns the code for a status that huma answers with by itself.
func codeOf(status int) parley.Code {
	switch status {
	case http.StatusPreconditionFailed, http.StatusPreconditionRequired:
		return parley.Conflict
	case http.StatusRequestTimeout:
		return parley.Unavailable
	}
	if status >= http.StatusInternalServerError {
		return parley.Internal
	}
	return parley.Invalid
}

// A problem is an error as it is sent (RFC 9457).
type problem struct {
	Type   string      `json:"type" doc:"Always about:blank: status and code say what it is."`
	Title  string      `json:"title" doc:"The status in words."`
	Status int         `json:"status" doc:"The HTTP status."`
	Detail string      `json:"detail" doc:"One sentence for the person who asked."`
	Code   parley.Code `json:"code" doc:"What the caller can do about it."`
	Field  string      `json:"field,omitempty" doc:"The input at fault, by its name."`
	Errors []fault     `json:"errors,omitempty" doc:"Every input at fault, where more than one may be."`
}

// A fault is one input at fault.
type fault struct {
	Field   string `json:"field,omitempty" doc:"Where it is: a name in the body, or path.…, query.…, header.…"`
	Message string `json:"message" doc:"What is wrong with it."`
}

// statusProblem returns a problem of a status, without a detail.
func statusProblem(status int) *problem {
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: codeOf(status)}
}

// newProblem returns the problem of a code with the detail that fits where nothing more is known.
func newProblem(code parley.Code) *problem {
	p := statusProblem(statuses[code])
	p.Code = code
	switch code {
	case parley.Internal:
		p.Detail = "something went wrong in Parley; the log says what"
	case parley.Unavailable:
		p.Detail = "it took too long; try again"
	}
	return p
}

// problem turns an error of the app into what is sent. What a caller can do nothing about is logged.
func (s *Server) problem(ctx context.Context, err error) *problem {
	var known *problem
	if errors.As(err, &known) {
		return known
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return newProblem(parley.Unavailable)
	}
	code := parley.CodeOf(err)
	var e *parley.Error
	if code == parley.Internal || !errors.As(err, &e) {
		s.log.ErrorContext(ctx, "api request failed", "request", callOf(ctx).request, "member", actor(ctx).Member, "error", err)
		return newProblem(parley.Internal)
	}
	if code == parley.Unavailable {
		s.log.WarnContext(ctx, "api request not served", "request", callOf(ctx).request, "error", err)
	}
	p := statusProblem(statusOf(code, e.Field))
	p.Code, p.Detail, p.Field = code, e.Message, e.Field
	return p
}

// ofVersion returns err, of an operation that asks for a version. A conflict that names no field is about
// that: the use cases name the field of every other.
func ofVersion(err error) error {
	var e *parley.Error
	if errors.As(err, &e) && e.Code == parley.Conflict && e.Field == "" {
		return &parley.Error{Code: parley.Conflict, Field: fieldVersion, Message: e.Message, Err: err}
	}
	return err
}

// Error returns the detail.
func (p *problem) Error() string { return p.Detail }

// GetStatus tells huma the status.
func (p *problem) GetStatus() int { return p.Status }

// ErrorDetail tells huma what to say where a problem is one of several.
func (p *problem) ErrorDetail() *huma.ErrorDetail {
	return &huma.ErrorDetail{Message: p.Detail, Location: p.Field}
}

// ContentType tells huma the media type.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders tells huma the headers that a status asks for.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{}
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	}
	return h
}

// write sends p where huma does not.
func (p *problem) write(w http.ResponseWriter) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}

// refused turns huma's own errors, about input that is not as described, into problems. The values at
// fault are left out: they may be passwords, or what people said.
func refused(e *huma.ErrorModel) *problem {
	p := statusProblem(e.Status)
	p.Detail = e.Detail
	for _, d := range e.Errors {
		p.Errors = append(p.Errors, fault{Field: strings.TrimPrefix(d.Location, "body."), Message: d.Message})
	}
	if len(p.Errors) > 0 {
		first := p.Errors[0]
		p.Field, p.Detail = first.Field, first.Message
	}
	return p
}
