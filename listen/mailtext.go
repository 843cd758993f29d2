package listen

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"parley"
)

// headerBlocks counts the headers of mails in a text: with a subject or an address, which the plan of a journey from
// here to there lacks.
func headerBlocks(text string) int {
	ls := splitLines(clean(text))
	n := 0
	for i := range ls {
		if ls[i].text != "" && headerBlock(ls, i) && slices.ContainsFunc(ls[i:min(i+8, len(ls))], func(l textLine) bool {
			label, _, _ := strings.Cut(l.text, ":")
			return strings.Contains(l.text, "@") || subjectLabel().MatchString(headerLabel(label))
		}) {
			n++
		}
	}
	return n
}

// headerLabel returns a label of a header without the marks around it.
func headerLabel(s string) string { return strings.ToLower(strings.Trim(s, "> *\t\u00a0")) }

var (
	subjectLabel = pattern(`^(?:` + subjectLabels + `)$`)
	sentLabel    = pattern(`^(?:` + sentLabels + `)$`)
)

// mailLine reads a line that is not empty of mails that were copied or saved as text. A line "From:" opens a header
// if two others of its kind follow.
func (t *textReader) mailLine(line string, n int) {
	line = strings.TrimRight(line, " \t")
	if len(t.header) > 0 {
		if headerOther().MatchString(line) {
			t.header = append(t.header, line)
			return
		}
		t.endHeader()
	}
	switch {
	case headerFrom().MatchString(line):
		t.header, t.headerLine = []string{line}, n
	case saysSeparator(line) || underscores().MatchString(line):
	case t.open:
		t.goOn(line)
	default:
		t.begin(parley.Message{Kind: parley.Mail}, n, line)
	}
}

// endHeader begins a mail if the lines held are a header, else they are words like others.
func (t *textReader) endHeader() {
	header := t.header
	t.header = nil
	if len(header) < 3 {
		for i, line := range header {
			if t.open {
				t.goOn(line)
			} else {
				t.begin(parley.Message{Kind: parley.Mail}, t.headerLine+i, line)
			}
		}
		return
	}
	m := parley.Message{Kind: parley.Mail}
	topic := ""
	for i, line := range header {
		label, value, _ := strings.Cut(line, ":")
		value = strings.Trim(value, "* \t")
		switch label = headerLabel(label); {
		case subjectLabel().MatchString(label):
			topic = value
		case sentLabel().MatchString(label):
			if m.Time = tableTime(value, true); m.Time.IsZero() {
				m.Time = date(value)
			}
		case i == 0:
			m.Speaker = personIn(value)
		}
	}
	t.end()
	t.topic = topic
	t.begin(m, t.headerLine, "")
}

// personIn reads who wrote a mail from a line of its header as people see it: "Baker, Tom <tom@plant.example>",
// "Tom Baker [mailto:tom@plant.example]", or one of both.
func personIn(text string) parley.Person {
	address := anyAddress().FindString(text)
	name, _, _ := strings.Cut(text, "<")
	name, _, _ = strings.Cut(name, "[")
	return parley.Person{Name: plainName(strings.ReplaceAll(name, address, "")), Address: strings.ToLower(address)}
}

// A mailThread puts mails of one text in order. Programs put the mail that is answered below the answer; where the
// times say that the next mail is the later one, the text has them in order already.
type mailThread struct {
	threader
	last *mail
	n    int
}

func (t *mailThread) add(m parley.Message) {
	t.n++
	m.ID = fmt.Sprintf("#%d", t.n)
	m.Parts = separate(m.Text, nil, m.Speaker.Name)
	next := &mail{Message: m}
	if t.last != nil {
		if !later(m.Time, t.last.Time) {
			t.last.references = []string{m.ID}
		}
		t.threader.add(*t.last)
	}
	t.last = next
}

func (t *mailThread) flush() {
	if t.last != nil {
		t.threader.add(*t.last)
		t.threader.flush()
	}
}

// later reports whether a is known to be after b.
func later(a, b time.Time) bool { return !a.IsZero() && !b.IsZero() && a.After(b) }
