package diagnose

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, folded, words string }{
		{"", " ", ""},
		{"Año 2026: ¿cuánto?", " ano 0000 cuanto ", "Año|2026|cuánto"},
		{"L'équipe n’a qu'un œil.", " l' equipe n' a qu' un oeil ", "L'|équipe|n’|a|qu'|un|œil"},
		{"I don't, 'we' won’t", " i don't we' won't ", "I|don't|we'|won’t"},
		{"the ‘old system’ and the 'new one'", " the old system and the new one ", "the|old|system|and|the|new|one"},
		{"users’ data, users' data", " users data users data ", "users|data|users|data"},
		{"Straße – ÆON", " strasse aeon ", "Straße|ÆON"},
		{"ΣΟΦΙΑ ٣", " σοφια 0 ", "ΣΟΦΙΑ|٣"},
		{"ñandú’", " nandu ", "ñandú"},
		{"Anticonstitutionnellement 1234567890 abcdefgh", " anticonstitutionnellement 0000000000 abcdefgh ", "Anticonstitutionnellement|1234567890|abcdefgh"},
		{"a\xffb", " a b ", "a|b"},
	} {
		folded, toks := fold(nil, nil, c.text)
		var words []string
		for _, tok := range toks {
			words = append(words, c.text[tok.start:tok.end])
		}
		if got := strings.Join(words, "|"); string(folded) != c.folded || got != c.words {
			t.Errorf("%q: %q, %q; want %q, %q", c.text, folded, got, c.folded, c.words)
		}
	}
}

// FuzzFold folds anything: words are whole, in order, and stand in the folded text between spaces.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"the ‘old system’ works", "l’", "e\u0301", "❤\uFE0F ok", "ȺȾ", "a\xffb", "''''", "d''où", "organisation2026 desaprovechamiento l'electricite", "ünterwegs’s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		folded, toks := fold([]byte("before"), nil, text)
		after, foldAfter := 0, len("before")+1
		for _, tok := range toks {
			if int(tok.start) < after || tok.end <= tok.start || int(tok.foldStart) != foldAfter || tok.foldEnd < tok.foldStart || folded[tok.foldEnd] != ' ' {
				t.Fatalf("%q: %v in %q", text, toks, folded)
			}
			if word := text[tok.start:tok.end]; utf8.ValidString(text) && !utf8.ValidString(word) {
				t.Fatalf("%q: the word %q cuts a letter", text, word)
			}
			if tok.hash != hashWord(folded[tok.foldStart:tok.foldEnd]) {
				t.Fatalf("%q: the word %q has another hash where it stands", text, folded[tok.foldStart:tok.foldEnd])
			}
			after, foldAfter = int(tok.end), int(tok.foldEnd)+1
		}
		if foldAfter != len(folded) || !slices.Equal(folded[:7], []byte("before ")) {
			t.Fatalf("%q: folded as %q", text, folded)
		}
		if moved, _ := fold(nil, nil, "   "+text); string(moved) != string(folded[len("before"):]) {
			t.Fatalf("%q: folded as %q, and further on as %q", text, folded, moved)
		}
	})
}
