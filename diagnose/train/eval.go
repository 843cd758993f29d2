package train

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"parley"
	"parley/diagnose"
)

// A Prediction is what a model says of one line: by head of the model, the probability of each label.
type Prediction [][]float64

// Predict returns the model's prediction for each line of lines, with the context the lines give.
func Predict(m *diagnose.Model, lines []Line) []Prediction {
	return predict(m, lines, nil, func(Line) bool { return true })
}

// predict is Predict for the lines asked for, where the vectors of some texts are known; the others' predictions are nil.
func predict(m *diagnose.Model, lines []Line, known encoded, asked func(Line) bool) []Prediction {
	turns := answered(lines)
	window := window{lines: lines, encoded: known}
	scorer := m.Scorer()
	out := make([]Prediction, len(lines))
	for i, l := range lines {
		if !asked(l) {
			continue
		}
		scorer.Score(window.unit(i, turns[i]), 0)
		out[i] = make(Prediction, len(scorer.Probs))
		for h, p := range scorer.Probs {
			out[i][h] = slices.Clone(p)
		}
	}
	return out
}

// Decide returns the index of the label of head h that the prediction for a line comes down to.
func Decide(m *diagnose.Model, h int, p []float64, l Line) int {
	if m.Gate && h == 0 {
		if p[1] >= m.ThresholdOf(l.Role, l.Kind) {
			return 1
		}
		return 0
	}
	top := 0
	for i := range p {
		if p[i] > p[top] {
			top = i
		}
	}
	return top
}

// A Report is the scores of a model on a set. The figures at the top are those of the model's first head
// that the set has; with several heads, Heads has all.
type Report struct {
	Score
	Heads   map[string]Score   `json:"heads,omitempty"`
	Seconds map[string]float64 `json:"seconds"` // "predict", by the clock
}

// Evaluate measures m on the labelled lines of set. A head's examples are the lines that have its label;
// a label the model does not know counts as never found.
func Evaluate(m *diagnose.Model, set *Set) (Report, error) {
	start := time.Now()
	preds := predict(m, set.Lines, nil, Line.labelled)
	r := Report{Seconds: map[string]float64{"predict": time.Since(start).Seconds()}}
	heads := map[string]Score{}
	for h, head := range m.Heads {
		labels, truth, pred, probs := headResults(m, h, set.Lines, preds)
		if len(truth) == 0 {
			continue
		}
		s := score(labels, truth, pred)
		s.ECE = ece(m.Gate && h == 0, truth, pred, probs)
		if len(heads) == 0 {
			r.Score = s
		}
		heads[head.Name] = s
	}
	if len(heads) == 0 {
		return r, &parley.Error{Code: parley.Invalid, Message: fmt.Sprintf("the data has no labels for the model's heads (%v)", slices.Sorted(maps.Keys(headNames(m))))}
	}
	if len(heads) > 1 {
		r.Heads = heads
	}
	return r, nil
}

// EvaluateBy measures m on each part of the labelled lines of set that of tells apart, the other lines as
// their context.
func EvaluateBy(m *diagnose.Model, set *Set, of func(Line) string) (map[string]Report, error) {
	parts := map[string]Report{}
	for _, l := range set.Lines {
		if l.labelled() {
			parts[of(l)] = Report{}
		}
	}
	for name := range parts {
		part := &Set{Lines: slices.Clone(set.Lines), Heads: set.Heads, Single: set.Single}
		for i, l := range part.Lines {
			if of(l) != name {
				part.Lines[i].Labels = nil
			}
		}
		r, err := Evaluate(m, part)
		if err != nil {
			return nil, err
		}
		parts[name] = r
	}
	return parts, nil
}

func headNames(m *diagnose.Model) map[string]bool {
	out := map[string]bool{}
	for _, h := range m.Heads {
		out[h.Name] = true
	}
	return out
}

// headResults collects the true and the predicted labels of one head, by index into labels: the head's
// own, and after them those that only the lines have.
func headResults(m *diagnose.Model, h int, lines []Line, preds []Prediction) (labels []string, truth, pred []int, probs []float64) {
	labels = slices.Clone(m.Heads[h].Labels)
	for i, l := range lines {
		v, ok := l.Labels[m.Heads[h].Name]
		if !ok {
			continue
		}
		at := slices.Index(labels, v)
		if at < 0 {
			at = len(labels)
			labels = append(labels, v)
		}
		d := Decide(m, h, preds[i][h], l)
		truth, pred, probs = append(truth, at), append(pred, d), append(probs, preds[i][h][d])
		if m.Gate && h == 0 {
			probs[len(probs)-1] = preds[i][h][1]
		}
	}
	return labels, truth, pred, probs
}

