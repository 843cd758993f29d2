// Package listen turns conversations, as they come, into messages: mails and mailboxes, meeting
// transcripts and subtitles, chats, minutes and notes, and tables of comments.
//
// [Read] finds the format from the content and yields one [parley.Message] for each person's turn, in
// order. It streams: what it holds at a time is bounded by [Options] and not by the input. What cannot
// be read gives a [PartError] that says where, and reading goes on.
//
//	for m, err := range listen.Read("thread.mbox", file, listen.Options{}) {
//		if err != nil {
//			log.Print(err) // a broken part; the rest comes
//			continue
//		}
//		fmt.Println(m.Speaker, m.Text)
//	}
package listen

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"parley"
)

// Options says how to read. The zero value is right for most inputs.
type Options struct {
	Sides   parley.Sides // who speaks for which side
	Format  Format       // overrides what the content says; empty detects it
	Columns Columns      // overrides the columns that a table's header and cells suggest
	MaxPart int          // bytes of one mail, record or turn that are held; 0 is 32 MiB. What is longer is cut, with an error
	Waiting func(int)    // told, before each mail of a mailbox, in about how many bytes stand the mails read that come after it; nil: nobody is told
	Window  int          // mails of a mailbox that are held to be put in thread order; 0 is 2,048, 1 keeps the order of the file
}

func (o Options) maxPart() int {
	if o.MaxPart <= 0 {
		return 32 << 20
	}
	return o.MaxPart
}

func (o Options) window() int {
	if o.Window <= 0 {
		return 2048
	}
	return o.Window
}

// A PartError says which part of an input could not be read, or not wholly, and why. Reading goes on
// after it.
type PartError struct {
	Source string // the input's name
	Place  string // "mail 3", "line 12"
	Err    error
}

func (e *PartError) Error() string {
	if e.Place == "" {
		return fmt.Sprintf("%s: %v", e.Source, e.Err)
	}
	return fmt.Sprintf("%s, %s: %v", e.Source, e.Place, e.Err)
}

func (e *PartError) Unwrap() error { return e.Err }

// ErrNothing is the error of an input in which there is nothing that somebody says.
var ErrNothing = flaw(FlawNothing, "there is nothing to read in it")

// headSize is how much of an input is looked at to tell its format.
const headSize = 64 << 10

// Read yields the messages of one input, called name, and an error for each part that it cannot read.
// The messages of a mailbox are in thread order within Options.Window. It holds at most about eight
// times MaxPart, and Window mails of which it keeps no more than MaxPart bytes of text together.
func Read(name string, r io.Reader, o Options) iter.Seq2[parley.Message, error] {
	return func(yield func(parley.Message, error) bool) {
		in := bufio.NewReaderSize(r, headSize)
		head, err := in.Peek(headSize)
		if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
			yield(parley.Message{}, &PartError{Source: name, Err: err})
			return
		}
		format := o.Format
		if format == "" {
			format = Detect(name, head)
		}
		s := &source{name: name, o: o, yield: yield}
		switch format {
		case EML:
			s.readMail(in)
		case MBox:
			s.readMBox(in)
		case VTT, SRT:
			s.readCues(in)
		case JSON:
			s.readJSON(in)
		case CSV:
			s.readTable(in, head)
		case Text:
			s.readText(in, head)
		case DOCX, XLSX:
			s.readOffice(in, format)
		default:
			s.fail("", flaw(FlawFormat, "it looks like neither mail, transcript, chat, table nor text; save it as text first"))
		}
		if s.sent == 0 && s.failed == 0 && !s.stopped {
			s.fail("", ErrNothing)
		}
	}
}

// A source is one input being read.
type source struct {
	name    string
	o       Options
	yield   func(parley.Message, error) bool
	sent    int // messages yielded
	failed  int // errors yielded
	stopped bool
	langs   map[parley.Lang]int
}

// fail yields a PartError.
func (s *source) fail(place string, err error) {
	if s.stopped {
		return
	}
	s.failed++
	if !s.yield(parley.Message{}, &PartError{s.name, place, err}) {
		s.stopped = true
	}
}

