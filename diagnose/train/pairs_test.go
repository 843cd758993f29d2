package train_test

import (
	"os"
	"strings"
	"testing"

	"parley/diagnose/train"
)

// TestPairs: half of the pairs in each file give the same reason, and what is taken for the same in what people say of a project is so more often than by chance,
// which would be right in half of them.
func TestPairs(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]float64{"en-es": 0.6, "en-fr": 0.6, "es-fr": 0.6, "en-en": 0.55, "es-es": 0.55, "fr-fr": 0.55} {
		for _, folder := range []string{"pairs", "projects"} {
			var all train.PairCounts
			same := 0
			for _, p := range readPairs(t, "../corpus/"+folder+"/"+name+".jsonl") {
				if string(p.A.Lang)+"-"+string(p.B.Lang) != name {
					t.Errorf("%s is in the file of %s", p.ID, name)
				}
				if p.Same {
					same++
				}
				all.Count(p)
			}
			if 2*same != all.Pairs() {
				t.Errorf("%s, %s: %d of %d pairs are the same", folder, name, same, all.Pairs())
			}
			if right := float64(all.Hit+all.Rest) / float64(all.Pairs()); folder == "projects" && right < least {
				t.Errorf("%s, %s: %.3f of the pairs are told right, want %.2f", folder, name, right, least)
			}
		}
	}
}

func readPairs(t *testing.T, name string) []train.Pair {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pairs, err := train.ReadPairs(f)
	if err != nil {
		t.Fatal(err)
	}
	return pairs
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
