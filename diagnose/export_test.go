package diagnose

import (
	"encoding/binary"
	"hash/crc32"
)

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
	for _, h := range m.Heads {
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
	body := data[: len(data)-4 : len(data)-4]
	return binary.LittleEndian.AppendUint32(body, crc32.Checksum(body, castagnoli))
}
