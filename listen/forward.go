package listen

import (
	"slices"
	"strings"
)

var (
	forwardMark    = pattern(`(?i)^[\s>]*(-{2,}\s*(` + forwardLabels + `)|` + forwardBegins + `)`)
	forwardSubject = pattern(`(?i)^\s*(fwd?|rv|reenv|tr|wg)\s*:`)
)

// forwarded returns what a mail passes on of others, with their headers, without the marks of a quote; "" if it is none of those. A mail that answers
// quotes in the same way, but those words were a mail of their own once, which is read where it lies.
func forwarded(m *mail) string {
	for _, p := range m.Parts {
		text := strings.TrimLeft(m.Text[p.Start:p.End], "\n ")
		ls := splitLines(text)
		if len(ls) == 0 || !forwardMark().MatchString(ls[0].text) && !(forwardSubject().MatchString(m.Topic) && opensHeader(ls, 0)) {
			continue
		}
		marked := 0
		for _, l := range ls {
			if strings.HasPrefix(l.text, ">") {
				marked++
			}
		}
		if marked*2 > len(ls) {
			text = unmarked(text)
		}
		return fromFirst(text)
	}
	return ""
}

// fromFirst returns text with the line of its header that says who wrote it before the others, as most programs have it; "" without such a line.
func fromFirst(text string) string {
	ls := strings.Split(text, "\n")
	start := slices.IndexFunc(ls, func(l string) bool { return headerFrom().MatchString(l) || headerOther().MatchString(l) })
	if start < 0 || start > 3 {
		return ""
	}
	for i := start; i < len(ls); i++ {
		if headerFrom().MatchString(ls[i]) {
			return strings.Join(slices.Concat(ls[i:i+1], ls[start:i], ls[i+1:]), "\n")
		}
		if !headerOther().MatchString(ls[i]) {
			break
		}
	}
	return ""
}

// unmarked takes one ">" off each line.
func unmarked(text string) string {
	ls := strings.Split(text, "\n")
	for i, l := range ls {
		ls[i] = strings.TrimPrefix(strings.TrimPrefix(l, ">"), " ")
	}
	return strings.Join(ls, "\n")
}

// readForwards gives what a mail passes on as mails of those who wrote them.
func (s *source) readForwards(text string) {
	t := newTextReader(s, textShape{style: mailStyle})
	t.thread.n = 1 // the mail itself is the first
	for n, line := range splitLines(text) {
		t.line(line.text, n+1)
	}
	t.finish()
}
