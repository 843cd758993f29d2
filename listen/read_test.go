package listen_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley"
	"parley/listen"
)

// read returns the messages and errors of an input.
func read(name, input string, o listen.Options) (messages []parley.Message, errs []error) {
	for m, err := range listen.Read(name, strings.NewReader(input), o) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		messages = append(messages, m)
	}
	return messages, errs
}

func TestWhatStandsBeforeAColonIsASpeakerOrNot(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // a line of a transcript → who says it; "" if it goes on with the turn before
		"Tom: no":                                   "Tom",
		"TOM BAKER: no":                             "TOM BAKER",
		"Tom Baker (plant): no":                     "Tom Baker",
		"**Tom Baker**: no":                         "Tom Baker",
		"**Tom Baker:** no":                         "Tom Baker",
		"**Tom Baker** (plant): no":                 "Tom Baker",
		"Tom Baker [00:12]: no":                     "Tom Baker",
		"[00:12:01] Tom: no":                        "Tom",
		"- Tom: no":                                 "Tom",
		"Speaker 1: no":                             "Speaker 1",
		"iPhone de Tom: no":                         "iPhone de Tom",
		"A: no":                                     "A",
		"[10:13] <tom> no":                          "tom",
		"María del Carmen de la Vega: no":           "María del Carmen de la Vega",
		"Siobhán O’Neill-Reilly: no":                "Siobhán O’Neill-Reilly",
		"la Sra. Peña: no":                          "la Sra. Peña",
		"Loïc : non":                                "Loïc",
		"@tom: no":                                  "@tom",
		"田中：いいえ":                                    "田中",
		"at 10:30 we left":                          "",
		"https://x.example/a: see there":            "",
		"Note: the room was cold":                   "",
		"Fecha: 12 de marzo":                        "",
		"Lieu : salle 2":                            "",
		"The point is: it costs too much":           "",
		"and then he said: no":                      "",
		"Is that so? Yes: it is":                    "",
		"Here is what I really think of it all: no": "",
		"ratio 3:1":                                 "",
	}
	for line, want := range tests {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			got, errs := read("x.txt", "Ana: yes\nKim: yes\nAna: yes\nKim: yes\n"+line+"\n", listen.Options{})
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			last := got[len(got)-1]
			if want == "" {
				want = "Kim"
			}
			if last.Speaker.Name != want {
				t.Errorf("%q is said by %q, want %q; text %q", line, last.Speaker.Name, want, last.Text)
			}
		})
	}
}

func TestMailsComeInThreadOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		mails string // id, hour or "-", what it answers or "-"
		want  string
	}{
		{"answers follow what they answer", "c 12 b, b 11 a, a 10 -", "a b c"},
		{"threads by their first mail", "x 11 -, a 10 -, b 12 a", "a b x"},
		{"siblings by time", "a 10 -, c 13 a, b 11 a, d 12 b", "a b d c"},
		{"without a time, where the file has it", "a 10 -, b - -, c 11 -", "a b c"},
		{"an answer dated before its question", "a 10 -, b 9 a", "a b"},
		{"a circle", "a 10 b, b 11 a, c 9 -", "c a b"},
		{"a circle of three with a tail", "a 10 c, b 11 a, c 12 b, d 13 c", "a b c d"},
		{"itself", "a 10 a, b 11 -", "a b"},
		{"an unknown parent", "b 11 gone, a 10 -", "a b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var box strings.Builder
			for mail := range strings.SplitSeq(tt.mails, ", ") {
				f := strings.Fields(mail)
				fmt.Fprintf(&box, "From x Mon Mar  2 10:00:00 2026\nFrom: Ana <a@x.example>\nMessage-ID: <%s>\n", f[0])
				if f[1] != "-" {
					fmt.Fprintf(&box, "Date: Mon, 2 Mar 2026 %s:00:00 +0000\n", f[1])
				}
				if f[2] != "-" {
					fmt.Fprintf(&box, "In-Reply-To: <%s>\n", f[2])
				}
				fmt.Fprintf(&box, "\nThis is %s.\n\n", f[0])
			}
			got, errs := read("x.mbox", box.String(), listen.Options{})
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			if order := ids(got); order != tt.want {
				t.Errorf("%s: got %s, want %s", tt.mails, order, tt.want)
			}
		})
	}
}

func ids(messages []parley.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, m.ID)
	}
	return strings.Join(all, " ")
}

