package listen

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // teaches go-message the charsets that mail comes in

	"parley"
)

const (
	maxDepth    = 20  // of parts in parts
	maxSections = 500 // parts of one mail that are looked at
)

// A body is what was read of a mail's parts.
type body struct {
	text   strings.Builder
	quoted []parley.Span // of text
	errs   []error
	parts  int
	max    int
}

// parseMail reads one mail. It returns what could be read, nil if nothing could, and what was wrong.
func parseMail(raw []byte, limit int) (*mail, []error) {
	raw = bytes.TrimLeft(raw, "\r\n")
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, []error{flaw(FlawEmptyMail, "empty mail")}
	}
	b := &body{max: limit}
	e, err := message.Read(bytes.NewReader(raw))
	if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		b.errs = append(b.errs, flaw(FlawHeader, "header: %s; the lines at fault were left out", oneLine(err)))
		e, err = message.Read(bytes.NewReader(mendHeader(raw)))
	}
	if err != nil && (e == nil || !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err)) {
		return nil, append(b.errs, flaw(FlawMail, "header: %w", err))
	}
	b.read(e, err, 0)

	m := &mail{}
	m.Kind = parley.Mail
	m.ID = firstID(e.Header.Get("Message-Id"))
	m.Speaker = address(e.Header)
	m.Time = date(e.Header.Get("Date"))
	m.Topic = clean(headerText(e.Header, "Subject"))
	m.references = append(ids(e.Header.Get("References")), ids(e.Header.Get("In-Reply-To"))...)
	m.Text, b.quoted = cleanWithSpans(b.text.String(), b.quoted)
	m.Text = strings.TrimRight(m.Text, "\n ")
	m.Parts = separate(m.Text, b.quoted, m.Speaker.Name)
	if isAutomatic(e.Header, m.Topic) && m.Text != "" {
		m.Parts = []parley.Part{{Span: parley.Span{End: len(m.Text)}, Kind: parley.Disclaimer}}
	}
	if strings.TrimSpace(m.Text) == "" && len(b.errs) == 0 {
		return m, nil // a mail of attachments only says nothing
	}
	return m, b.errs
}

var automatic = pattern(`(?i)^(automatic reply|auto(matic)?[- ]?(reply|response)|out of (the )?office|respuesta automática|fuera de (la )?oficina|réponse automatique|absence du bureau|absent du bureau)`)

// isAutomatic reports whether a program answered for the person whose address a mail has (RFC 3834): that they are away.
func isAutomatic(h message.Header, subject string) bool {
	by := strings.ToLower(strings.TrimSpace(h.Get("Auto-Submitted")))
	switch {
	case strings.HasPrefix(by, "auto-replied"), h.Get("X-Autoreply") != "", h.Get("X-Autorespond") != "":
		return true
	}
	return (by != "" && by != "no" || h.Get("X-Auto-Response-Suppress") != "") && automatic().MatchString(subject)
}

// mendHeader drops from the header of raw the lines that no header can have.
func mendHeader(raw []byte) []byte {
	var out []byte
	rest := raw
	for len(rest) > 0 {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		trimmed := bytes.TrimRight(line, "\r")
		if len(trimmed) == 0 {
			return append(out, rest...)
		}
		continued := (trimmed[0] == ' ' || trimmed[0] == '\t') && len(out) > 0
		if continued || headerLine().Match(trimmed) {
			out = append(append(out, trimmed...), '\n')
		}
		rest = after
	}
	return append(out, '\n')
}

// read adds the text of e to b, going into its parts.
func (b *body) read(e *message.Entity, err error, depth int) {
	b.parts++
	if depth > maxDepth || b.parts > maxSections {
		if depth > maxDepth {
			b.errs = append(b.errs, flaw(FlawDeep, "parts nested deeper than %d; the inner ones were not read", maxDepth))
		}
		return
	}
	if err != nil {
		b.errs = append(b.errs, flaw(FlawPart, "part %d: %w; read as it stands", b.parts, err))
	}
	kind, params, _ := e.Header.ContentType()
	disposition, _, _ := e.Header.ContentDisposition()
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		b.readMultipart(e, kind == "multipart/alternative", depth)
	case strings.EqualFold(disposition, "attachment"):
	case kind == "message/rfc822":
		b.readForwarded(e, depth)
	case kind == "text/html":
		text, quoted := htmlText(b.content(e))
		b.add(text, quoted)
	case kind == "text/plain" || kind == "" || !strings.Contains(kind, "/"):
		text := b.content(e)
		if strings.EqualFold(params["format"], "flowed") {
			text = unflow(text, strings.EqualFold(params["delsp"], "yes"))
		}
		b.add(text, nil)
	}
}

