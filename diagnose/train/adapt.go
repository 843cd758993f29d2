package train

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"parley"
	"parley/diagnose"
)

// AdaptRecipe is the version of the way adaptations are made; it goes into their header.
const AdaptRecipe = "1"

// AdaptOptions says how to adapt. The zero value is the recipe that docs/engine.md measures.
type AdaptOptions struct {
	Gate    float64 // penalty of changing the gate's weights; 0 is 8
	Heads   float64 // penalty of changing the other heads' weights; 0 is 12
	Bias    float64 // how freely the other heads' biases change, against their weights; 0 is 0.3. The gate's stays
	Balance float64 // power of a label's share by which the rare weigh more; 0 is 0.4
}

func (o AdaptOptions) withDefaults() AdaptOptions {
	for _, d := range []struct {
		at    *float64
		value float64
	}{{&o.Gate, 8}, {&o.Heads, 12}, {&o.Bias, 0.3}, {&o.Balance, 0.4}} {
		if *d.at == 0 {
			*d.at = d.value
		}
	}
	return o
}

// Adapt makes what lines, labelled by those who use base, change about it. For each head it finds the
// weights v and biases b that minimise
//
//	½·λ·(‖v‖² + ‖b‖²/Bias) + Σ −aᵢ·ln p(label of i | base's log-odds of i + v·xᵢ + b)
//
// so that base stays as it is where nothing speaks against it, and what it says stays a probability. A line
// is read by itself, with its role; a head's examples are the lines that have one of its labels, and
// others change nothing. The gate's bias stays: people decide about what base found, and many dismissals
// would otherwise make it deaf; its threshold follows the share that they found right.
//
// The same lines give the same adaptation. Time and memory are linear in the words of the lines.
func Adapt(base *diagnose.Model, lines []Line, o AdaptOptions) (*diagnose.Adaptation, error) {
	if base.Adaptation() != nil {
		return nil, &parley.Error{Code: parley.Invalid, Message: "the model is adapted already; start from the one it was"}
	}
	o = o.withDefaults()
	lines = slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return !l.labelled() })
	c := newCase(base, lines)
	info := diagnose.AdaptationInfo{Version: AdaptRecipe, Base: base.Fingerprint(), Data: fingerprint(lines), Examples: len(lines), Threshold: c.threshold(base)}
	rows := 0
	for _, h := range base.Heads {
		rows += h.Rows()
	}
	codes := make([]int8, len(c.buckets)*rows)
	at := 0
	for h, head := range base.Heads {
		w, bias := c.solve(h, head, base.Gate && h == 0, o)
		for r := range head.Rows() {
			column := make([]float32, len(c.buckets))
			for b := range column {
				column[b] = w[b*head.Rows()+r]
			}
			info.Unit = append(info.Unit, quantize(column, codes, rows, at, 0))
			info.Bias = append(info.Bias, bias[r])
			at++
		}
	}
	buckets, codes := nonZero(c.buckets, codes, rows)
	return diagnose.NewAdaptation(info, buckets, codes)
}

// nonZero leaves out the buckets that no row changes, in place.
func nonZero(buckets []uint32, codes []int8, rows int) ([]uint32, []int8) {
	kept := 0
	for i, b := range buckets {
		row := codes[i*rows : (i+1)*rows]
		if slices.ContainsFunc(row, func(c int8) bool { return c != 0 }) {
			buckets[kept] = b
			copy(codes[kept*rows:], row)
			kept++
		}
	}
	return buckets[:kept], codes[:kept*rows]
}

