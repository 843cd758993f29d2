package diagnose

// Score returns the probabilities of u by head and label, computed from its features one by one.
func (m *Model) Score(u Unit) [][]float64 {
	v := Vectorizer{Bits: m.Bits, IDF: m.idf}
	for name, w := range m.Spaces {
		v.Weights[spaceByName(name)] = w
	}
	sums := make([]float32, 1+m.rows)
	for _, f := range v.Vector(nil, u) {
		sums[0] += f.Value * Decode(m.gate[f.Bucket])
		for r, code := range m.rest[int(f.Bucket)*m.rows:][:m.rows] {
			sums[1+r] += f.Value * Decode(code)
		}
	}
	var out [][]float64
	at := 0
	for _, h := range m.Heads {
		p := make([]float64, len(h.Labels))
		h.Probabilities(p, sums[at:at+h.Rows()])
		at += h.Rows()
		out = append(out, p)
	}
	return out
}
