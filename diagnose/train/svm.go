package train

import (
	"math"
	"math/rand/v2"
)

// svm trains one linear separator, rows of m in `rows` against y (+1 or −1 by row), by dual coordinate
// descent on the squared hinge loss:
//
//	min ½‖w‖² + Σ cᵢ·max(0, 1 − yᵢ·w·xᵢ)²
//
// (Hsieh, Chang, Lin, Keerthi & Sundararajan, "A dual coordinate descent method for large-scale linear
// SVM", ICML 2008, algorithm 1 with L2 loss.) scale multiplies the columns; the weights returned apply to
// the columns as they are in m. It stops when no projected gradient is above tol, or after maxPasses.
// Each pass is linear in the entries of the rows.
func svm(m *matrix, rows []int, y []int8, c []float64, scale []float32, seed uint64) []float32 {
	const (
		tol       = 0.05
		maxPasses = 60
	)
	w := make([]float32, len(scale))
	alpha := make([]float64, len(rows))
	norm := make([]float64, len(rows))
	order := make([]int, len(rows))
	for k, i := range rows {
		order[k] = k
		bucket, value := m.row(i)
		for j, b := range bucket {
			x := float64(value[j] * scale[b])
			norm[k] += float64(x * x)
		}
	}
	rng := rand.New(rand.NewPCG(seed, 0x9E3779B97F4A7C15))
	for range maxPasses {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		var worst float64
		for _, k := range order {
			i := rows[k]
			bucket, value := m.row(i)
			var dot float64
			for j, b := range bucket {
				dot += float64(float64(value[j]*scale[b]) * float64(w[b]))
			}
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
			for j, b := range bucket {
				w[b] += float32(step * float32(value[j]*scale[b]))
			}
		}
		if worst < tol {
			break
		}
	}
	for b, s := range scale {
		w[b] *= s
	}
	return w
}

// columnScale returns, by bucket, the square root of the largest absolute log-count ratio that the
// bucket has over the classes (Wang & Manning, "Baselines and bigrams", ACL 2012, make it the feature's
// value for two classes; that it scales the column, under a root and the largest over the classes, is ours).
func columnScale(m *matrix, rows []int, class []int, classes, buckets int, power float64) []float32 {
	const smooth = 1.0
	count := make([]float64, buckets*classes)
	total := make([]float64, classes)
	for k, i := range rows {
		bucket, value := m.row(i)
		for j, b := range bucket {
			count[int(b)*classes+class[k]] += float64(value[j])
		}
	}
	for b := range buckets {
		for c := range classes {
			total[c] += count[b*classes+c] + smooth
		}
	}
	var all float64
	for _, t := range total {
		all += t
	}
	out := make([]float32, buckets)
	for b := range buckets {
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