// fingerprint returns a hash of what an adaptation to lines depends on.
func fingerprint(lines []Line) string {
	h := sha256.New()
	for _, l := range lines {
		fmt.Fprintf(h, "%q %q", l.Role, l.Text)
		heads := map[string]bool{}
		for head := range l.Labels {
			heads[head] = true
		}
		for _, head := range sortHeads(heads) {
			fmt.Fprintf(h, " %q=%q", head, l.Labels[head])
		}
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// A workCase is what is decided in a workspace: lines, their features, and what base says of them.
type workCase struct {
	lines   []Line
	buckets []uint32 // that occur, ascending
	start   []int    // features of line i are at[start[i]:start[i+1]]
	at      []int32  // places in buckets
	value   []float32
	logs    [][][]float64 // by line, head and label: log-probabilities
}

func newCase(base *diagnose.Model, lines []Line) *workCase {
	c := &workCase{lines: lines, start: make([]int, 1, len(lines)+1)}
	scorer, vec := base.Scorer(), base.Adaptable()
	var a diagnose.Analysis
	var f []diagnose.Feature
	var raw []uint32
	for _, l := range lines {
		a.Analyze(l.Text)
		u := diagnose.Unit{Self: &a, Role: l.Role, Kind: l.Kind}
		scorer.Score(u, 0)
		logs := make([][]float64, len(scorer.Probs))
		for h, probs := range scorer.Probs {
			for _, p := range probs {
				logs[h] = append(logs[h], math.Log(max(p, 1e-12)))
			}
		}
		c.logs = append(c.logs, logs)
		f = merged(vec.Vector(f[:0], u))
		for _, x := range f {
			raw, c.value = append(raw, x.Bucket), append(c.value, x.Value)
		}
		c.start = append(c.start, len(raw))
	}
	c.buckets = slices.Clone(raw)
	slices.Sort(c.buckets)
	c.buckets = slices.Compact(c.buckets)
	c.at = make([]int32, len(raw))
	for j, b := range raw {
		k, _ := slices.BinarySearch(c.buckets, b)
		c.at[j] = int32(k)
	}
	return c
}

// merged returns features by bucket, in place, those of one bucket added up.
func merged(f []diagnose.Feature) []diagnose.Feature {
	slices.SortStableFunc(f, func(a, b diagnose.Feature) int { return cmp.Compare(a.Bucket, b.Bucket) })
	kept := f[:0]
	for _, x := range f {
		if n := len(kept); n > 0 && kept[n-1].Bucket == x.Bucket {
			kept[n-1].Value += x.Value
			continue
		}
		kept = append(kept, x)
	}
	return kept
}

// threshold returns what to add to base's. Of calibrated probabilities the threshold with the best F1 is half
// that F1 (Lipton, Elkan & Narayanaswamy, "Optimal thresholding of classifiers to maximize F1 measure", ECML
// 2014): so it goes with the F1 to expect when the share of findings that people accept is not what base
// expected of them, that share counted as if twenty more had been as expected.
func (c *workCase) threshold(base *diagnose.Model) float64 {
	const recall, prior = 0.85, 20
	if !base.Gate {
		return 0
	}
	var n, expected, accepted float64
	for i, l := range c.lines {
		v, ok := l.Labels[base.Heads[0].Name]
		p := math.Exp(c.logs[i][0][1])
		if !ok || p < base.ThresholdOf(l.Role, l.Kind)/2 { // marked by hand, it was no finding
			continue
		}
		n++
		expected += p
		if v == base.Heads[0].Labels[1] {
			accepted++
		}
	}
	if n == 0 {
		return 0
	}
	was := expected / n
	now := (accepted + float64(prior*was)) / (n + prior)
	f1 := func(precision float64) float64 { return 2 * precision * recall / (precision + recall) }
	return base.ThresholdOf(string(parley.ClientSide), "") * (f1(now)/f1(was) - 1)
}

// An adaptExample is a line as an example of one head.
type adaptExample struct {
	line   int
	label  int
	weight float64
	norm   float64   // of its features, squared
	share  []float64 // by row: of the weights, in its features
}

func (c *workCase) examples(head diagnose.Head, gate bool, o AdaptOptions) []adaptExample {
	var list []adaptExample
	for i, l := range c.lines {
		label := slices.Index(head.Labels, l.Labels[head.Name])
		if label < 0 {
			continue
		}
		e := adaptExample{line: i, label: label, weight: 1, share: make([]float64, head.Rows())}
		if !gate {
			e.norm = o.Bias
			if prior := head.Prior[label] * float64(len(head.Labels)); prior > 0 {
				e.weight = math.Pow(prior, -o.Balance)
			}
		}
		for j := c.start[i]; j < c.start[i+1]; j++ {
			e.norm += float64(c.value[j] * c.value[j])
		}
		list = append(list, e)
	}
	return list
}

// solve returns the weights of one head, by bucket then row, and its biases. Each example has a share in
// them along its features, which at the minimum is a/λ·(label − p). In passes over the examples each share is
// moved there by a step that a bound of the curvature makes safe: coordinate ascent in the dual
// (Shalev-Shwartz & Zhang, "Stochastic dual coordinate ascent methods for regularized loss minimization",
// JMLR 14, 2013), in the order given.
func (c *workCase) solve(h int, head diagnose.Head, gate bool, o AdaptOptions) (w []float32, bias []float64) {
	const (
		tol       = 1e-3
		maxPasses = 50
	)
	lambda, freedom, curve := o.Heads, o.Bias, 0.5
	if gate {
		lambda, freedom = o.Gate, 0
	}
	rows := head.Rows()
	if rows == 1 {
		curve = 0.25
	}
	w, bias = make([]float32, len(c.buckets)*rows), make([]float64, rows)
	z, p := make([]float64, rows), make([]float64, len(head.Labels))
	list := c.examples(head, gate, o)
	for range maxPasses {
		worst := 0.0
		for n := range list {
			e := &list[n]
			c.dot(z, e.line, w, bias)
			softmax(p, c.logs[e.line][h], z)
			scale := e.weight / lambda
			for r := range rows {
				label := r + len(p) - rows // of two labels the row is the second's
				want := -p[label]
				if label == e.label {
					want++
				}
				z[r] = (float64(scale*want) - e.share[r]) / (1 + float64(scale*e.norm*curve))
				e.share[r] += z[r]
				bias[r] += float64(freedom * z[r])
				worst = max(worst, math.Abs(z[r])*lambda)
			}
			c.add(w, e.line, z)
		}
		if worst < tol {
			break
		}
	}
	return w, bias
}

// dot fills z, by row, with the log-odds that w and bias add to a line.
func (c *workCase) dot(z []float64, line int, w []float32, bias []float64) {
	copy(z, bias)
	rows := len(z)
	for j := c.start[line]; j < c.start[line+1]; j++ {
		x := c.value[j]
		for r, y := range w[int(c.at[j])*rows:][:rows] {
			z[r] += float64(x * y)
		}
	}
}

// add adds z times a line's features to w.
func (c *workCase) add(w []float32, line int, z []float64) {
	rows := len(z)
	for j := c.start[line]; j < c.start[line+1]; j++ {
		x := c.value[j]
		for r := range rows {
			w[int(c.at[j])*rows+r] += float32(x * float32(z[r]))
		}
	}
}

// softmax fills p with the probabilities that the log-probabilities have with z, by row, added.
func softmax(p, logs, z []float64) {
	if len(p) == 2 {
		p[1] = 1 / (1 + math.Exp(logs[0]-logs[1]-z[0]))
		p[0] = 1 - p[1]
		return
	}
	top := math.Inf(-1)
	for i := range p {
		p[i] = logs[i] + z[i]
		top = max(top, p[i])
	}
	var total float64
	for i := range p {
		p[i] = math.Exp(p[i] - top)
		total += p[i]
	}
	for i := range p {
		p[i] /= total
	}
}

// A Comparison is how often base and what it becomes by adapting are right about one head, on decisions that
// the adaptation has not seen.
type Comparison struct {
	Head   string  `json:"head"`
	N      int     `json:"n"`      // decisions
	Before float64 `json:"before"` // share in which base is right
	After  float64 `json:"after"`
	Low    float64 `json:"low"` // of After − Before, the interval at 95 %
	High   float64 `json:"high"`
}

// Compare tells, by cross-validation over lines, what adapting base to them does: ten folds, lines of one
// dialogue together. There is one Comparison for each head that lines have labels of. The interval is that
// of Agresti & Min ("Simple improved confidence intervals for comparing matched proportions", Statistics in
// Medicine 24, 2005): a half is added to each of the four counts.
func Compare(base *diagnose.Model, lines []Line, o AdaptOptions) ([]Comparison, error) {
	const folds = 10
	lines = slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return !l.labelled() })
	rows, all := make([]row, len(lines)), make([]int, len(lines))
	for i := range rows {
		rows[i].example, all[i] = i, i
	}
	fold := foldsOf(lines, all, rows, folds, 1)
	better, worse := make([]float64, len(base.Heads)), make([]float64, len(base.Heads))
	right, n := make([]float64, len(base.Heads)), make([]float64, len(base.Heads))
	for f := range folds {
		var learn, test []Line
		for i, l := range lines {
			if fold[i] == f {
				test = append(test, l)
			} else {
				learn = append(learn, l)
			}
		}
		a, err := Adapt(base, learn, o)
		if err != nil {
			return nil, err
		}
		adapted, err := base.With(a)
		if err != nil {
			return nil, err
		}
		was, is := predictAlone(base, test), predictAlone(adapted, test)
		for i, l := range test {
			for h, head := range base.Heads {
				label := slices.Index(head.Labels, l.Labels[head.Name])
				if label < 0 {
					continue
				}
				n[h]++
				before, after := Decide(base, h, was[i][h], l) == label, Decide(adapted, h, is[i][h], l) == label
				if before {
					right[h]++
				}
				switch {
				case after && !before:
					better[h]++
				case before && !after:
					worse[h]++
				}
			}
		}
	}
	var out []Comparison
	for h, head := range base.Heads {
		if n[h] == 0 {
			continue
		}
		c := Comparison{Head: head.Name, N: int(n[h]), Before: right[h] / n[h], After: (right[h] + better[h] - worse[h]) / n[h]}
		b, w, all := better[h]+0.5, worse[h]+0.5, n[h]+2
		d := (b - w) / all
		half := 1.96 * math.Sqrt(max(0, b+w-float64((b-w)*(b-w))/all)) / all
		c.Low, c.High = max(-1, d-half), min(1, d+half)
		out = append(out, c)
	}
	return out, nil
}

// predictAlone returns what m says of each line by itself.
func predictAlone(m *diagnose.Model, lines []Line) []Prediction {
	alone := slices.Clone(lines)
	for i := range alone {
		alone[i].Dialogue = "" // and so a dialogue of its own
	}
	return Predict(m, alone)
}
