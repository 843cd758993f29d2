package listen

import (
	"errors"
	"fmt"
)

// A FlawCode says what is wrong with a part of an input, so that a program can tell it in other words. It is stable.
type FlawCode string

// The flaws, with what their Args are.
const (
	FlawNothing   FlawCode = "nothing"        // nobody says anything in it
	FlawFormat    FlawCode = "format"         // it looks like nothing that is read
	FlawLong      FlawCode = "long"           // too long, its rest was not read: how many bytes are
	FlawSplit     FlawCode = "split"          // too long, its rest goes on as another message: how many bytes one has
	FlawObject    FlawCode = "object"         // an object of JSON that does not end
	FlawJSON      FlawCode = "json"           // no object of JSON: what the reader of JSON says
	FlawTime      FlawCode = "time"           // a time that is none, the words are kept: what stands there
	FlawStray     FlawCode = "stray"          // text outside of any cue: that text
	FlawRow       FlawCode = "row"            // a row with too few cells: how many it has, how many are needed
	FlawQuote     FlawCode = "quote"          // a quote that does not close, the line was read by itself
	FlawColumns   FlawCode = "columns"        // no column of a table reads as text
	FlawColumn    FlawCode = "column"         // no such column: the one asked for, those there are
	FlawEmptyMail FlawCode = "mail_empty"     // a mail with nothing in it
	FlawHeader    FlawCode = "mail_header"    // lines of a mail's header were left out: what the reader of mail says
	FlawMail      FlawCode = "mail"           // a mail that cannot be read: what the reader of mail says
	FlawDeep      FlawCode = "mail_deep"      // parts within parts, the inner ones not read: how deep they are read
	FlawPart      FlawCode = "mail_part"      // a part read as far as that goes: which one, what the reader of mail says
	FlawEnd       FlawCode = "mail_end"       // no more is read of a mail: after which part, what the reader of mail says
	FlawBoundary  FlawCode = "mail_boundary"  // several parts, and nothing says where one begins: which part they are
	FlawDocument  FlawCode = "document"       // a document or spreadsheet that is damaged: what the reader of it says
	FlawForwarded FlawCode = "mail_forwarded" // a mail within a mail that cannot be read: which part it is, what the reader of mail says
)

// FlawCodes lists every FlawCode.
var FlawCodes = []FlawCode{
	FlawNothing, FlawFormat, FlawLong, FlawSplit, FlawObject, FlawJSON, FlawTime, FlawStray, FlawRow, FlawQuote, FlawColumns, FlawColumn, FlawEmptyMail,
	FlawHeader, FlawMail, FlawDeep, FlawPart, FlawEnd, FlawBoundary, FlawForwarded, FlawDocument,
}

// A Flaw is what is wrong with a part of an input, as the cause of a PartError. Its text is English.
type Flaw struct {
	Code FlawCode
	Args []string // see the code
	err  error
}

func (f *Flaw) Error() string { return f.err.Error() }

func (f *Flaw) Unwrap() error { return errors.Unwrap(f.err) }

// flaw returns a Flaw that says format with args.
func flaw(code FlawCode, format string, args ...any) error {
	f := &Flaw{Code: code, err: fmt.Errorf(format, args...)}
	for _, a := range args {
		f.Args = append(f.Args, fmt.Sprint(a))
	}
	return f
}