// content returns a part's decoded text, as much of it as can be read.
func (b *body) content(e *message.Entity) string {
	data, err := io.ReadAll(io.LimitReader(e.Body, int64(b.max)))
	if err != nil {
		b.errs = append(b.errs, flaw(FlawPart, "part %d: %w; read up to there", b.parts, err))
	}
	return misread(string(data))
}

// oneLine returns what err says, on one line.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// add appends a part's text, on lines of its own.
func (b *body) add(text string, quoted []parley.Span) {
	if strings.TrimSpace(text) == "" || b.text.Len()+len(text) > 4*b.max {
		return
	}
	if b.text.Len() > 0 {
		b.text.WriteString("\n\n")
	}
	at := b.text.Len()
	b.text.WriteString(text)
	for _, q := range quoted {
		b.quoted = append(b.quoted, parley.Span{Start: q.Start + at, End: q.End + at})
	}
}

// readMultipart reads the parts of e: all of them, or of alternatives the plain text, unless there is
// none or it says nothing.
func (b *body) readMultipart(e *message.Entity, alternatives bool, depth int) {
	mr := b.withBoundary(e).MultipartReader()
	if mr == nil {
		return
	}
	var best *body
	for b.parts <= maxSections {
		part, err := mr.NextPart()
		if part == nil {
			b.noMore(err)
			break
		}
		if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
			b.errs = append(b.errs, flaw(FlawEnd, "after part %d: %w", b.parts, err))
			break
		}
		if !alternatives {
			b.read(part, err, depth+1)
			continue
		}
		inner := &body{max: b.max, parts: b.parts}
		inner.read(part, err, depth+1)
		b.parts = inner.parts
		b.errs = append(b.errs, inner.errs...)
		if kind, _, _ := part.Header.ContentType(); inner.text.Len() > 0 && (best == nil || kind == "text/plain") {
			best = inner
		}
	}
	if best != nil {
		b.add(best.text.String(), best.quoted)
	}
}

// withBoundary returns e with the boundary that its header forgot to name: the first line of its body
// that opens as a boundary does. Where there is none, it reads e as text and returns an entity without parts.
func (b *body) withBoundary(e *message.Entity) *message.Entity {
	kind, params, _ := e.Header.ContentType()
	if params["boundary"] != "" {
		return e
	}
	data, _ := io.ReadAll(io.LimitReader(e.Body, int64(b.max)))
	m := boundaryLine().FindSubmatch(data)
	if m == nil {
		b.errs = append(b.errs, flaw(FlawBoundary, "part %d: several parts without a boundary; read as text", b.parts))
		b.add(misread(string(data)), nil)
		return &message.Entity{}
	}
	b.errs = append(b.errs, flaw(FlawBoundary, "part %d: several parts, and no boundary named; split at %q", b.parts, m[0]))
	var h message.Header
	h.SetContentType(kind, map[string]string{"boundary": string(m[1])})
	e, _ = message.New(h, bytes.NewReader(data))
	return e
}

var boundaryLine = pattern(`(?m)^--([0-9A-Za-z'()+_,./:=?-]{1,70})`)

// noMore keeps why there is no next part, if that is an error and not yet known: a mail that ends too
// early does so in each of the parts that its end is inside of.
func (b *body) noMore(err error) {
	if err == nil || err == io.EOF {
		return
	}
	if strings.HasSuffix(err.Error(), "EOF") { // the library drops the error's chain
		err = io.ErrUnexpectedEOF
	}
	if n := len(b.errs); n == 0 || err != io.ErrUnexpectedEOF || !errors.Is(b.errs[n-1], err) {
		b.errs = append(b.errs, flaw(FlawEnd, "after part %d: %w", b.parts, err))
	}
}

// readForwarded reads a mail inside a mail. It is somebody else's: all of it counts as quoted.
func (b *body) readForwarded(e *message.Entity, depth int) {
	inner, err := message.Read(e.Body)
	if inner == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		b.errs = append(b.errs, flaw(FlawForwarded, "part %d, a forwarded mail: %w", b.parts, err))
		return
	}
	f := &body{max: b.max, parts: b.parts}
	f.read(inner, err, depth+1)
	b.parts = f.parts
	b.errs = append(b.errs, f.errs...)
	by := address(inner.Header)
	text := fmt.Sprintf("---------- Forwarded message ---------\nFrom: %s <%s>\nDate: %s\nSubject: %s\n\n%s", by.Name, by.Address, inner.Header.Get("Date"), headerText(inner.Header, "Subject"), f.text.String())
	b.add(text, []parley.Span{{Start: 0, End: len(text)}})
}

