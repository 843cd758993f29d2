package diagnose_test

import (
	"slices"
	"strings"
	"testing"

	"parley"
	"parley/diagnose"
)

// TestOneReasonAcrossLanguages: the price is too high, in three languages, is one reason; that nobody has time is another.
func TestOneReasonAcrossLanguages(t *testing.T) {
	t.Parallel()
	said := []parley.Finding{
		finding("Ana", "This is too expensive for us.", parley.Value, parley.Plan, 0.9),
		finding("Luz", "Es muy caro, no podemos pagarlo.", parley.Value, parley.Plan, 0.8),
		finding("Zoé", "C'est trop cher, on n'a pas le budget.", parley.Capacity, parley.Plan, 0.8), // another driver, read wrong
		finding("Bo", "Nobody here has time for this.", parley.Capacity, parley.Plan, 0.7),
		finding("Max", "Personne n'a le temps, on est débordés.", parley.Capacity, parley.Plan, 0.7),
	}
	var got [][]int
	for _, r := range reasonsOf(t, said) {
		slices.Sort(r.Findings)
		got = append(got, r.Findings)
	}
	if want := [][]int{{0, 1, 2}, {3, 4}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("reasons %v, want %v", got, want)
	}
}

func TestTelling(t *testing.T) {
	t.Parallel()
	dear, cher := diagnose.SenseOf("This is far too expensive.", parley.English), diagnose.SenseOf("C'est beaucoup trop cher.", parley.French)
	if dear.Alike(cher) < diagnose.Same {
		t.Errorf("alike by %v", dear.Alike(cher))
	}
	if words := diagnose.Telling("This is far too expensive.", parley.English, cher); !slices.Contains(words, "expensive") {
		t.Errorf("%q tell", words)
	}
	if words := diagnose.Telling("C'est beaucoup trop cher.", "", dear); !slices.Contains(words, "cher") {
		t.Errorf("%q tell", words)
	}
	if nothing := diagnose.SenseOf("", ""); nothing.Alike(nothing) != 0 || diagnose.Telling("It is too expensive.", "", nothing) != nil {
		t.Error("nothing is like something")
	}
}

// TestAlikeInNoLanguage: a word of which nobody knows the language is read in each.
func TestAlikeInNoLanguage(t *testing.T) {
	t.Parallel()
	if like := diagnose.SenseOf("caro", "xx").Alike(diagnose.SenseOf("expensive", parley.English)); like < 0.8 {
		t.Errorf("alike by %.2f", like)
	}
}

// TestAlikeTurns: what stands before "but" is not the reason.
func TestAlikeTurns(t *testing.T) {
	t.Parallel()
	price := diagnose.SenseOf("It is too expensive for us.", parley.English)
	apart := diagnose.SenseOf("The price is fine, but nobody has time for the training.", parley.English)
	if like := price.Alike(apart); like >= diagnose.Same {
		t.Errorf("alike by %v", like)
	}
}

func TestAlikeIsSymmetricAndOneForItself(t *testing.T) {
	t.Parallel()
	var senses []diagnose.Sense
	for _, c := range clearCases {
		senses = append(senses, diagnose.SenseOf(c.text, ""))
	}
	for i, a := range senses {
		if self := a.Alike(a); self < 0.99999 || self > 1 {
			t.Errorf("%q is like itself by %v", clearCases[i].text, self)
		}
		for _, b := range senses {
			if ab, ba := a.Alike(b), b.Alike(a); ab != ba || ab < 0 || ab > 1 {
				t.Errorf("alike %v one way, %v the other", ab, ba)
			}
		}
	}
}

// FuzzAlike checks that any two texts can be compared, in either order, and that words given as the reason are in the text.
func FuzzAlike(f *testing.F) {
	f.Add("It is too expensive, but we like it a lot.", "C'est trop cher")
	f.Add("", "но нет")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := diagnose.SenseOf(a, ""), diagnose.SenseOf(b, "")
		if ab, ba := x.Alike(y), y.Alike(x); ab != ba || ab < 0 || ab > 1 {
			t.Fatalf("alike %v one way, %v the other", ab, ba)
		}
		for text, to := range map[string]diagnose.Sense{a: y, b: x} {
			words := diagnose.Telling(text, "", to)
			for _, w := range words {
				if len(words) > 3 || !strings.Contains(strings.ToLower(text), w) {
					t.Fatalf("%q tell of %q", words, text)
				}
			}
		}
	})
}

func BenchmarkSenseOf(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		diagnose.SenseOf("Nobody told us what the licences would cost, and training was never in the budget.", parley.English)
	}
}

// TestTellingOfVeryLongTexts: only the first 8 KB count, also where the last turn of the text stands beyond them.
func TestTellingOfVeryLongTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("this is far too expensive for all of us here ", 200) + "but we like it"
	if words := diagnose.Telling(long, parley.English, diagnose.SenseOf("C'est beaucoup trop cher.", parley.French)); !slices.Contains(words, "expensive") {
		t.Errorf("%q tell", words)
	}
}
