package diagnose_test

import (
	"math/rand/v2"
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
	for _, r := range diagnose.Reasons(said) {
		slices.Sort(r.Findings)
		got = append(got, r.Findings)
	}
	if want := [][]int{{0, 1, 2}, {3, 4}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("reasons %v, want %v", got, want)
	}
}

func TestCompareSaysWhy(t *testing.T) {
	t.Parallel()
	l := diagnose.Compare("This is far too expensive.", parley.English, "C'est beaucoup trop cher.", parley.French)
	if l.Score < diagnose.Same || l.Ground != "price" || !slices.Contains(l.A, "expensive") || !slices.Contains(l.B, "cher") {
		t.Errorf("likeness %+v", l)
	}
	if l := diagnose.Compare("", "", "", ""); l.Score != 0 || l.Ground != "" {
		t.Errorf("likeness of nothing %+v", l)
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
		if self := a.Alike(a); self < 0.95 || self > 1 {
			t.Errorf("%q is like itself by %v", clearCases[i].text, self)
		}
		for _, b := range senses {
			if ab, ba := a.Alike(b), b.Alike(a); ab != ba || ab < 0 || ab > 1 {
				t.Errorf("alike %v one way, %v the other", ab, ba)
			}
		}
	}
}

// TestNeighboursMissNone holds the index against every pair.
func TestNeighboursMissNone(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	texts := groundExamples(t)
	var senses []diagnose.Sense
	for range 300 {
		senses = append(senses, diagnose.SenseOf(texts[r.IntN(len(texts))], ""))
	}
	const least = 0.15
	edges := map[[2]int]float64{}
	for _, e := range diagnose.Neighbours(senses, least, true) {
		edges[[2]int{e.A, e.B}] = e.Like
	}
	found := 0
	for i := range senses {
		for j := range i {
			like := senses[j].Alike(senses[i])
			if got := edges[[2]int{j, i}]; like >= least && got != like || like < least && got != 0 {
				t.Fatalf("pair %d %d: alike by %v, edge %v", j, i, like, got)
			}
			if like >= least {
				found++
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d pairs are alike: too few to tell", found)
	}
}

// FuzzAlike checks that any two texts can be compared, in either order, and that words given as the reason are in the text.
func FuzzAlike(f *testing.F) {
	f.Add("It is too expensive, but we like it a lot.", "C'est trop cher")
	f.Add("", "но нет")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := diagnose.SenseOf(a, ""), diagnose.SenseOf(b, "")
		if ab, ba := x.Alike(y), y.Alike(x); ab != ba || ab < 0 || ab > 1.0001 {
			t.Fatalf("alike %v one way, %v the other", ab, ba)
		}
		if l := diagnose.Compare(a, "", b, ""); l.Score > 0 && len(l.A) > 3 {
			t.Fatalf("likeness %+v", l)
		}
	})
}

func BenchmarkSenseOf(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		diagnose.SenseOf("Nobody told us what the licences would cost, and training was never in the budget.", parley.English)
	}
}

// BenchmarkReasons groups findings of which every one says one of 7,000 things.
func BenchmarkReasons(b *testing.B) {
	texts := groundExamples(b)
	for _, size := range []struct {
		name string
		n    int
	}{{"2000", 2000}, {"20000", 20_000}, {"100000", 100_000}} {
		b.Run(size.name, func(b *testing.B) {
			r := rand.New(rand.NewPCG(5, 6))
			var findings []parley.Finding
			for range size.n {
				text := texts[r.IntN(len(texts))] + " " + texts[r.IntN(len(texts))]
				findings = append(findings, finding("Ana", text, parley.Drivers[r.IntN(len(parley.Drivers))], parley.Plan, 0.7))
			}
			b.ReportAllocs()
			for b.Loop() {
				diagnose.Reasons(findings)
			}
		})
	}
}

func groundExamples(tb testing.TB) []string {
	tb.Helper()
	return diagnose.GroundExamples()
}

// TestCompareOfVeryLongTexts: only the first 8 KB count, also where the last turn of the text stands beyond them.
func TestCompareOfVeryLongTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("this is far too expensive for all of us here ", 200) + "but we like it"
	l := diagnose.Compare(long, parley.English, "C'est beaucoup trop cher.", parley.French)
	if l.Ground != "price" || !slices.Contains(l.A, "expensive") {
		t.Errorf("likeness %+v", l)
	}
}
