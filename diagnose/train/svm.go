package train

import (
	"math"
	"math/rand/v2"

	"parley/diagnose/internal/vec"
)

// A cell is what the descent keeps of one column: the weight times the column's size, and the square of that size.
type cell struct{ weight, square float32 }

// svm trains one linear separator, rows of m against y (+1 or −1 by row), by dual coordinate descent on
// the squared hinge loss:
//
//	min ½‖w‖² + Σ cᵢ·max(0, 1 − yᵢ·w·xᵢ)²
//
// (Hsieh, Chang, Lin, Keerthi & Sundararajan, "A dual coordinate descent method for large-scale linear
// SVM", ICML 2008, algorithm 1 with L2 loss.) scale multiplies the columns; the weights returned apply to
// the columns as they are in m, dense to what their encoded vectors expand to. It stops when no projected gradient is above tol, or after 60 passes, of
// more than 100,000 rows the fewer the more they are, down to ten. Each pass is linear in the entries of the rows.
func svm(m *matrix, rows []row, y []int8, c []float64, scale []float32, seed uint64) (w, dense []float32) {
	const tol = 0.05
	passes := max(10, min(60, 6_000_000/max(1, len(rows))))
	// A gram's value is its piece's scale times its column's size, idf·scale: so the descent can do with the
	// product of weight and size, and multiply by the scale once a piece.
	shift := m.shift & 31
	cells := make([]cell, len(scale))
	for b, s := range scale {
		size := s * m.idf[b]
		cells[b].square = size * size
	}
	dense = make([]float32, len(m.encodedOf(row{})))
	alpha := make([]float64, len(rows))
	norm := norms(m, rows, cells)
	order := make([]int, len(rows))
	for k := range order {
		order[k] = k
	}
	rng := rand.New(rand.NewPCG(seed, 0x9E3779B97F4A7C15))
	for range passes {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		var worst float64
		for _, k := range order {
			buckets, pieces := m.of(rows[k])
			var dot float64
			at := uint32(0)
			for _, r := range pieces {
				var sum float32
				for _, b := range buckets[at:r.end] {
					sum += cells[b>>shift].weight
				}
				dot += float64(r.scale * sum)
				at = r.end
			}
			z := m.encodedOf(rows[k])
			dot += float64(vec.Dot(dense, z))
			yi := float64(y[k])
			d := 1 / (2 * c[k])
			g := float64(yi*dot) - 1 + float64(d*alpha[k])
			if alpha[k] == 0 && g >= 0 {
				continue
			}
			worst = max(worst, math.Abs(g))
			next := max(0, alpha[k]-g/(norm[k]+d))
			step := float32((next - alpha[k]) * yi)
			alpha[k] = next
			at = 0
			for _, r := range pieces {
				by := step * r.scale
				for _, b := range buckets[at:r.end] {
					c := &cells[b>>shift]
					c.weight += float32(by * c.square)
				}
				at = r.end
			}
			vec.Add(dense, step, z)
		}
		if worst < tol {
			break
		}
	}
	w = make([]float32, len(scale))
	for b := range w {
		if m.idf[b] != 0 {
			w[b] = cells[b].weight / m.idf[b]
		}
	}
	return w, dense
}

// norms returns the square lengths of the rows. A gram that occurs twice in a row is one component.
func norms(m *matrix, rows []row, cells []cell) []float64 {
	out := make([]float64, len(rows))
	total := make([]float32, len(cells))
	for k, r := range rows {
		buckets, pieces := m.of(r)
		at := uint32(0)
		for _, r := range pieces {
			for _, b := range buckets[at:r.end] {
				total[b>>m.shift] += r.scale
			}
			at = r.end
		}
		for _, b := range buckets[:at] {
			b >>= m.shift
			out[k] += float64(total[b] * total[b] * cells[b].square)
			total[b] = 0
		}
		z := m.encodedOf(r)
		out[k] += float64(vec.Dot(z, z))
	}
	return out
}

// columnScale returns, by column, the square root of the largest absolute log-count ratio that the
// column has over the classes (Wang & Manning, "Baselines and bigrams", ACL 2012, make it the feature's
// value for two classes; that it scales the column, under a root and the largest over the classes, is ours).
func columnScale(m *matrix, rows []row, class []int, classes int, power float64) []float32 {
	out := make([]float32, len(m.idf))
	if power == 0 {
		for b := range out {
			out[b] = 1
		}
		return out
	}
	const smooth = 1.0
	count := make([]float64, len(out)*classes)
	total := make([]float64, classes)
	for k, r := range rows {
		buckets, pieces := m.of(r)
		at := uint32(0)
		for _, r := range pieces {
			for _, b := range buckets[at:r.end] {
				b >>= m.shift
				count[int(b)*classes+class[k]] += float64(r.scale * m.idf[b])
			}
			at = r.end
		}
	}
	for b := range out {
		for c := range classes {
			total[c] += count[b*classes+c] + smooth
		}
	}
	var all float64
	for _, t := range total {
		all += t
	}
	for b := range out {
		var sum, top float64
		for c := range classes {
			sum += count[b*classes+c]
		}
		if sum == 0 {
			continue
		}
		for c := range classes {
			p := (count[b*classes+c] + smooth) / total[c]
			q := (sum - count[b*classes+c] + smooth*float64(classes-1)) / (all - total[c])
			top = max(top, math.Abs(math.Log(p/q)))
		}
		out[b] = float32(math.Pow(top, power))
	}
	return out
}
