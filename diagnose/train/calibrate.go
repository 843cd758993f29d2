package train

import (
	"math"

	"parley/diagnose"
)

// calibrate makes the task's head from its out-of-fold margins: the scale and biases under which the
// softmax of the margins has the least log loss, then, where there are more than two labels, a shift of
// the biases that gives the best macro-F1, of which half is taken.
func (t *task) calibrate() diagnose.Head {
	h := diagnose.Head{Name: t.name, Labels: t.labels, Scale: 1, Bias: make([]float64, t.models()), Prior: make([]float64, len(t.labels))}
	for _, c := range t.class {
		h.Prior[c] += 1 / float64(len(t.class))
	}
	fit(&h, t.margins, t.class, t.name != SingleHead)
	if len(t.labels) > 2 {
		shiftForF1(&h, t.margins, t.class)
	}
	return h
}

// units makes h read margins as they are.
func units(h diagnose.Head) diagnose.Head {
	h.Unit = make([]float32, h.Rows())
	for i := range h.Unit {
		h.Unit[i] = 1
	}
	return h
}

// probabilities fills p by label from margins.
func probabilities(h diagnose.Head, p []float64, margins []float64) {
	sums := make([]float32, len(margins))
	for i, m := range margins {
		sums[i] = float32(m)
	}
	units(h).Probabilities(p, sums)
}

// fit minimises the mean log loss over scale and biases by gradient descent with a step that adapts;
// the loss is convex in both.
func fit(h *diagnose.Head, margins [][]float64, class []int, biased bool) {
	n := len(h.Bias)
	theta := make([]float64, n+1) // scale, biases
	theta[0] = 2
	target := targets(len(h.Labels), class)
	loss := func(theta, grad []float64) float64 {
		clear(grad)
		var total float64
		p := make([]float64, len(h.Labels))
		g := diagnose.Head{Labels: h.Labels, Scale: theta[0], Bias: theta[1:]}
		for i, m := range margins {
			probabilities(g, p, m)
			want := target[class[i]]
			for label, t := range want {
				total -= float64(t * math.Log(max(p[label], 1e-12)))
			}
			for c := range n {
				label := c
				if n == 1 {
					label = 1
				}
				d := p[label] - want[label]
				grad[0] += float64(d * m[c])
				grad[c+1] += d
			}
		}
		if !biased {
			clear(grad[1:])
		}
		scale := 1 / float64(len(margins))
		for i := range grad {
			grad[i] *= scale
		}
		return total * scale
	}
	grad, trial, trialGrad := make([]float64, n+1), make([]float64, n+1), make([]float64, n+1)
	now := loss(theta, grad)
	step := 4.0
	for range 300 {
		for i := range theta {
			trial[i] = theta[i] - float64(step*grad[i])
		}
		next := loss(trial, trialGrad)
		if next > now {
			if step /= 2; step < 1e-6 {
				break
			}
			continue
		}
		done := now-next < 1e-9
		copy(theta, trial)
		grad, trialGrad = trialGrad, grad
		now = next
		step *= 1.2
		if done {
			break
		}
	}
	h.Scale = theta[0]
	copy(h.Bias, theta[1:])
}

// targets returns, by true label, the probabilities that fit aims at: not quite 1 and 0, but what the
// number of examples allows to say, (n+1)/(n+K) for the true one of K labels (after Platt,
// "Probabilistic outputs for support vector machines", 1999).
func targets(labels int, class []int) [][]float64 {
	count := make([]int, labels)
	for _, c := range class {
		count[c]++
	}
	out := make([][]float64, labels)
	for c := range out {
		out[c] = make([]float64, labels)
		for l := range out[c] {
			out[c][l] = 1 / float64(count[c]+labels)
		}
		out[c][c] = float64(count[c]+1) / float64(count[c]+labels)
	}
	return out
}

// shiftForF1 adds to each bias half of the shift that raises the macro-F1 of the margins most, found by
// going over the labels with a grid until nothing improves.
func shiftForF1(h *diagnose.Head, margins [][]float64, class []int) {
	n := len(h.Labels)
	z := make([][]float64, len(margins))
	for i, m := range margins {
		z[i] = make([]float64, n)
		for c := range n {
			z[i][c] = float64(h.Scale*m[c]) + h.Bias[c]
		}
	}
	shift := make([]float64, n)
	pred := make([]int, len(z))
	score := func() float64 {
		for i := range z {
			pred[i] = 0
			for c := 1; c < n; c++ {
				if z[i][c]+shift[c] > z[i][pred[i]]+shift[pred[i]] {
					pred[i] = c
				}
			}
		}
		return macroF1(class, pred, n)
	}
	now := score()
	for range 4 {
		before := now
		for c := range n {
			keep := shift[c]
			for _, d := range []float64{-1.6, -1.2, -0.8, -0.4, -0.2, 0.2, 0.4, 0.8, 1.2, 1.6} {
				old := shift[c]
				shift[c] = keep + d
				if s := score(); s > now {
					now = s
				} else {
					shift[c] = old
				}
			}
		}
		if now == before {
			break
		}
	}
	for c := range n {
		h.Bias[c] += shift[c] / 2
	}
}

// calibrationError returns the expected calibration error of a two-label head on the task's margins.
func (t *task) calibrationError(h diagnose.Head) float64 {
	p := make([]float64, 2)
	probs, hits := make([]float64, len(t.margins)), make([]bool, len(t.margins))
	for i, m := range t.margins {
		probabilities(h, p, m)
		probs[i], hits[i] = p[1], t.class[i] == 1
	}
	return expectedCalibrationError(probs, hits)
}

// threshold returns the probability, in hundredths, from which the task's second label is taken with the
// best F1 on its margins; of equals the nearest to one half.
func (t *task) threshold(h diagnose.Head) float64 {
	p := make([]float64, 2)
	var hits, falls [101]int // by probability in hundredths: examples that have the label, and that do not
	for i, m := range t.margins {
		probabilities(h, p, m)
		if at := int(p[1] * 100); t.class[i] == 1 {
			hits[at]++
		} else {
			falls[at]++
		}
	}
	var all int
	for _, n := range hits {
		all += n
	}
	best, bestF1 := 50, -1.0
	found, taken := 0, 0
	for at := 100; at >= 5; at-- {
		found += hits[at]
		taken += hits[at] + falls[at]
		f1 := ratio(2*found, taken+all)
		if f1 > bestF1 || f1 == bestF1 && max(at-50, 50-at) < max(best-50, 50-best) {
			best, bestF1 = at, f1
		}
	}
	return float64(best) / 100
}
