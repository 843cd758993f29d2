package listen_test

import (
	"bytes"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/text/encoding/unicode"

	"parley"
	"parley/listen"
)

var update = flag.Bool("update", false, "rewrite what the golden tests want")

// TestGolden reads every input of testdata/*.txtar and compares what comes out with what is wanted:
// "input/NAME" with the "want/NAME" after it. An archive whose inputs stand in cur and new is a Maildir,
// and "want" is what comes out of it. See decode for inputs that are not UTF-8.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			golden(t, file)
		})
	}
}

func golden(t *testing.T, file string) {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var inputs []txtar.File
	want := map[string]string{}
	for _, f := range a.Files {
		if strings.HasPrefix(f.Name, "want") {
			want[f.Name] = string(f.Data)
		} else {
			inputs = append(inputs, f)
		}
	}
	kept := &txtar.Archive{Comment: a.Comment}
	check := func(name string, messages iter.Seq2[parley.Message, error]) {
		got := dump(t, messages)
		kept.Files = append(kept.Files, txtar.File{Name: name, Data: []byte(got)})
		if diff := cmp.Diff(want[name], got); diff != "" && !*update {
			t.Errorf("%s: %s (-want +got):\n%s", file, name, diff)
		}
	}
	maildir := fstest.MapFS{}
	for _, f := range inputs {
		kept.Files = append(kept.Files, f)
		name, data := decode(t, f)
		if strings.HasPrefix(name, "cur/") || strings.HasPrefix(name, "new/") {
			maildir[name] = &fstest.MapFile{Data: data}
			continue
		}
		check("want/"+name, listen.Read(name, bytes.NewReader(data), listen.Options{}))
	}
	if len(maildir) > 0 {
		check("want", listen.Maildir("box", maildir, listen.Options{}))
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(kept), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// decode returns the name and bytes of an input. One that ends in ".q" has escapes as in a Go string:
// "\xe9" for an odd byte, "\r" at the end of a line for CRLF. One in ".utf16" becomes UTF-16.
func decode(t testing.TB, f txtar.File) (string, []byte) {
	t.Helper()
	name := strings.TrimPrefix(f.Name, "input/")
	if base, ok := strings.CutSuffix(name, ".utf16"); ok {
		data, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(f.Data)
		if err != nil {
			t.Fatal(err)
		}
		return base, data
	}
	base, ok := strings.CutSuffix(name, ".q")
	if !ok {
		return name, f.Data
	}
	var out []byte
	for rest := string(f.Data); rest != ""; {
		c, wide, tail, err := strconv.UnquoteChar(rest, 0)
		if err != nil {
			t.Fatalf("%s: %v at %.20q", f.Name, err, rest)
		}
		if wide {
			out = utf8.AppendRune(out, c)
		} else {
			out = append(out, byte(c))
		}
		rest = tail
	}
	return base, out
}

// dump writes messages for people to judge: a line that says who and when, then the text line by line,
// each marked with what it is.
func dump(t testing.TB, messages iter.Seq2[parley.Message, error]) string {
	t.Helper()
	var b strings.Builder
	for m, err := range messages {
		if err != nil {
			fmt.Fprintf(&b, "error: %v\n\n", err)
			continue
		}
		checkMessage(t, m)
		fmt.Fprintf(&b, "%s, %s, %s", m.ID, m.Kind, m.Source)
		for _, s := range []string{m.Place, person(m), when(m), string(m.Lang)} {
			if s != "" {
				b.WriteString(", " + s)
			}
		}
		b.WriteString("\n")
		if m.Topic != "" {
			fmt.Fprintf(&b, "topic      %q\n", m.Topic)
		}
		if m.ReplyTo != "" {
			fmt.Fprintf(&b, "reply-to   %s\n", m.ReplyTo)
		}
		at := 0
		for _, p := range m.Parts {
			dumpText(&b, "own", m.Text[at:p.Start])
			dumpText(&b, string(p.Kind), m.Text[p.Start:p.End])
			at = p.End
		}
		dumpText(&b, "own", m.Text[at:])
		b.WriteString("\n")
	}
	return b.String()
}

func dumpText(b *strings.Builder, mark, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintf(b, "%-10s %q\n", mark, strings.TrimSuffix(line, "\n"))
	}
}

func person(m parley.Message) string {
	who := m.Speaker.Name
	if m.Speaker.Address != "" {
		who = strings.TrimSpace(who + " <" + m.Speaker.Address + ">")
	}
	if m.Role != "" {
		who += " (" + m.Role + ")"
	}
	return who
}

func when(m parley.Message) string {
	switch {
	case m.Recorded:
		return m.Offset.String()
	case m.Time.IsZero():
		return ""
	}
	return m.Time.Format(time.RFC3339)
}

// checkMessage reports what no message may be, whatever its input.
func checkMessage(t testing.TB, m parley.Message) {
	t.Helper()
	if !utf8.ValidString(m.Text) || strings.ContainsAny(m.Text, "\x00\r\ufeff") {
		t.Errorf("%s %s: text is not clean: %q", m.Source, m.ID, m.Text)
	}
	at := 0
	for _, p := range m.Parts {
		if p.Start < at || p.End <= p.Start || p.End > len(m.Text) {
			t.Fatalf("%s %s: part %v is out of order in a text of %d bytes", m.Source, m.ID, p, len(m.Text))
		}
		if !utf8.RuneStart(m.Text[p.Start]) || p.End < len(m.Text) && !utf8.RuneStart(m.Text[p.End]) {
			t.Errorf("%s %s: part %v cuts a character", m.Source, m.ID, p)
		}
		at = p.End
	}
}