// unflow joins the lines of format=flowed text (RFC 3676): a line that ends in a space goes on in the
// next, if both are quoted to the same depth.
func unflow(text string, delsp bool) string {
	in := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	var out strings.Builder
	for i, line := range in {
		depth := len(line) - len(strings.TrimLeft(line, ">"))
		if depth == 0 {
			line = strings.TrimPrefix(line, " ") // stuffed
		}
		flowed := strings.HasSuffix(line, " ") && line != "-- " && i+1 < len(in) && in[i+1] != "" &&
			len(in[i+1])-len(strings.TrimLeft(in[i+1], ">")) == depth && depth == 0
		if flowed && delsp {
			line = line[:len(line)-1]
		}
		out.WriteString(line)
		if !flowed && i+1 < len(in) {
			out.WriteByte('\n')
		}
	}
	return out.String()
}

var (
	angleID    = pattern(`<([^<>\s]{1,500})>`)
	anyAddress = pattern(`[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+`)
)

// ids returns the message ids in a header, in order, at most the last 50.
func ids(header string) []string {
	var out []string
	for _, m := range angleID().FindAllStringSubmatch(header, -1) {
		out = append(out, m[1])
	}
	return out[max(0, len(out)-50):]
}

func firstID(header string) string {
	if all := ids(header); len(all) > 0 {
		return all[0]
	}
	return strings.TrimSpace(clean(header))
}

func headerText(h message.Header, name string) string {
	text, err := h.Text(name)
	if err != nil {
		text = h.Get(name)
	}
	return strings.TrimSpace(text)
}

// address returns who wrote a mail: From, else Sender, as well as they can be read.
func address(h message.Header) parley.Person {
	for _, name := range []string{"From", "Sender", "Reply-To", "Return-Path"} {
		text := clean(headerText(h, name))
		if text == "" {
			continue
		}
		if list, err := netmail.ParseAddressList(h.Get(name)); err == nil && len(list) > 0 {
			if decoded := clean(list[0].Name); !strings.Contains(decoded, "=?") {
				return parley.Person{Name: plainName(decoded), Address: strings.ToLower(clean(list[0].Address))}
			}
		}
		addr := anyAddress().FindString(text)
		person, _, _ := strings.Cut(text, "<")
		if addr != "" {
			person = strings.ReplaceAll(person, addr, "")
		}
		return parley.Person{Name: plainName(person), Address: strings.ToLower(addr)}
	}
	return parley.Person{}
}

// plainName strips quotes and turns "Baker, Tom" into "Tom Baker".
func plainName(name string) string {
	name = strings.Join(strings.Fields(strings.Trim(strings.TrimSpace(name), `"'`)), " ")
	if last, first, ok := strings.Cut(name, ", "); ok && !strings.Contains(first, ",") && len(first) < 30 && first != "" {
		name = first + " " + last
	}
	return name
}

// date reads a Date header, as generously as the mails in the world need. It returns the zero time if
// it cannot.
func date(text string) time.Time {
	text = strings.TrimSpace(text)
	if t, err := netmail.ParseDate(text); err == nil {
		return plausible(t)
	}
	text, _, _ = strings.Cut(text, " (")
	for _, layout := range []string{
		time.RFC1123Z, time.RFC1123, time.RFC822Z, time.RFC850, time.ANSIC, time.UnixDate, time.RFC3339,
		"Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05", "Mon, 2 Jan 2006 15:04", "Mon Jan 2 15:04:05 2006 -0700", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return plausible(t)
		}
	}
	return time.Time{}
}

// plausible returns t in UTC, or the zero time where no mail can be of that year.
func plausible(t time.Time) time.Time {
	if y := t.Year(); y < 1970 || y > 2100 {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// cleanWithSpans cleans text piece by piece, so that spans keep to the same words.
func cleanWithSpans(text string, spans []parley.Span) (string, []parley.Span) {
	if len(spans) == 0 {
		return clean(text), nil
	}
	var out strings.Builder
	cleaned := make([]parley.Span, 0, len(spans))
	at := 0
	for _, s := range spans {
		out.WriteString(clean(text[at:s.Start]))
		start := out.Len()
		out.WriteString(clean(text[s.Start:s.End]))
		cleaned = append(cleaned, parley.Span{Start: start, End: out.Len()})
		at = s.End
	}
	out.WriteString(clean(text[at:]))
	return out.String(), cleaned
}
