package listen_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"parley"
	"parley/listen"
)

// seed adds the example files of a format to f's corpus.
func seed(f *testing.F, names ...string) {
	f.Helper()
	for _, name := range names {
		files, err := filepath.Glob("../examples/*/" + name)
		if err != nil || len(files) == 0 {
			f.Fatalf("no examples %s: %v", name, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
}

// check reads data as format and holds the messages against what every reader of them relies on.
func check(t *testing.T, format listen.Format, data []byte) {
	t.Helper()
	const most = 1 << 16
	for m, err := range listen.Read("input", strings.NewReader(string(data)), listen.Options{Format: format, MaxPart: most}) {
		if err != nil {
			var part *listen.PartError
			if !errors.As(err, &part) || part.Source != "input" {
				t.Fatalf("error without a source: %v", err)
			}
			continue
		}
		switch {
		case !utf8.ValidString(m.Text), !norm.NFC.IsNormalString(m.Text), strings.ContainsRune(m.Text, 0):
			t.Fatalf("text is not clean: %q", m.Text)
		case !utf8.ValidString(m.Speaker.Name + m.Speaker.Address + m.ID + m.Topic + m.ReplyTo + m.Role):
			t.Fatalf("a field is not UTF-8: %+v", m)
		case strings.ContainsRune(m.Text, 0x1b) || strings.ContainsRune(m.Speaker.Name, 0x1b):
			t.Fatalf("an escape got through: %q by %q", m.Text, m.Speaker.Name)
		case m.ID == "" || m.Source == "" || m.Kind == "":
			t.Fatalf("incomplete: %+v", m)
		case len(m.Text) > 8*most:
			t.Fatalf("%d bytes of text with a limit of %d", len(m.Text), most)
		}
		checkParts(t, m)
	}
}

// checkParts fails unless parts are in order, apart, in bounds and on rune boundaries, and Own is the rest.
func checkParts(t *testing.T, m parley.Message) {
	t.Helper()
	at, covered := 0, 0
	for _, p := range m.Parts {
		if p.Start < at || p.End <= p.Start || p.End > len(m.Text) || !runeStart(m.Text, p.Start) || !runeStart(m.Text, p.End) {
			t.Fatalf("part %+v of %d bytes after %d", p, len(m.Text), at)
		}
		at = p.End
		covered += p.End - p.Start
	}
	for _, o := range m.Own() {
		covered += o.End - o.Start
	}
	if covered != len(m.Text) {
		t.Fatalf("parts and own words cover %d of %d bytes", covered, len(m.Text))
	}
}

func runeStart(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) }

func FuzzMail(f *testing.F) {
	seed(f, "mail.eml", "maildir/*/1*")
	f.Fuzz(func(t *testing.T, data []byte) { check(t, listen.EML, data) })
}

func FuzzMBox(f *testing.F) {
	seed(f, "thread.mbox")
	f.Fuzz(func(t *testing.T, data []byte) { check(t, listen.MBox, data) })
}

func FuzzCues(f *testing.F) {
	seed(f, "meeting.vtt", "call.srt")
	f.Fuzz(func(t *testing.T, data []byte) { check(t, listen.VTT, data) })
}

func FuzzText(f *testing.F) {
	seed(f, "transcript.txt", "minutes.md", "chat.txt", "notes.md")
	f.Fuzz(func(t *testing.T, data []byte) { check(t, listen.Text, data) })
}

func FuzzJSON(f *testing.F) {
	seed(f, "slack.json")
	f.Add([]byte(`{"messages":[{"from":"Ana","date":"2026-03-01T10:00:00Z","text":["a ",{"type":"bold","text":"b"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, listen.JSON, data) })
}

func FuzzTable(f *testing.F) {
	seed(f, "survey.csv")
	f.Fuzz(func(t *testing.T, data []byte) { check(t, listen.CSV, data) })
}

// FuzzRead lets the content choose the format.
func FuzzRead(f *testing.F) {
	seed(f, "mail.eml", "meeting.vtt", "chat.txt", "slack.json", "survey.csv", "minutes.md")
	f.Fuzz(func(t *testing.T, data []byte) { check(t, "", data) })
}
