package train

import (
	"math"

	"parley/diagnose"
)

// A matrix holds the vectors of examples, row by row.
type matrix struct {
	start  []int // row i is bucket[start[i]:start[i+1]]
	bucket []uint32
	value  []float32
}

func (m *matrix) row(i int) ([]uint32, []float32) {
	a, b := m.start[i], m.start[i+1]
	return m.bucket[a:b], m.value[a:b]
}

// A space is what a data set's vectors are made with.
type space struct {
	bits     int
	weights  map[string]float32
	idf      []byte
	idfScale float32
}

// A row says which line a row of a matrix is of, and how much of what stands around it is hidden.
type row struct {
	line   int
	hidden hiding
}

// A hiding is what a row leaves out of its line's unit.
type hiding int

const (
	nothing hiding = iota
	role           // what the speaker is
	all            // that and every other sentence
)

// rowsOf returns the rows that the labelled lines give. A line is there as it stands; again without its
// role, where lines differ in role; and again alone, where it stands in a dialogue: so that a model also
// works where roles are not known and for a sentence by itself.
func rowsOf(lines []Line) []row {
	roles, dialogues := map[string]bool{}, map[string]int{}
	for _, l := range lines {
		if l.Dialogue != "" {
			dialogues[l.Dialogue]++
		}
		if len(l.Labels) > 0 {
			roles[l.Role] = true
		}
	}
	var rows []row
	for i, l := range lines {
		if len(l.Labels) == 0 {
			continue
		}
		rows = append(rows, row{i, nothing})
		if len(roles) > 1 && l.Role != "" {
			rows = append(rows, row{i, role})
		}
		if dialogues[l.Dialogue] > 1 {
			rows = append(rows, row{i, all})
		}
	}
	return rows
}

// vectorize learns the idf of every bucket from rows, and returns their vectors. An idf is
// ln((1+n)/(1+df)) + 1, as one byte.
func vectorize(lines []Line, rows []row, bits int, weights map[string]float32) (*matrix, space) {
	sp := space{bits: bits, weights: weights}
	analyses := make([]diagnose.Analysis, len(lines))
	for i := range lines {
		analyses[i].Analyze(lines[i].Text)
	}
	ctx := contexts(lines)
	vec := diagnose.Vectorizer{Bits: bits}
	for i, name := range diagnose.SpaceNames {
		vec.Weights[i] = weights[name]
	}
	df := make([]int32, 1<<bits)
	var u diagnose.Unit
	var f []diagnose.Feature
	for _, r := range rows {
		unit(&u, lines, analyses, ctx[r.line], r)
		f = vec.Vector(f[:0], u)
		for _, x := range f {
			df[x.Bucket]++
		}
	}
	top := math.Log(float64(1+len(rows))) + 1
	sp.idfScale = float32(top / 255)
	sp.idf = make([]byte, 1<<bits)
	vec.IDF = make([]float32, 1<<bits)
	for b, n := range df {
		idf := math.Log(float64(1+len(rows))/float64(1+n)) + 1
		sp.idf[b] = byte(math.Round(idf / float64(sp.idfScale)))
		vec.IDF[b] = float32(sp.idf[b]) * sp.idfScale
	}
	m := &matrix{start: make([]int, 1, len(rows)+1)}
	for _, r := range rows {
		unit(&u, lines, analyses, ctx[r.line], r)
		f = vec.Vector(f[:0], u)
		for _, x := range f {
			m.bucket = append(m.bucket, x.Bucket)
			m.value = append(m.value, x.Value)
		}
		m.start = append(m.start, len(m.bucket))
	}
	return m, sp
}