// whole returns what in holds, at most MaxPart bytes of it, and whether that is all. What is lost becomes an error.
func (s *source) whole(in *bufio.Reader) (data []byte, all bool) {
	data, err := io.ReadAll(io.LimitReader(in, int64(s.o.maxPart())))
	if err != nil {
		s.fail("", err)
	}
	if extra, _ := in.Peek(1); len(extra) > 0 {
		s.fail("", flaw(FlawLong, "longer than %d bytes; the rest was not read", s.o.maxPart()))
		return data, false
	}
	return data, true
}

// maxText is how many bytes of text a message has at most. What is longer is cut, with an error.
const maxText = 4 << 20

// send completes a message and yields it. It reports whether to go on.
func (s *source) send(m parley.Message) bool {
	if s.stopped {
		return false
	}
	if strings.TrimSpace(m.Text) == "" {
		return true
	}
	if len(m.Text) > maxText {
		s.fail(m.Place, flaw(FlawLong, "its text is longer than %d bytes; the rest was not read", maxText))
		m.Text = m.Text[:len(shorten(m.Text, maxText))-len("…")]
		m.Parts = slices.DeleteFunc(m.Parts, func(p parley.Part) bool { return p.Start >= len(m.Text) })
		if n := len(m.Parts); n > 0 {
			m.Parts[n-1].End = min(m.Parts[n-1].End, len(m.Text))
		}
	}
	s.sent++
	if m.Source == "" {
		m.Source = s.name
	}
	for _, field := range []*string{&m.ID, &m.ReplyTo, &m.Topic, &m.Role, &m.Speaker.Name, &m.Speaker.Address} {
		*field = fieldOf(*field)
	}
	if m.ID == "" {
		m.ID = fmt.Sprintf("#%d", s.sent)
	}
	if m.Kind == parley.Chat && m.Parts == nil {
		m.Parts = chatQuotes(m.Text, nil)
	}
	m.Side = s.o.Sides.Of(m.Speaker)
	m.Lang = s.lang(m)
	if !s.yield(m, nil) {
		s.stopped = true
	}
	return !s.stopped
}

// maxField is how many bytes a name, a topic or an id has at most: message after message repeats it.
const maxField = 1000

// fieldOf returns text as a name, a topic or an id: clean, on one line, and not too long.
func fieldOf(text string) string {
	return strings.Join(strings.Fields(clean(shorten(text, maxField))), " ")
}

// lang returns the language of a message's own words; where they are too few, the input's most frequent one.
func (s *source) lang(m parley.Message) parley.Lang {
	if s.langs == nil {
		s.langs = map[parley.Lang]int{}
	}
	own := m.Text
	if len(m.Parts) > 0 {
		var b strings.Builder
		for _, span := range m.Own() {
			b.WriteString(m.Text[span.Start:span.End])
		}
		own = b.String()
	}
	l := parley.LangOf(own)
	if l != "" {
		s.langs[l]++
		return l
	}
	for _, x := range parley.Langs {
		if s.langs[x] > s.langs[l] {
			l = x
		}
	}
	return l
}

// clean makes text fit to be stored: UTF-8 in NFC, bytes that are not UTF-8 read as Windows-1252, line
// ends as \n, no NUL and no other control characters but tab, no invisible marks of direction.
func clean(text string) string {
	if isPlainASCII(text) {
		return text
	}
	if !utf8.ValidString(text) {
		text = mendUTF8(text)
	}
	text = misread(text)
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\u2028' || r == '\u2029' || r == '\v' || r == '\f':
			return '\n'
		case r < ' ' || r == 0x7F || r >= 0x80 && r < 0xA0 && r != 0x85:
			return -1
		case r == 0x85:
			return '\n'
		case r == '\u200B' || r == '\u200E' || r == '\u200F' || r == '\uFEFF' || r >= '\u202A' && r <= '\u202E' || r == '\u2060' || r == '\u00AD':
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	return norm.NFC.String(text)
}

func isPlainASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\t' || c == 0x7F {
			return false
		}
	}
	return true
}

// mendUTF8 reads the bytes of s that are not UTF-8 as Windows-1252.
func mendUTF8(s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			r = windows1252(s[i])
		}
		b.WriteRune(r)
		i += size
	}
	return b.String()
}

// pattern returns a function that returns a regular expression, compiled when it is first asked for: all of
// them together take a program longer than the rest of its start, and many a program reads nothing.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