// ece is the calibration error: of a gate the one of its probability of true, of other heads that of the
// label chosen.
func ece(gate bool, truth, pred []int, probs []float64) float64 {
	hits := make([]bool, len(truth))
	for i := range truth {
		hits[i] = truth[i] == pred[i]
		if gate {
			hits[i] = truth[i] == 1
		}
	}
	return expectedCalibrationError(probs, hits)
}

// A CrossReport is the scores of the recipe over folds. With several heads, the figures at the top are
// those of the first, and Heads has all.
type CrossReport struct {
	Score
	PerFold []FoldScore        `json:"per_fold"`
	Heads   map[string]Score   `json:"heads,omitempty"`
	Seconds map[string]float64 `json:"seconds"` // "train", "predict", by the clock
}

// A FoldScore is the first head's score on one fold.
type FoldScore struct {
	Fold       string  `json:"fold"`
	MacroF1    float64 `json:"macro_f1"`
	WeightedF1 float64 `json:"weighted_f1"`
	Accuracy   float64 `json:"accuracy"`
	Examples   int     `json:"examples"`
}

// CrossValidate trains on all folds but one, predicts that one, and scores the predictions pooled over
// the folds. Nothing is chosen on the fold that is predicted. Folds are those of the lines; every
// labelled line must have one.
func CrossValidate(ctx context.Context, set *Set, o Options) (CrossReport, error) {
	var r CrossReport
	folds, err := fixedFolds(set)
	if err != nil {
		return r, err
	}
	if o, err = o.withEncoded(ctx, set.Lines); err != nil {
		return r, err
	}
	r.Seconds = map[string]float64{}
	type result struct {
		labels      []string
		truth, pred []int
		probs       []float64
	}
	pooled := map[string]*result{}
	var first string
	for n, fold := range folds {
		inner := o
		if o.Progress != nil {
			inner.Progress = func(done, total int) { o.Progress(n*total+done, len(folds)*total) }
		}
		start := time.Now()
		m, err := Train(ctx, without(set, fold), inner)
		if err != nil {
			return r, fmt.Errorf("fold %s: %w", fold, err)
		}
		r.Seconds["train"] += time.Since(start).Seconds()
		start = time.Now()
		test := only(set, fold)
		preds := predict(m, test, o.encoded, Line.labelled)
		r.Seconds["predict"] += time.Since(start).Seconds()
		for h, head := range m.Heads {
			labels, truth, pred, probs := headResults(m, h, test, preds)
			if h == 0 {
				first = head.Name
				s := score(labels, truth, pred)
				r.PerFold = append(r.PerFold, FoldScore{fold, s.MacroF1, s.WeightedF1, s.Accuracy, s.Examples})
			}
			p := pooled[head.Name]
			if p == nil {
				p = &result{labels: labelsOf(set.Lines, head.Name)}
				pooled[head.Name] = p
			}
			for i := range truth { // a fold's model may know fewer labels, in another order
				p.truth = append(p.truth, slices.Index(p.labels, labels[truth[i]]))
				p.pred = append(p.pred, slices.Index(p.labels, labels[pred[i]]))
				p.probs = append(p.probs, probs[i])
			}
		}
	}
	heads := map[string]Score{}
	for name, p := range pooled {
		s := score(p.labels, p.truth, p.pred)
		s.ECE = ece(name == GateHead && slices.Equal(p.labels, taxonomyOrder[GateHead]), p.truth, p.pred, p.probs)
		heads[name] = s
	}
	r.Score = heads[first]
	if len(heads) > 1 {
		r.Heads = heads
	}
	return r, nil
}

func fixedFolds(set *Set) ([]string, error) {
	seen := map[string]bool{}
	for i, l := range set.Lines {
		if !l.labelled() {
			continue
		}
		if l.Fold == "" {
			return nil, &parley.Error{Code: parley.Invalid, Field: "fold", Message: fmt.Sprintf("labelled line %d has no \"fold\"", i+1)}
		}
		seen[l.Fold] = true
	}
	if len(seen) < 2 {
		return nil, &parley.Error{Code: parley.Invalid, Field: "fold", Message: "cross-validation needs at least two folds"}
	}
	return slices.Sorted(maps.Keys(seen)), nil
}

// without returns the set less the dialogues of a fold.
func without(set *Set, fold string) *Set {
	out := &Set{Heads: set.Heads, Single: set.Single, sum: set.sum}
	for _, l := range set.Lines {
		if l.Fold != fold {
			out.Lines = append(out.Lines, l)
		}
	}
	return out
}

func only(set *Set, fold string) []Line {
	var out []Line
	for _, l := range set.Lines {
		if l.Fold == fold {
			out = append(out, l)
		}
	}
	return out
}
