package train

import (
	"math"
	"slices"

	"parley"
	"parley/diagnose"
	"parley/diagnose/encode"
)

// A matrix holds the vectors of examples as the buckets of their grams, space by space. A gram's value is
// its column's idf times the scale of its piece. Four bytes a gram: a million short utterances take about
// a gigabyte.
type matrix struct {
	vectors []vector
	buckets []uint32 // as finely as they are told apart
	shift   int      // what makes a bucket a column
	pieces  []piece
	idf     []float32 // by column
	width   int       // numbers of encoded for each example
	encoded []float32 // by example: what its encoded vector expands to, if there is an encoder
}

// A vector is one example: where its grams start, and its pieces. The first self pieces are of the sentence,
// those up to around of what stands around it, then comes the role.
type vector struct {
	bucket, piece      int
	self, around, full uint8
}

// A piece is the grams of one space: up to end, counted from the start of the vector.
type piece struct {
	end   uint32
	scale float32
}

// of returns the buckets and pieces of row r.
func (m *matrix) of(r row) ([]uint32, []piece) {
	v := m.vectors[r.example]
	n := v.full
	switch r.hidden {
	case role:
		n = v.around
	case all:
		n = v.self
	}
	return m.buckets[v.bucket:], m.pieces[v.piece:][:n]
}

// encodedOf returns what the encoded vector of row r expands to, which is nothing without an encoder.
func (m *matrix) encodedOf(r row) []float32 { return m.encoded[r.example*m.width:][:m.width] }

// A space is what a data set's vectors are made with.
type space struct {
	fine     int // bits by which the gates tell buckets apart beyond Options.Bits
	weights  map[string]float32
	idf      []byte
	idfScale float32
	mean     []float32 // of the encoded vectors
}

// A row is one example to train on, with some of what stands around it hidden.
type row struct {
	example int
	hidden  hiding
}

// A hiding is what a row leaves out of its line's unit.
type hiding uint8

const (
	nothing hiding = iota
	role           // what the speaker is
	all            // that and every other sentence
)

// rowsOf returns the rows that examples, lines with labels, give. A line is there as it stands. Of data with
// several heads it is there again without its role, where roles are a feature, and again alone, where it
// stands in a dialogue: so that a model also works where roles are not known and for a sentence by itself.
func rowsOf(set *Set, examples []int, roles bool) []row {
	dialogues := map[string]int{}
	for _, l := range set.Lines {
		if l.Dialogue != "" {
			dialogues[l.Dialogue]++
		}
	}
	var rows []row
	for e, i := range examples {
		l := set.Lines[i]
		rows = append(rows, row{e, nothing})
		if set.Single {
			continue
		}
		if roles && l.Role != "" {
			rows = append(rows, row{e, role})
		}
		if dialogues[l.Dialogue] > 1 {
			rows = append(rows, row{e, all})
		}
	}
	return rows
}

// sidesTell reports whether what clients say is worth a gate of its own: whether there is a gate, and some of what they say is
// resistance and some is not.
func sidesTell(lines []Line) bool {
	seen := map[string]bool{}
	for _, l := range lines {
		if l.Role == string(parley.ClientSide) {
			seen[l.Labels[GateHead]] = true
		}
	}
	return seen["true"] && seen["false"] && slices.Equal(labelsOf(lines, GateHead), taxonomyOrder[GateHead])
}

// rolesTell reports whether the role of a labelled line is worth knowing: whether at least a tenth of them have
// another role than the commonest. Where fewer have, they are a chance of how the data was made.
func rolesTell(lines []Line) bool {
	roles := map[string]int{}
	n, most := 0, 0
	for _, l := range lines {
		if l.labelled() {
			n++
			roles[l.Role]++
			most = max(most, roles[l.Role])
		}
	}
	return 10*(n-most) >= n
}

// fine returns m with 2^bits columns in the place of one, as finely as its buckets are told apart.
func (m *matrix) fine(bits int) *matrix {
	f := *m
	f.shift -= bits
	f.idf = make([]float32, len(m.idf)<<bits)
	for b := range f.idf {
		f.idf[b] = m.idf[b>>bits]
	}
	return &f
}

// vectorize makes the vectors of examples, and learns the idf of every bucket from them:
// ln((1+n)/(1+df)) + 1, as one byte. Buckets are told apart by as many bits more as fine says.
func vectorize(lines []Line, examples []int, fine int, o Options) (*matrix, space) {
	bits, weights := o.Bits, o.Spaces
	sp := space{fine: fine, weights: weights}
	m := &matrix{vectors: make([]vector, 0, len(examples)), shift: fine}
	vec := diagnose.Vectorizer{Bits: bits + fine}
	for i, name := range diagnose.SpaceNames {
		vec.Weights[i] = weights[name]
	}
	seen := make([]int32, 1<<bits) // by bucket: the last example that has it, from 1
	df := make([]int32, 1<<bits)
	turns := answered(lines)
	window := window{lines: lines}
	var f []diagnose.Feature
	for e, i := range examples {
		u := window.unit(i, turns[i])
		v := vector{bucket: len(m.buckets), piece: len(m.pieces)}
		for s := range diagnose.Space(len(diagnose.SpaceNames)) {
			f = vec.Space(f[:0], u, s)
			if len(f) == 0 {
				continue
			}
			for _, x := range f {
				m.buckets = append(m.buckets, x.Bucket)
				if b := x.Bucket >> fine; seen[b] != int32(e+1) {
					seen[b] = int32(e + 1)
					df[b]++
				}
			}
			m.pieces = append(m.pieces, piece{end: uint32(len(m.buckets) - v.bucket), scale: vec.Weights[s]})
			v.full++
			if s < diagnose.Prev {
				v.self++
			}
			if s < diagnose.Role {
				v.around++
			}
		}
		m.vectors = append(m.vectors, v)
		if e == 1000 { // room for the others, rather than copying a gigabyte again and again
			rest := len(examples) - e
			m.buckets = slices.Grow(m.buckets, len(m.buckets)/e*rest*11/10)
			m.pieces = slices.Grow(m.pieces, len(m.pieces)*rest/e)
		}
	}
	n := float64(len(examples))
	sp.idfScale = float32((math.Log(1+n) + 1) / 255)
	sp.idf = make([]byte, 1<<bits)
	m.idf = make([]float32, 1<<bits)
	for b, d := range df {
		sp.idf[b] = byte(math.Round((math.Log((1+n)/float64(1+d)) + 1) / float64(sp.idfScale)))
		m.idf[b] = float32(sp.idf[b]) * sp.idfScale
	}
	m.scalePieces()
	if sp.mean, m.encoded = o.encoded.expand(lines, examples); sp.mean != nil {
		m.width = encode.Wide
	}
	return m, sp
}

// scalePieces scales every piece to length 1 times its scale so far.
func (m *matrix) scalePieces() {
	for _, v := range m.vectors {
		at := uint32(0)
		for i := range m.pieces[v.piece:][:v.full] {
			r := &m.pieces[v.piece+i]
			var square float32
			for _, b := range m.buckets[v.bucket:][at:r.end] {
				idf := m.idf[b>>m.shift]
				square += float32(idf * idf)
			}
			if at = r.end; square > 0 {
				r.scale /= float32(math.Sqrt(float64(square)))
			}
		}
	}
}
