package diagnose_test

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"parley"
	"parley/diagnose"
	"parley/diagnose/train"
)

// TestDeletionCurve takes the words out of resisting sentences that are said to weigh most, one after the
// other, and as many words by chance: the reasons given are true if the former cost the score much more.
func TestDeletionCurve(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: it computes at length, by itself")
	}
	t.Parallel()
	m := diagnose.Shipped()
	scorer := m.Scorer()
	odds := func(text string) float64 {
		var a diagnose.Analysis
		a.Analyze(text)
		scorer.Score(diagnose.Unit{Self: &a}, 2)
		p := scorer.Probs[0][1]
		return math.Log(p / (1 - p))
	}
	const words = 4
	var told, chance [words + 1]float64
	n := 0
	rng := rand.New(rand.NewPCG(1, 1))
	for _, lang := range []string{"en", "es", "fr"} {
		for _, text := range resisting(t, "corpus/heldout/"+lang+".jsonl") {
			spans := m.Weighty(text)
			before := odds(text)
			if len(spans) < 2*words || before < 0 {
				continue
			}
			n++
			mixed := slices.Clone(spans)
			rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			for k := 1; k <= words; k++ {
				told[k] += before - odds(without(text, spans[:k]))
				chance[k] += before - odds(without(text, mixed[:k]))
			}
		}
	}
	for k := 1; k <= words; k++ {
		told, chance := told[k]/float64(n), chance[k]/float64(n)
		t.Logf("%d words out of %d sentences: log-odds fall by %.2f, by %.2f for words taken by chance", k, n, told, chance)
		if told < 2*chance || told < 0.5 {
			t.Errorf("%d words: the reasons given cost %.2f, words by chance %.2f", k, told, chance)
		}
	}
}

// without returns text less spans.
func without(text string, spans []parley.Span) string {
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, func(a, b parley.Span) int { return b.Start - a.Start })
	for _, s := range sorted {
		text = text[:s.Start] + text[s.End:]
	}
	return text
}

// resisting returns the sentences of a labelled file that resist.
func resisting(t *testing.T, name string) (texts []string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	set, err := train.ReadData(name, f)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range set.Lines {
		if l.Labels[train.GateHead] == "true" {
			texts = append(texts, l.Text)
		}
	}
	return texts
}
