package diagnose

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"parley/diagnose/internal/vec"
)

// A table is rows of numbers.
type table struct {
	width   int
	numbers []float64
}

func newTable(rows, width int) table { return table{width, make([]float64, rows*width)} }

func (t table) row(i int) []float64 { return t.numbers[i*t.width:][:t.width:t.width] }

func (t table) rows() int { return len(t.numbers) / t.width }

func (t table) clone() table { return table{t.width, slices.Clone(t.numbers)} }

// byChance fills a row with normally distributed numbers times size.
func byChance(row []float64, size float64, rng *rand.Rand) {
	for i := range row {
		row[i] = size * rng.NormFloat64()
	}
}

// place gives every gloss and all first letters that the corpus has often their place, by the company they keep.
func (l *senseLearner) place() {
	n := len(l.seen)
	l.places, l.placed = newTable(n, placeSize), make([]bool, n)
	number := make([]int, n) // by part: its row in the matrix, from 1
	var parts []int
	for name, k := range l.number {
		if l.seen[k] >= oftenSeen && !strings.HasPrefix(name, conceptPart) {
			parts = append(parts, int(k))
		}
	}
	slices.Sort(parts)
	for i, k := range parts {
		number[k] = i + 1
	}
	main := mainDirections(l.associations(number, len(parts)), len(parts), placeSize)
	for i, k := range parts {
		addTo(l.places.row(k), 1/max(1e-12, lengthOf(main.row(i))), main.row(i))
		l.placed[k] = true
	}
}

// A square is a symmetric matrix, known by its products.
type square interface {
	times(q table) table // the product with as many rows as it has
}

// mainDirections returns the main directions of a square of n rows, side by side: those that it lengthens most.
func mainDirections(m square, n, width int) table {
	rng := rand.New(rand.NewPCG(1, 2))
	q := newTable(n, width)
	byChance(q.numbers, 1, rng)
	for range turnsOfBase {
		q = m.times(q)
		orthogonalize(q)
	}
	return q
}

// A sparse is a symmetric matrix: by row, its columns and values.
type sparse struct {
	columns [][]int32
	values  [][]float64
}

// associations returns how much more often two glosses keep company than chance would have them: the positive pointwise mutual
// information, less where it rests on few cases. Of each part, number has its row, from 1.
func (l *senseLearner) associations(number []int, n int) *sparse {
	together := make([]map[int32]float64, n)
	for i := range together {
		together[i] = map[int32]float64{}
	}
	sums := make([]float64, n)
	total := 0.0
	for _, text := range l.texts {
		for i, a := range text {
			for d := 1; d <= company && i+d < len(text); d++ {
				x, y := number[a]-1, number[text[i+d]]-1
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

func (m *sparse) times(q table) table {
	out := newTable(q.rows(), q.width)
	for i, columns := range m.columns {
		for k, j := range columns {
			addTo(out.row(i), m.values[i][k], q.row(int(j)))
		}
	}
	return out
}

// times returns t·q.
func (t table) times(q table) table {
	out := newTable(t.rows(), q.width)
	for i := range t.rows() {
		for j, x := range t.row(i) {
			addTo(out.row(i), x, q.row(j))
		}
	}
	return out
}

// orthogonalize makes the columns of q orthogonal and of length 1 (Gram and Schmidt, modified).
func orthogonalize(q table) {
	columns := make([][]float64, q.width)
	for c := range columns {
		columns[c] = make([]float64, q.rows())
		for i := range columns[c] {
			columns[c][i] = q.row(i)[c]
		}
	}
	for c, column := range columns {
		for _, before := range columns[:c] {
			addTo(column, -product(column, before), before)
		}
		length := max(lengthOf(column), 1e-12)
		for i, x := range column {
			column[i] = x / length
			q.row(i)[c] = column[i]
		}
	}
}

func product(a, b []float64) float64 { return vec.Dot64(a, b) }

func lengthOf(v []float64) float64 { return math.Sqrt(product(v, v)) }

func addTo(dst []float64, by float64, x []float64) { vec.Add64(dst, by, x) }
