package web

import (
	"parley"
	"parley/internal/web/i18n"
)

// An ErrorView is a page that says what went wrong.
type ErrorView struct {
	LayoutView
	Icon, Text string
	Reference  string
	Links      []Link
}

// errorView says what the reader can do, by the error's code.
func errorView(w *i18n.Words, code parley.Code, text string) ErrorView {
	v := ErrorView{LayoutView: LayoutView{Words: w, Title: w.T("error.title." + string(code))}, Icon: "alert-triangle", Text: text, Reference: string(code)}
	v.Links = []Link{{w.T("error.home"), "/today"}}
	switch code {
	case parley.NotFound:
		v.Icon = "search"
	case parley.Forbidden:
		v.Icon = "lock"
	case parley.Conflict:
		v.Icon = "users"
	case parley.Unauthenticated:
		v.Icon, v.Links = "key", []Link{{w.T("sign.in"), "/sign-in"}}
	}
	return v
}
