package diagnose

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// How the weights of grounds are learned; chosen on the pairs marked dev.
const (
	groundRounds = 10
	groundRate   = 2.0
	groundDecay  = 1e-5
	groundCut    = 0.1 // of a feature's largest weight: lesser ones are left out
)

// TrainGrounds returns the file grounds.bin, made of the lexicon of grounds and the concepts: a softmax regression over the traits
// of the examples, by stochastic gradient descent, its small weights left out. It gives the same bytes each time.
func TrainGrounds() ([]byte, error) {
	lexicon, err := parseGrounds(groundData)
	if err != nil {
		return nil, err
	}
	examples := make([][]trait, len(lexicon.examples))
	df := map[uint32]int{}
	for i, e := range lexicon.examples {
		folded, toks := fold(nil, nil, e.text)
		examples[i] = traits(nil, folded, toks, langBit(e.lang))
		for _, t := range examples[i] {
			df[t.hash]++
		}
	}
	var hashes []uint32
	for h := range df {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	m := &groundModel{count: len(lexicon.names), idf: make([]float32, len(hashes))}
	for i, h := range hashes {
		m.idf[i] = float32(math.Log(float64(len(examples))/float64(df[h]) + 1))
	}
	m.index(hashes)
	for i := range examples {
		m.locate(examples[i], 0)
	}
	w := learnGrounds(examples, lexicon.examples, len(hashes), len(lexicon.names))
	m.rows = []uint32{0}
	for _, row := range w {
		m.keep(row)
	}
	return m.pack(hashes), nil
}

// learnGrounds returns the weights by feature and ground.
func learnGrounds(examples [][]trait, of []groundExample, features, kinds int) [][]float32 {
	w := make([][]float32, features)
	for i := range w {
		w[i] = make([]float32, kinds)
	}
	r := rand.New(rand.NewPCG(1, 2))
	p := make([]float64, kinds)
	for round := range groundRounds {
		rate := groundRate * (1 - float64(round)/groundRounds)
		for _, i := range r.Perm(len(examples)) {
			clear(p)
			for _, t := range examples[i] {
				for k, x := range w[t.at] {
					p[k] += float64(x * t.value)
				}
			}
			softmaxInPlace(p)
			p[of[i].ground]--
			for _, t := range examples[i] {
				row := w[t.at]
				for k, g := range p {
					row[k] -= float32(rate * (float64(g*float64(t.value)) + float64(groundDecay*float64(row[k]))))
				}
			}
		}
	}
	return w
}

// keep appends those weights of a feature that are not small.
func (m *groundModel) keep(row []float32) {
	type weight struct {
		kind uint8
		w    float32
	}
	var list []weight
	var top float32
	for k, x := range row {
		list = append(list, weight{uint8(k), x})
		top = max(top, x, -x)
	}
	list = slices.DeleteFunc(list, func(x weight) bool { return max(x.w, -x.w) < groundCut*top })
	slices.SortFunc(list, func(a, b weight) int { return cmp.Compare(a.kind, b.kind) })
	for _, x := range list {
		m.kinds, m.w = append(m.kinds, x.kind), append(m.w, x.w)
	}
	m.rows = append(m.rows, uint32(len(m.w)))
}

func softmaxInPlace(p []float64) {
	top := slices.Max(p)
	var sum float64
	for i, x := range p {
		p[i] = math.Exp(x - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
}
