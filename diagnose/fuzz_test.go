package diagnose_test

import (
	"bytes"
	"errors"
	"testing"
	"unicode"
	"unicode/utf8"

	"parley"
	"parley/diagnose"
)

// FuzzSentences checks that sentences are in order, in bounds, on rune boundaries, and lose no word.
func FuzzSentences(f *testing.F) {
	for _, s := range []string{
		"We met Dr. Ruiz at 3 p.m. He said no. Then what?", "1. First\n2. Second thing\n- third", "Hola… ¿y ahora? Pues nada, art. 5 y ya.",
		"line one is long enough to have been wrapped by a mail\nprogram that does such things. Yes.", "👍\nok 👍 !!!", "M. Dupont, p. 12, n° 3. Fin.",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		kept := 0
		for _, s := range diagnose.Sentences(nil, text) {
			if s.Start < at || s.End <= s.Start || s.End > len(text) {
				t.Fatalf("sentence %v of %d bytes after %d", s, len(text), at)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[s.Start:s.End]) {
				t.Fatalf("sentence %q cuts a rune", text[s.Start:s.End])
			}
			at = s.End
			kept += countWordRunes(text[s.Start:s.End])
		}
		if utf8.ValidString(text) && kept != countWordRunes(text) {
			t.Fatalf("sentences of %q hold %d of %d letters and digits", text, kept, countWordRunes(text))
		}
	})
}

func countWordRunes(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// FuzzModel checks that a file that is no model is refused and nothing worse.
func FuzzModel(f *testing.F) {
	var b bytes.Buffer
	if _, err := tinyModel(f).WriteTo(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:40])
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := diagnose.ReadModel(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, diagnose.ErrModel) {
				t.Fatalf("error %v does not say that it is about the model", err)
			}
			return
		}
		var a diagnose.Analysis
		a.Analyze("We tried that before.")
		m.Scorer().Score(diagnose.Unit{Self: &a}, 0)
	})
}

// FuzzFinding checks that findings and their reasons quote the message exactly.
func FuzzFinding(f *testing.F) {
	f.Add("We tried that in 2021 and lost a week. Who would train the night shift?")
	f.Add("No lo veo claro, la verdad…\n\nYa lo intentamos.")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		r := diagnose.NewReader(diagnose.Shipped())
		r.Threshold = 0.01
		for _, x := range r.Read(parley.Message{ID: "1", Source: "s", Text: text, Speaker: parley.Person{Name: "Ana"}}) {
			if x.Probability < 0.01 || x.Probability > 1 || !x.Labels.Valid() || !x.Labels.Resistance {
				t.Fatalf("finding %+v", x)
			}
			for _, w := range x.Why {
				if w.Start < x.Span.Start || w.End > x.Span.End || text[w.Start:w.End] != w.Text {
					t.Fatalf("reading %+v is not in %q", w, x.Text())
				}
			}
		}
	})
}

// tinyModel is the smallest model with the taxonomy's heads.
func tinyModel(tb testing.TB) *diagnose.Model {
	tb.Helper()
	const bits, fine = 8, 1
	head := func(name string, labels ...string) diagnose.Head {
		h := diagnose.Head{Name: name, Labels: labels, Scale: 1, Prior: make([]float64, len(labels))}
		h.Bias, h.Unit = make([]float64, h.Rows()), make([]float32, h.Rows())
		return h
	}
	info := diagnose.Info{
		Version: "1", Gate: true, Setting: diagnose.Setting{Threshold: 0.5}, Bits: bits, Fine: fine, IDFScale: 0.1, Spaces: map[string]float32{"words": 1},
		Heads:  []diagnose.Head{head("resistance", "false", "true"), head("form", "objection", "noncompliance", "passive")},
		Client: &diagnose.Gate{Head: head("resistance", "false", "true"), Setting: diagnose.Setting{Threshold: 0.4}},
	}
	m, err := diagnose.NewModel(info, make([]byte, 1<<bits), make([]int8, 1<<(bits+fine)), make([]int8, 1<<(bits+fine)), make([]int8, 3<<bits), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}