func TestColumnsOverrideWhatATableSuggests(t *testing.T) {
	t.Parallel()
	const table = "when,who,site,comment,wish\n2026-03-12,Tom,North,We have no time for this,Ask us first next time\n"
	tests := []struct {
		name    string
		columns listen.Columns
		want    []string // speaker: text
		fails   bool
	}{
		{"none", listen.Columns{}, []string{"Tom: We have no time for this", "Tom: Ask us first next time"}, false},
		{"by name", listen.Columns{Author: "SITE", Text: []string{"wish"}}, []string{"North: Ask us first next time"}, false},
		{"by number", listen.Columns{Author: "3", Text: []string{"4"}}, []string{"North: We have no time for this"}, false},
		{"two texts", listen.Columns{Text: []string{"wish", "comment"}}, []string{"Tom: Ask us first next time", "Tom: We have no time for this"}, false},
		{"no such name", listen.Columns{Text: []string{"opinion"}}, nil, true},
		{"no such number", listen.Columns{Author: "6"}, nil, true},
		{"number nought", listen.Columns{Time: "0"}, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			messages, errs := read("x.csv", table, listen.Options{Columns: tt.columns})
			var got []string
			for _, m := range messages {
				got = append(got, m.Speaker.Name+": "+m.Text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || tt.fails != (len(errs) > 0) {
				t.Errorf("%+v: errors %v, messages (-want +got):\n%s", tt.columns, errs, diff)
			}
		})
	}
}

func TestContentTellsTheFormat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, head string
		want       listen.Format
	}{
		{"a", "From: Ana <a@x.example>\nSubject: Hello\n\nHello\n", listen.EML},
		{"a.txt", "From: Ana\nTo: Tom\n\nHello\n", listen.EML},
		{"a.txt", "From: Ana\nSent: Monday\nTo: Tom\n\nHello\n", listen.Text},
		{"a.txt", "sep=;\na;b\n1;2\n", listen.CSV},
		{"a", "<!DOCTYPE html><html><body>a, b, c</body></html>", listen.Text},
		{"a.txt", "From: what I see, it is late.\nWe go home.\n", listen.Text},
		{"a", "From a@x Mon Mar  2 10:00:00 2026\nFrom: Ana\n\nHello\n", listen.MBox},
		{"a", "\ufeffWEBVTT\n\n", listen.VTT},
		{"a", "1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:02,000 --> 00:00:03,000\nTwo\n", listen.SRT},
		{"a.srt", "00:00:01,000 --> 00:00:02,000\nOne\n", listen.SRT},
		{"a", `[{"text":"a"}]`, listen.JSON},
		{"a.txt", "[12/03/2026, 09:14] Ana: hola\n", listen.Text},
		{"a", "date,author,comment\n1,2,3\n", listen.CSV},
		{"a.csv", "comment\nno\n", listen.CSV},
		{"a.txt", "We came, we saw, we left.\nThey came, they saw, they stayed.\n", listen.Text},
		{"a.md", "| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n", listen.Text},
		{"a.eml", "", listen.Text},
	}
	for _, tt := range tests {
		if got := listen.Detect(tt.name, []byte(tt.head)); got != tt.want {
			t.Errorf("Detect(%q, %q) = %q, want %q", tt.name, tt.head, got, tt.want)
		}
	}
}

func TestWhatIsTooLongOrTooDeepCostsOnlyItself(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	part := "Content-Type: multipart/mixed; boundary=%d\n\n--%d\n"
	nested := "From: Ana <a@x.example>\nMessage-ID: <deep>\n"
	for i := range 30 {
		nested += fmt.Sprintf(part, i, i)
	}
	nested += "Content-Type: text/plain\n\nDeep down.\n"
	tests := []struct {
		name, input, file string
		o                 listen.Options
		errs              int
		want              string
	}{
		{"deep JSON", `[{"user":"Ana","text":` + deep + `},{"user":"Tom","text":"Here."}]`, "x.json", listen.Options{}, 1, "Tom: Here."},
		{"long JSON", `[{"user":"Ana","text":"` + strings.Repeat("a", 500) + `"},{"user":"Tom","text":"Here."}]`, "x.json", listen.Options{MaxPart: 100}, 1, "Tom: Here."},
		{"deep mail", nested, "x.eml", listen.Options{}, 2, ""}, // and unclosed
		{"long mail", "From: Ana <a@x.example>\nSubject: x\n\nHere. " + strings.Repeat("a", 500), "x.eml", listen.Options{MaxPart: 52}, 1, "Ana: Here. aaaaaaaaaa"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			messages, errs := read(tt.file, tt.input, tt.o)
			var got []string
			for _, m := range messages {
				got = append(got, m.Speaker.Name+": "+m.Text)
			}
			if strings.Join(got, "|") != tt.want || len(errs) != tt.errs {
				t.Errorf("got %q and errors %v, want %q and %d errors", got, errs, tt.want, tt.errs)
			}
		})
	}
}

func TestReadingStopsWhenAsked(t *testing.T) {
	t.Parallel()
	n := 0
	for range listen.Read("x.txt", strings.NewReader(strings.Repeat("Ana: one\nTom: two\n", 100)), listen.Options{}) {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("got %d messages after a break at 3", n)
	}
}

func TestNothingToReadIsAnError(t *testing.T) {
	t.Parallel()
	for _, input := range []string{"", "\n\n", "WEBVTT\n", "[]"} {
		messages, errs := read("x", input, listen.Options{})
		if len(messages) > 0 || !slices.ContainsFunc(errs, func(err error) bool { return errors.Is(err, listen.ErrNothing) }) {
			t.Errorf("Read(%q) = %v, %v; want ErrNothing", input, messages, errs)
		}
	}
}

func TestSidesAreToldOfEachMessage(t *testing.T) {
	t.Parallel()
	o := listen.Options{Sides: parley.Sides{Advisers: []string{"Ana"}, Clients: []string{"Tom"}}}
	got, _ := read("x.txt", "Ana: one\nTom: two\nKim: three\n", o)
	want := []parley.Side{parley.AdviserSide, parley.ClientSide, parley.UnknownSide}
	for i, m := range got {
		if m.Side != want[i] {
			t.Errorf("%s is on side %q, want %q", m.Speaker, m.Side, want[i])
		}
	}
}

func TestLinesMayEndInCarriageReturnsAlone(t *testing.T) {
	t.Parallel()
	for name, input := range map[string]string{
		"x.txt": "Ana: one\rTom: two\r",
		"x.csv": "Name;Comment\rAna;one\rTom;two\r",
	} {
		messages, errs := read(name, input, listen.Options{})
		var got []string
		for _, m := range messages {
			got = append(got, m.Speaker.Name+": "+m.Text)
		}
		if strings.Join(got, "|") != "Ana: one|Tom: two" || len(errs) > 0 {
			t.Errorf("Read(%q) = %q, %v", input, got, errs)
		}
	}
}
