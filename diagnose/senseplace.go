package diagnose

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// place gives every part its place: a gloss that the corpus has often by the company it keeps, others one by chance.
func (l *senseLearner) place() {
	n := len(l.seen)
	l.at, l.loud, l.placed = make([]float64, n*senseSize), make([]float64, n), make([]bool, n)
	for i := range l.at {
		l.at[i] = 0.1 * l.rng.NormFloat64()
	}
	row := make([]int, n) // by part: its row in the matrix, from 1
	var parts []int
	for name, k := range l.number {
		if l.seen[k] >= oftenSeen && !strings.HasPrefix(name, conceptPart) {
			parts = append(parts, int(k))
		}
	}
	slices.Sort(parts)
	for i, k := range parts {
		row[k] = i + 1
	}
	m := l.associations(row, len(parts))
	q := make([]float64, len(parts)*senseSize)
	for i := range q {
		q[i] = l.rng.NormFloat64()
	}
	for range turnsOfBase {
		q = m.times(q)
		orthogonalize(q)
	}
	for i, k := range parts {
		v := rowOf(q, i)
		length := math.Sqrt(product(v, v))
		for j, x := range v {
			if length > 0 {
				rowOf(l.at, k)[j] = x / length
			}
		}
		l.placed[k] = true
	}
	l.turned = make([]float64, senseSize*senseSize)
	for i := range senseSize {
		rowOf(l.turned, i)[i] = 1
	}
	l.sharp[0] = math.Log(10)
}

// A sparse is a symmetric matrix: by row, its columns and values.
type sparse struct {
	columns [][]int32
	values  [][]float64
}

// associations returns how much more often two glosses keep company than chance would have them: the positive pointwise mutual
// information, less where it rests on few cases.
func (l *senseLearner) associations(row []int, n int) *sparse {
	together := make([]map[int32]float64, n)
	for i := range together {
		together[i] = map[int32]float64{}
	}
	sums := make([]float64, n)
	total := 0.0
	for _, text := range l.texts {
		for i, a := range text {
			for d := 1; d <= company && i+d < len(text); d++ {
				x, y := row[a]-1, row[text[i+d]]-1
				if x < 0 || y < 0 || x == y {
					continue
				}
				w := 1 / math.Sqrt(float64(d))
				together[x][int32(y)] += w
				together[y][int32(x)] += w
				sums[x], sums[y] = sums[x]+w, sums[y]+w
				total += 2 * w
			}
		}
	}
	m := &sparse{columns: make([][]int32, n), values: make([][]float64, n)}
	for i, with := range together {
		for _, j := range slices.Sorted(maps.Keys(with)) {
			w := with[j]
			if x := math.Log(w * total / (sums[i] * sums[j])); x > 0 {
				m.columns[i], m.values[i] = append(m.columns[i], j), append(m.values[i], x*w/(w+1))
			}
		}
	}
	return m
}

// times returns the product of m and q, whose rows have senseSize numbers.
func (m *sparse) times(q []float64) []float64 {
	out := make([]float64, len(q))
	for i, columns := range m.columns {
		for k, j := range columns {
			addTo(rowOf(out, i), m.values[i][k], rowOf(q, int(j)))
		}
	}
	return out
}

// orthogonalize makes the columns of q, whose rows have senseSize numbers, orthogonal and of length 1 (Gram and Schmidt, modified).
func orthogonalize(q []float64) {
	for c := range senseSize {
		length := 0.0
		for at := c; at < len(q); at += senseSize {
			length += float64(q[at] * q[at])
		}
		length = math.Sqrt(length)
		for at := c; at < len(q); at += senseSize {
			q[at] /= max(length, 1e-12)
		}
		for d := c + 1; d < senseSize; d++ {
			sum := 0.0
			for at := 0; at < len(q); at += senseSize {
				sum += float64(q[at+c] * q[at+d])
			}
			for at := 0; at < len(q); at += senseSize {
				q[at+d] -= float64(sum * q[at+c])
			}
		}
	}
}
