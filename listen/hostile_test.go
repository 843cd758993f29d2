package listen_test

import (
	"strings"
	"testing"

	"parley/listen"
)

// TestHostileInputEnds reads inputs whose reading does not end before the tests are given up, or fills the memory, if the
// work grows with the square of their size, or with what they repeat.
func TestHostileInputEnds(t *testing.T) {
	t.Parallel()
	mail := "From: Ana <a@x.example>\nSubject: x\n\n"
	cue := "WEBVTT\n\n00:01.000 --> 00:02.000\n"
	for _, tt := range []struct{ name, file, input string }{
		{"closing phrases", "x.eml", mail + strings.Repeat("br\n", 1<<17)},
		{"captions of marks that do not close", "x.vtt", cue + strings.Repeat(`{\<a>`, 40_000)},
		{"voices without names", "x.vtt", cue + strings.Repeat("<v &nbsp;>a", 90_000)},
		{"a chat of dashes", "x.txt", strings.Repeat("12/03/2026, 09:14 - Ana: hi\n", 3000) + "12/03/2026, 09:14 - Ana: " + strings.Repeat("-", 1_000_000)},
		{"a table of many columns", "x.md", "|" + strings.Repeat("who|", 4000) + "\n|---|\n" + strings.Repeat("|a|\n", 20_000)},
		{"a long heading", "x.md", "# " + strings.Repeat("word ", 100_000) + "\n" + strings.Repeat("a\n\n", 8_000)},
		{"deep text", "x.json", "[" + strings.Repeat(`{"user":"a","text":`+strings.Repeat(`{"content":`, 9000)+`"x"`+strings.Repeat("}", 9001)+",", 8) + "{}]"},
		{"a long name", "x.json", `[{"user":"U1","user_profile":"` + strings.Repeat("a", 1<<19) + `","text":"hi"},` + strings.Repeat(`{"user":"U1","text":"a"},`, 8_000) + "{}]"},
		{"a name that is mentioned", "x.json", `[{"user":"U1","user_profile":"` + strings.Repeat("a", 1<<19) + `","text":"hi"},{"user":"U2","text":"` + strings.Repeat("<@U1>", 10_000) + `"}]`},
		{"a format of brackets", "x.xlsx", archive(t, "xl/styles.xml", `<s><numFmt numFmtId="1" formatCode="`+strings.Repeat(`[\a`, 40_000)+`"/></s>`, "xl/worksheets/sheet1.xml", "<s/>")},
		{"deep elements", "x.docx", archive(t, "word/document.xml", strings.Repeat("<a>", 990)+strings.Repeat("<b></b>", 700_000))},
		{"a long word in many cells", "x.xlsx", archive(t, "xl/sharedStrings.xml", "<sst><si><t>"+strings.Repeat("ab ", 1<<20)+"</t></si></sst>",
			"xl/worksheets/sheet1.xml", "<s><row>"+strings.Repeat(`<c t="s"><v>0</v></c>`, 999)+"</row></s>")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			size := 0
			for m := range listen.Read(tt.file, strings.NewReader(tt.input), listen.Options{}) {
				if size += len(m.Text); size > 32<<20 {
					t.Fatalf("more than %d bytes of messages from %d", 32<<20, len(tt.input))
				}
			}
		})
	}
}
