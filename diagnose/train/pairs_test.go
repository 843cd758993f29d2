package train_test

import (
	"os"
	"strings"
	"testing"

	"parley/diagnose/train"
)

// TestPairs measures the pairs that may be looked at; those marked test are measured by hand, once for each version.
func TestPairs(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]float64{"en-es": 0.75, "en-fr": 0.75, "es-fr": 0.75, "en-en": 0.75, "es-es": 0.75, "fr-fr": 0.75} {
		f, err := os.Open("../corpus/pairs/" + name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		pairs, err := train.ReadPairs(f)
		if err != nil {
			t.Fatal(err)
		}
		var dev train.PairCounts
		same := 0
		for _, p := range pairs {
			if string(p.A.Lang)+"-"+string(p.B.Lang) != name {
				t.Errorf("%s is in the file of %s", p.ID, name)
			}
			if p.Same {
				same++
			}
			if p.Split == "dev" {
				dev.Count(p)
			}
		}
		if 2*same != len(pairs) {
			t.Errorf("%s: %d of %d pairs are the same", name, same, len(pairs))
		}
		if f1 := dev.F1(); f1 < least {
			t.Errorf("%s: F1 %.3f on the pairs marked dev, want %.2f", name, f1, least)
		}
	}
}

func TestReadPairsErrors(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"{}\n": "pairs line 1: a text is missing",
		`{"a":{"text":"x"},"b":{"text":"y"}}` + "\n{": "pairs line 2: unexpected end of JSON input",
	} {
		if _, err := train.ReadPairs(strings.NewReader(data)); err == nil || err.Error() != want {
			t.Errorf("error for %q: %v, want %s", data, err, want)
		}
	}
}
