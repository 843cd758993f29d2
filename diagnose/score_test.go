package diagnose_test

import (
	"math"
	"slices"
	"testing"

	"parley/diagnose"
)

// TestScoreIsTheSumOfFeatures holds the scorer, which remembers words and sentences, against the plain
// sum over the features that a model is trained on.
func TestScoreIsTheSumOfFeatures(t *testing.T) {
	m := diagnose.Shipped()
	scorer := m.Scorer()
	texts := []string{
		"We tried that in 2021 and lost a week, a week!", "no", "¿Quién va a formar al turno de noche?", "C'est trop cher pour nous… non ?",
		"Donaudampfschifffahrtsgesellschaftskapitän is a word too long to remember, isn't it", "", "😀", "We tried that in 2021 and lost a week, a week!",
	}
	analyses := make([]diagnose.Analysis, len(texts))
	for i, text := range texts {
		analyses[i].Analyze(text)
	}
	for i := range texts {
		u := diagnose.Unit{Self: &analyses[i], Role: "client"}
		if i > 2 {
			u.Prev = []*diagnose.Analysis{&analyses[i-3], &analyses[i-1]}
		}
		scorer.Score(u, 0)
		for h, want := range m.Score(u) {
			if !slices.EqualFunc(scorer.Probs[h], want, func(a, b float64) bool { return math.Abs(a-b) < 1e-5 }) {
				t.Errorf("%q, head %s: got %v, the features say %v", texts[i], m.Heads[h].Name, scorer.Probs[h], want)
			}
		}
	}
}
