package train_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"parley/diagnose/train"
)

// TestPairs: half of the pairs in each file give the same reason, and more are told right than by chance, which would be right in half of them;
// far more where all that is said of a project is known.
func TestPairs(t *testing.T) {
	t.Parallel()
	for folder, least := range map[string]float64{"pairs": 0.57, "projects": 0.75} {
		var all []train.Pair
		files := []string{"en-es", "en-fr", "es-fr", "en-en", "es-es", "fr-fr"}
		for _, name := range files {
			for _, p := range readPairs(t, "../corpus/"+folder+"/"+name+".jsonl") {
				if string(p.A.Lang)+"-"+string(p.B.Lang) != name {
					t.Fatalf("%s is in the file of %s", p.ID, name)
				}
				all = append(all, p)
			}
		}
		counts := map[string]*train.PairCounts{}
		for _, name := range files {
			counts[name] = &train.PairCounts{}
		}
		for i, taken := range train.Judge(all) {
			counts[string(all[i].A.Lang)+"-"+string(all[i].B.Lang)].Count(all[i].Same, taken)
		}
		right := 0
		for name, n := range counts {
			if n.Pairs() == 0 || 2*(n.Hit+n.Miss) != n.Pairs() {
				t.Errorf("%s, %s: %d of %d pairs are the same", folder, name, n.Hit+n.Miss, n.Pairs())
			}
			right += n.Hit + n.Rest
		}
		if share := float64(right) / float64(len(all)); share < least {
			t.Errorf("%s: %.3f of the pairs are told right, want %.2f", folder, share, least)
		}
	}
}

// TestJudgeAmong: what all say of a project does not make two of them the same; by themselves they are alike.
func TestJudgeAmong(t *testing.T) {
	t.Parallel()
	var pairs []train.Pair
	for _, about := range []string{"is too expensive", "was never tested here", "takes my evenings", "puts our jobs at risk", "needs a licence that we lack", "frightens the patients",
		"was decided without us", "leaks our data", "breaks the agreement with the union", "has nobody who repairs it", "comes in harvest time", "makes the customers laugh"} {
		pairs = append(pairs, train.Pair{Project: "p", A: train.Said{Lang: "en", Text: "The new robot in the warehouse is too slow."}, B: train.Said{Lang: "en", Text: "The new robot in the warehouse " + about + "."}})
	}
	alone := slices.Clone(pairs)
	for i := range alone {
		alone[i].Project = ""
	}
	count := func(judged []bool) (n int) {
		for _, same := range judged {
			if same {
				n++
			}
		}
		return n
	}
	if among, alone := count(train.Judge(pairs)), count(train.Judge(alone)); among > 6 || alone < 10 {
		t.Errorf("among others %d of 12 are the same, alone %d", among, alone)
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
