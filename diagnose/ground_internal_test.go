package diagnose

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// GroundExamples are the texts that the weights of grounds were made of.
func GroundExamples() (texts []string) {
	g, err := parseGrounds(groundData)
	if err != nil {
		panic(err)
	}
	for _, e := range g.examples {
		texts = append(texts, e.text)
	}
	return texts
}

func TestParseGroundsErrors(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"en: but":            `grounds line 1: want "lang: words; words" under a [ground]`,
		"[price]\nde: teuer": `grounds line 2: want "lang: words; words" under a [ground]`,
		"[price]\nen: a;; b": "grounds line 2: nothing between two semicolons",
		"[]":                 "grounds line 1: a ground without a name, or more than 255",
		"[turn]\nen: ?":      `grounds, turns: lexicon line 2: phrase "?" has no words`,
	} {
		if _, err := parseGrounds(data); err == nil || err.Error() != want {
			t.Errorf("error for %q: %v, want %s", data, err, want)
		}
	}
}

// TestGroundsHaveEveryLanguage: a ground that a language lacks would never be seen in it.
func TestGroundsHaveEveryLanguage(t *testing.T) {
	t.Parallel()
	g, err := parseGrounds(groundData)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range g.examples {
		count[g.names[e.ground]+" "+string(e.lang)]++
	}
	for i, name := range g.names {
		if slices.Contains(g.names[:i], name) {
			t.Errorf("%s stands twice", name)
		}
		for _, lang := range []string{"en", "es", "fr"} {
			if n := count[name+" "+lang]; n < 4 {
				t.Errorf("%s has %d examples in %s", name, n, lang)
			}
		}
	}
}

func TestReadGroundsRefusesDamage(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		data := bytes.Clone(groundWeights)
		if i := r.IntN(len(data)); i%2 == 0 {
			data = data[:i]
		} else {
			data[i] ^= 1 << r.IntN(8)
		}
		if _, err := readGrounds(data); err == nil {
			t.Fatal("a damaged file was read")
		}
	}
}

func FuzzParseGrounds(f *testing.F) {
	f.Add("[turn]\nen: but\n[price]\nen: too dear; dear\nfr: cher")
	f.Fuzz(func(t *testing.T, data string) {
		g, err := parseGrounds(data)
		if err != nil {
			return
		}
		for _, e := range g.examples {
			if e.ground < 0 || e.ground >= len(g.names) || strings.TrimSpace(e.text) == "" {
				t.Fatalf("example %+v", e)
			}
		}
	})
}

// TestLinkedIsAverageLinkage holds it against joining the best pair of groups each time.
func TestLinkedIsAverageLinkage(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	for range 50 {
		n := 2 + r.IntN(20)
		like := make([][]float64, n)
		likes := make(triangle, n*(n-1)/2)
		for i := range n {
			like[i] = make([]float64, n)
			for j := range i {
				if r.IntN(3) > 0 {
					continue
				}
				like[i][j] = float64(1+r.IntN(1<<20)) / (1 << 20)
				like[j][i] = like[i][j]
				likes.row(i)[j] = float32(like[i][j])
			}
		}
		got, err := linked(t.Context(), n, likes, 0.3, func(float64) {})
		if want := naiveLinkage(like, 0.3); err != nil || !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("groups %v, want %v", got, want)
		}
	}
}

func naiveLinkage(like [][]float64, least float64) [][]int {
	var groups [][]int
	for i := range like {
		groups = append(groups, []int{i})
	}
	for {
		a, b, top := -1, -1, least
		for i := range groups {
			for j := range i {
				var sum float64
				for _, x := range groups[i] {
					for _, y := range groups[j] {
						sum += like[x][y]
					}
				}
				if avg := sum / float64(len(groups[i])*len(groups[j])); avg >= top {
					a, b, top = j, i, avg
				}
			}
		}
		if a < 0 {
			break
		}
		groups[a] = append(groups[a], groups[b]...)
		groups = slices.Delete(groups, b, b+1)
	}
	for _, g := range groups {
		slices.Sort(g)
	}
	slices.SortFunc(groups, func(x, y []int) int { return x[0] - y[0] })
	return groups
}
