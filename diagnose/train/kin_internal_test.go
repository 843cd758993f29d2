package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"parley/diagnose"
)

// TestEigen holds the eigenvalues of a matrix against the closed form: that of second differences, 2 on the
// diagonal and −1 beside it, has 2 − 2·cos(kπ/(n+1)).
func TestEigen(t *testing.T) {
	t.Parallel()
	const n = 12
	a := make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, n)
		a[i][i] = 2
		if i > 0 {
			a[i][i-1], a[i-1][i] = -1, -1
		}
	}
	values, vectors := eigen(a)
	for k := range values {
		want := 2 - 2*math.Cos(float64(n-k)*math.Pi/(n+1))
		if math.Abs(values[k]-want) > 1e-10 {
			t.Errorf("eigenvalue %d: got %v, want %v", k, values[k], want)
		}
		for i := range n { // (A·v)ᵢ = λ·vᵢ
			av := 2 * vectors[i][k]
			if i > 0 {
				av -= vectors[i-1][k]
			}
			if i+1 < n {
				av -= vectors[i+1][k]
			}
			if math.Abs(av-values[k]*vectors[i][k]) > 1e-9 {
				t.Fatalf("vector %d is none: row %d gives %v, want %v", k, i, av, values[k]*vectors[i][k])
			}
		}
	}
}

// TestReduce reduces a matrix of rank 3 to 3 dimensions: rows' products are those of U·S·Uᵀ.
func TestReduce(t *testing.T) {
	t.Parallel()
	const n, rank = 40, 3
	rng := rand.New(rand.NewPCG(1, 2))
	half := make([][]float64, n)
	for i := range half {
		half[i] = []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
	}
	m := &sparse{start: []int{0}}
	product := func(i, j int) (sum float64) {
		for k := range rank {
			sum += half[i][k] * half[j][k]
		}
		return sum
	}
	for i := range n {
		for j := range n {
			m.col, m.value = append(m.col, int32(j)), append(m.value, float32(product(i, j)))
		}
		m.start = append(m.start, len(m.col))
	}
	got := m.reduce(rank, rand.New(rand.NewPCG(3, 4)))
	for i := range n {
		for j := range n {
			if sum := dotOf(got[i], got[j]); math.Abs(sum-product(i, j)) > 1e-3 {
				t.Fatalf("rows %d and %d: got %v, want %v", i, j, sum, product(i, j))
			}
		}
	}
}

// TestKin has two kinds of words that never stand together: words of a kind are alike, those of two are not.
func TestKin(t *testing.T) {
	t.Parallel()
	kinds := [][]string{{}, {}}
	for i := range 40 {
		kinds[i%2] = append(kinds[i%2], string(rune('a'+i/2))+"word"+[]string{"x", "y"}[i%2])
	}
	rng := rand.New(rand.NewPCG(5, 6))
	var lines []Line
	for i := range 600 {
		text := ""
		for range 6 {
			text += kinds[i%2][rng.IntN(len(kinds[i%2]))] + " "
		}
		// Words of their own, so that there are more words than dimensions.
		lines = append(lines, Line{Text: text + "rare" + string(rune('a'+i%26)) + string(rune('a'+i/26%2)) + []string{"x", "y"}[i%2]})
	}
	k := kinOf(lines, 18, 1)
	again := kinOf(lines, 18, 1)
	vec := diagnose.Vectorizer{Bits: 18}
	vec.Weights[diagnose.Kin] = 1
	bucket := func(word string) uint32 {
		var a diagnose.Analysis
		a.Analyze(word)
		return vec.Space(nil, diagnose.Unit{Self: &a}, diagnose.Kin)[0].Bucket
	}
	var same, other float64
	for i := 1; i < 20; i++ {
		a, b, c := k.byWord[bucket(kinds[0][0])], k.byWord[bucket(kinds[0][i])], k.byWord[bucket(kinds[1][i])]
		same += dotOf(a, b) / 19
		other += math.Abs(dotOf(a, c)) / 19
		if !slices.Equal(b, again.byWord[bucket(kinds[0][i])]) {
			t.Error("the same lines give other vectors the next time")
		}
	}
	if same < 0.5 || other > 0.1 {
		t.Errorf("words of a kind are alike by %.2f, of two kinds by %.2f", same, other)
	}
}
