package diagnose

import (
	"strings"
	"testing"
)

// TestEveryPhraseIsFoundByItsOpening reads each phrase within a sentence, and holds what is found by openings against what following every
// word to its end finds.
func TestEveryPhraseIsFoundByItsOpening(t *testing.T) {
	t.Parallel()
	for _, file := range []string{cueData, conceptsEN, conceptsES, conceptsFR} {
		for line := range strings.Lines(file) {
			_, list, ok := strings.Cut(strings.TrimSpace(line), ":")
			if !ok || strings.HasPrefix(line, "#") {
				continue
			}
			for phrase := range strings.SplitSeq(list, ";") {
				text, star := strings.CutSuffix(strings.TrimSpace(phrase), "*")
				if star {
					text += "ing"
				}
				foundByOpenings(t, "So "+text+", they said.")
				foundByOpenings(t, text)
			}
		}
	}
}

// foundByOpenings fails unless openings leave nothing out that is in text.
func foundByOpenings(t *testing.T, text string) {
	t.Helper()
	var a Analysis
	a.Analyze(text)
	p := allPhrases()
	for i := range a.tokens {
		start := int(a.tokens[i].foldStart)
		categories, end := p.cues.match(a.folded, start)
		if got, gotEnd := a.cuesAt(p, i); got != categories || got != 0 && gotEnd != end {
			t.Fatalf("cues at word %d of %q: %b up to %d, want %b up to %d", i, text, got, gotEnd, categories, end)
		}
		found, end := p.concepts.match(a.folded, start)
		if set, gotEnd := a.aboutAt(p, i); len(p.concepts.set(set)) != len(found) || gotEnd != end {
			t.Fatalf("concepts at word %d of %q: %v up to %d, want %v up to %d", i, text, p.concepts.set(set), gotEnd, found, end)
		}
	}
}

func FuzzOpenings(f *testing.F) {
	f.Add("We can't see why it's not a good time, and n'est-ce pas trop cher d'un coup ?")
	f.Add("sales rep, sales reps; pas sur")
	f.Fuzz(foundByOpenings)
}

// TestOpeningsLeaveMostOut counts for how many pairs of other words than a phrase begins with a phrase would be followed.
func TestOpeningsLeaveMostOut(t *testing.T) {
	t.Parallel()
	p, n := allPhrases(), 0
	const pairs = 100_000
	for i := range uint64(pairs) {
		if p.openings.has(pair(i*mix, i)) {
			n++
		}
	}
	if n > pairs/20 {
		t.Errorf("%d of %d pairs may open a phrase", n, pairs)
	}
}
