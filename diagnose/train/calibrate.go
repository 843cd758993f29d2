package train

import (
	"math"
	"slices"

	"parley/diagnose"
)

// calibrate makes the task's head from its out-of-fold margins: the scale and biases under which the
// softmax of the margins has the least log loss, then, where there are more than two labels, a shift of
// the biases that gives the best macro-F1, of which half is taken, and the scale of all that once more.
func (t *task) calibrate() diagnose.Head {
	h := diagnose.Head{Name: t.name, Labels: t.labels, Scale: 1, Bias: make([]float64, t.models()), Prior: make([]float64, len(t.labels))}
	for _, c := range t.class {
		h.Prior[c] += 1 / float64(len(t.class))
	}
	fit(&h, t.margins, t.class, t.name != SingleHead)
	if len(t.labels) > 2 {
		shiftForF1(&h, t.margins, t.class)
		temper(&h, t.margins, t.class)
	}
	return h
}

// temper multiplies the scale and the biases of h by what gives its probabilities the least log loss, in steps of a twentieth: the shift for F1 has
// flattened them. Which label is likeliest stays as it is.
func temper(h *diagnose.Head, margins [][]float64, class []int) {
	best, least := 1.0, math.Inf(1)
	p := make([]float64, len(h.Labels))
	for n := 14; n <= 30; n++ {
		by := float64(n) / 20
		g := scaled(*h, by)
		var loss float64
		for i, m := range margins {
			probabilities(g, p, m)
			loss -= math.Log(max(p[class[i]], 1e-12))
		}
		if loss < least {
			best, least = by, loss
		}
	}
	*h = scaled(*h, best)
}

// scaled returns h with its scale and biases times by.
func scaled(h diagnose.Head, by float64) diagnose.Head {
	h.Scale *= by
	h.Bias = slices.Clone(h.Bias)
	for c := range h.Bias {
		h.Bias[c] *= by
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
	h = units(h)
	h.Probabilities(p, sums)
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

// setting returns the setting of a gate with head h.
func (t *task) setting(h diagnose.Head) (s diagnose.Setting) {
	p := t.gate(h)
	s.Shifts = t.shifts(p)
	s.Calibrated = t.calibrationError(p)
	s.Threshold, s.Kinds = t.thresholds(p)
	return s
}

// gate returns the probability of a two-label head's second label, by margin.
func (t *task) gate(h diagnose.Head) []float64 {
	both := make([]float64, 2)
	p := make([]float64, len(t.margins))
	for i, m := range t.margins {
		probabilities(h, both, m)
		p[i] = both[1]
	}
	return p
}

// A kind of conversation has figures of its own from so many margins of either label on.
const kindLeast = 300

// shifts returns, by kind of conversation, what its log-odds are moved by so that the probabilities of its margins have the least
// log loss: people resist more often in a survey than in notes, and what a sentence says is not all that is known. As if 500 margins more
// asked for no shift. It moves p accordingly.
func (t *task) shifts(p []float64) map[string]float64 {
	const prior, rounds = 500, 20
	byKind := map[string][]int{}
	for i, kind := range t.kind {
		byKind[kind] = append(byKind[kind], i)
	}
	shifts := map[string]float64{}
	for kind, list := range byKind {
		var count [2]int
		for _, i := range list {
			count[t.class[i]]++
		}
		if kind == "" || min(count[0], count[1]) < kindLeast {
			continue
		}
		var x float64
		for range rounds { // Newton's method; the loss is convex
			var slope, curve float64
			for _, i := range list {
				q := moved(p[i], x)
				slope += q - float64(t.class[i])
				curve += q * (1 - q)
			}
			x -= slope / max(curve, 1e-9)
		}
		n := float64(len(list))
		x = math.Round(100*x*n/(n+prior)) / 100
		for _, i := range list {
			p[i] = moved(p[i], x)
		}
		shifts[kind] = x
	}
	return shifts
}

// moved returns probability p with x added to its log-odds.
func moved(p, x float64) float64 {
	return p / (p + (1-p)*math.Exp(-x))
}

// calibrationError returns the expected calibration error of p, by margin.
func (t *task) calibrationError(p []float64) float64 {
	hits := make([]bool, len(p))
	for i, c := range t.class {
		hits[i] = c == 1
	}
	return expectedCalibrationError(p, hits)
}

// thresholds returns the probability, in hundredths, from which the task's second label is taken, and the
// same for each kind of conversation with at least 300 margins of either label, p being those of the margins. A kind's counts as much as it has
// margins, the threshold of all as much as 2,000.
func (t *task) thresholds(p []float64) (all float64, kinds map[string]float64) {
	const prior = 2000
	var total curve
	byKind := map[string]*curve{}
	for i := range t.margins {
		c := byKind[t.kind[i]]
		if c == nil {
			c = &curve{}
			byKind[t.kind[i]] = c
		}
		at := int(p[i] * 100)
		c.add(at, t.class[i])
		total.add(at, t.class[i])
	}
	all = float64(total.threshold()) / 100
	kinds = map[string]float64{}
	for kind, c := range byKind {
		if kind == "" || min(c.sum[0], c.sum[1]) < kindLeast {
			continue
		}
		n := float64(c.sum[0] + c.sum[1])
		kinds[kind] = math.Round((n*float64(c.threshold())+prior*all*100)/(n+prior)) / 100
	}
	return all, kinds
}

// A curve counts examples by their probability in hundredths and by whether they have the label.
type curve struct {
	count [101][2]int
	sum   [2]int
}

func (c *curve) add(at, class int) {
	c.count[at][class]++
	c.sum[class]++
}

// threshold returns the hundredths from which the label is taken: those with the best F1.
func (c *curve) threshold() (best int) {
	top := -1.0
	found, taken := 0, 0
	for at := 100; at >= 5; at-- {
		found += c.count[at][1]
		taken += c.count[at][0] + c.count[at][1]
		if f1 := ratio(2*found, taken+c.sum[1]); f1 > top {
			best, top = at, f1
		}
	}
	return best
}
