package train

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas/blas32"

	"parley/diagnose"
	"parley/diagnose/encode"
)

// A kin is what words are like, by the company they keep: a vector of length 1 for each word that occurs twice, by the
// word's bucket in space Kin. A separator learns a weight for each dimension, so that what it learns of one word
// goes to those like it; once trained, vector times weights is the weight of the word's bucket, as of any other.
type kin struct {
	size   int
	byWord map[uint32][]float32
}

const (
	kinSize   = 50
	kinWords  = 30_000  // the most frequent ones
	kinLines  = 200_000 // the first ones
	kinWindow = 4       // words on either side
)

// kinOf learns what the words of lines are like, labelled or not: by the positive pointwise mutual information of
// words within four words of one another, weighted by one over their distance, contexts by the power 0.75 of
// their frequency, reduced to 50 dimensions U·√S by singular value decomposition (Levy, Goldberg & Dagan, "Improving
// distributional similarity with lessons learned from word embeddings", TACL 3, 2015).
func kinOf(lines []Line, bits int, seed uint64) kin {
	s := kin{size: kinSize, byWord: map[uint32][]float32{}}
	lines = lines[:min(len(lines), kinLines)]
	texts := make([][]uint32, len(lines))
	counts := map[uint32]int{}
	vec := diagnose.Vectorizer{Bits: bits}
	vec.Weights[diagnose.Kin] = 1
	var a diagnose.Analysis
	var f []diagnose.Feature
	for i, l := range lines {
		a.Analyze(l.Text)
		f = vec.Space(f[:0], diagnose.Unit{Self: &a}, diagnose.Kin)
		for _, x := range f {
			texts[i] = append(texts[i], x.Bucket)
			counts[x.Bucket]++
		}
	}
	var words []uint32
	for w, n := range counts {
		if n > 1 {
			words = append(words, w)
		}
	}
	slices.SortFunc(words, func(a, b uint32) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	words = words[:min(len(words), kinWords)]
	if len(words) <= kinSize {
		return s // too little to learn from
	}
	id := make(map[uint32]int, len(words))
	for i, w := range words {
		id[w] = i
	}
	m := information(texts, id)
	vectors := m.reduce(kinSize, rand.New(rand.NewPCG(seed, 0x5E25E)))
	for i, w := range words {
		if v := vectors[i]; unit(v) {
			s.byWord[w] = v
		}
	}
	return s
}

// unit scales v to length 1, and reports whether it could.
func unit(v []float32) bool {
	var square float64
	for _, x := range v {
		square += float64(x * x)
	}
	if square < 1e-12 {
		return false
	}
	scale := float32(1 / math.Sqrt(square))
	for i := range v {
		v[i] *= scale
	}
	return true
}

// A sparse is a square matrix, by row.
type sparse struct {
	start []int
	col   []int32
	value []float32
}

// information returns the positive pointwise mutual information of the words with an id.
func information(texts [][]uint32, id map[uint32]int) *sparse {
	n := len(id)
	together := make([]map[int32]float64, n)
	sum := make([]float64, n)
	for _, text := range texts {
		for i, w := range text {
			a, ok := id[w]
			if !ok {
				continue
			}
			for d := 1; d <= kinWindow && i+d < len(text); d++ {
				b, ok := id[text[i+d]]
				if !ok {
					continue
				}
				for _, p := range [][2]int{{a, b}, {b, a}} {
					if together[p[0]] == nil {
						together[p[0]] = map[int32]float64{}
					}
					together[p[0]][int32(p[1])] += 1 / float64(d)
					sum[p[0]] += 1 / float64(d)
				}
			}
		}
	}
	var total float64
	smooth := make([]float64, n)
	for i, s := range sum {
		smooth[i] = math.Pow(s, 0.75)
		total += smooth[i]
	}
	m := &sparse{start: make([]int, 1, n+1)}
	var cols []int32
	for a, row := range together {
		cols = cols[:0]
		for b := range row {
			cols = append(cols, b)
		}
		slices.Sort(cols)
		for _, b := range cols {
			if x := math.Log(row[b] * total / (sum[a] * smooth[b])); x > 0 {
				m.col, m.value = append(m.col, b), append(m.value, float32(x))
			}
		}
		m.start = append(m.start, len(m.col))
	}
	return m
}

// times returns m·x, x by row.
func (m *sparse) times(x [][]float32) [][]float32 {
	out := zeros(len(x), len(x[0]))
	for i := range out {
		for k := m.start[i]; k < m.start[i+1]; k++ {
			axpy(out[i], m.value[k], x[m.col[k]])
		}
	}
	return out
}

// transposeTimes returns the transpose of m times x.
func (m *sparse) transposeTimes(x [][]float32) [][]float32 {
	out := zeros(len(x), len(x[0]))
	for i := range x {
		for k := m.start[i]; k < m.start[i+1]; k++ {
			axpy(out[m.col[k]], m.value[k], x[i])
		}
	}
	return out
}

// reduce returns the first size left singular vectors of m, each times the root of its singular value, by row: by
// subspace iteration from a random start (Halko, Martinsson & Tropp, "Finding structure with randomness",
// SIAM Review 53(2), 2011, algorithm 4.4, five rounds, ten more dimensions than asked).
func (m *sparse) reduce(size int, rng *rand.Rand) [][]float32 {
	n := len(m.start) - 1
	q := zeros(n, min(n, size+10))
	for i := range q {
		for j := range q[i] {
			q[i][j] = float32(rng.NormFloat64())
		}
	}
	orthonormalize(q)
	for range 5 {
		q = m.times(m.transposeTimes(q))
		orthonormalize(q)
	}
	// The singular values of m in the subspace are the roots of the eigenvalues of (mᵀq)ᵀ(mᵀq).
	z := m.transposeTimes(q)
	gram := make([][]float64, len(q[0]))
	for i := range gram {
		gram[i] = make([]float64, len(gram))
		for j := range gram {
			for k := range z {
				gram[i][j] += float64(z[k][i]) * float64(z[k][j])
			}
		}
	}
	values, vectors := eigen(gram)
	out := zeros(n, size)
	for i := range out {
		for j := range size {
			var sum float64
			for k, x := range q[i] {
				sum += float64(x) * vectors[k][j]
			}
			out[i][j] = float32(sum * math.Sqrt(math.Sqrt(max(0, values[j]))))
		}
	}
	return out
}

func zeros(rows, cols int) [][]float32 {
	all := make([]float32, rows*cols)
	out := make([][]float32, rows)
	for i := range out {
		out[i] = all[i*cols:][:cols]
	}
	return out
}

// axpy adds a·x to dst, long vectors as dotOf does.
func axpy(dst []float32, a float32, x []float32) {
	if len(x) >= encode.Size {
		blas32.Axpy(a, blas32.Vector{N: len(x), Data: x, Inc: 1}, blas32.Vector{N: len(x), Data: dst, Inc: 1})
		return
	}
	for i, v := range x {
		dst[i] += float32(a * v)
	}
}

// orthonormalize makes the columns of q orthonormal, by Gram and Schmidt's method, twice for accuracy.
func orthonormalize(q [][]float32) {
	cols := len(q[0])
	for j := range cols {
		for range 2 {
			for k := range j {
				var dot float64
				for i := range q {
					dot += float64(q[i][j]) * float64(q[i][k])
				}
				for i := range q {
					q[i][j] -= float32(dot * float64(q[i][k]))
				}
			}
		}
		var square float64
		for i := range q {
			square += float64(q[i][j]) * float64(q[i][j])
		}
		scale := 0.0
		if square > 1e-20 {
			scale = 1 / math.Sqrt(square)
		}
		for i := range q {
			q[i][j] = float32(float64(q[i][j]) * scale)
		}
	}
}

// eigen returns the eigenvalues of a symmetric matrix, the largest first, and their vectors by column, by
// Jacobi's rotations. It changes a.
func eigen(a [][]float64) (values []float64, vectors [][]float64) {
	n := len(a)
	v := make([][]float64, n)
	for i := range v {
		v[i] = make([]float64, n)
		v[i][i] = 1
	}
	for range 50 {
		var off, all float64
		for i := range n {
			for j := range n {
				if i != j {
					off += float64(a[i][j] * a[i][j])
				}
				all += float64(a[i][j] * a[i][j])
			}
		}
		if off <= 1e-22*all {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				rotate(a, v, p, q)
			}
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(a[j][j], a[i][i]) })
	vectors = make([][]float64, n)
	for i := range vectors {
		vectors[i] = make([]float64, n)
		for k, j := range order {
			vectors[i][k] = v[i][j]
		}
	}
	for _, j := range order {
		values = append(values, a[j][j])
	}
	return values, vectors
}

// rotate makes a[p][q] zero, and turns v with it.
func rotate(a, v [][]float64, p, q int) {
	if a[p][q] == 0 {
		return
	}
	theta := (a[q][q] - a[p][p]) / (2 * a[p][q])
	t := math.Copysign(1/(math.Abs(theta)+math.Sqrt(float64(theta*theta)+1)), theta)
	c := 1 / math.Sqrt(float64(t*t)+1)
	s := t * c
	for k := range a {
		x, y := a[k][p], a[k][q]
		a[k][p], a[k][q] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
	for k := range a {
		x, y := a[p][k], a[q][k]
		a[p][k], a[q][k] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
	for k := range v {
		x, y := v[k][p], v[k][q]
		v[k][p], v[k][q] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
}
