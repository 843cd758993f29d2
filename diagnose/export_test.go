package diagnose

import (
	"cmp"
	"context"
	"slices"

	"parley"
	"parley/diagnose/internal/seal"
)

// Score returns the probabilities of u by head and label, computed from its features one by one.
func (m *Model) Score(u Unit) [][]float64 {
	v := Vectorizer{Bits: m.fineBits(), IDF: m.idfs()}
	for name, w := range m.Spaces {
		v.Weights[spaceByName(name)] = w
	}
	number := m.gateOf(u.Role)
	sums := make([]float32, 1+m.rows)
	for _, f := range v.Vector(nil, u) {
		sums[0] += f.Value * Decode(m.table[f.Bucket].gate[number])
		for r, code := range m.rest[int(f.Bucket>>m.Fine)*m.rows:][:m.rows] {
			sums[1+r] += f.Value * Decode(int8(code))
		}
	}
	more := make([]float64, 1+m.rows)
	if m.added != nil {
		copy(more, m.added.of.Bias)
		for _, f := range m.Adaptable().Vector(nil, u) {
			for r, x := range m.added.at(f.Bucket) {
				more[r] += float64(f.Value * x)
			}
		}
	}
	var out [][]float64
	at := 0
	for i, h := range m.Heads {
		if i == 0 {
			gate, _ := m.gate(number)
			h = *gate
		}
		p := make([]float64, len(h.Labels))
		h.Probabilities(p, sums[at:at+h.Rows()])
		if m.added != nil {
			shift(p, more[at:at+h.Rows()])
		}
		at += h.Rows()
		out = append(out, p)
	}
	return out
}

// Sealed returns data with its last four bytes made the checksum of the others, so that a fuzzer gets past it.
func Sealed(data []byte) []byte {
	if len(data) < 4 {
		return data
	}
	return seal.Close(data[: len(data)-4 : len(data)-4])
}

// Weighty returns the words of a sentence by itself, as spans, those first that weigh most for the gate; words
// that weigh nothing come last, in their order.
func (m *Model) Weighty(text string) []parley.Span {
	s := m.Scorer()
	var a Analysis
	a.Analyze(text)
	s.Score(Unit{Self: &a}, 2)
	weights := s.gateShares()
	order := make([]int, len(weights))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch a, b := weights[i], weights[j]; {
		case a == 0 && b != 0:
			return 1
		case b == 0 && a != 0:
			return -1
		default:
			return cmp.Compare(b, a)
		}
	})
	out := make([]parley.Span, len(order))
	for k, i := range order {
		out[k] = parley.Span{Start: int(a.tokens[i].start), End: int(a.tokens[i].end)}
	}
	return out
}

// Groups returns the groups of those findings that say something that is known, where links neighbours are kept of all of them together.
func Groups(ctx context.Context, findings []parley.Finding, links int) ([][]int, error) {
	groups, _, err := grouped(ctx, findings, links, func(float64) {})
	return groups, err
}
