package train

import "math"

// A LabelScore is how well one label is found.
type LabelScore struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Support   int     `json:"support"` // examples that have the label
}

// A Score is how well the labels of one head are found. Undefined ratios count as 0.
type Score struct {
	MacroF1    float64                   `json:"macro_f1"`    // mean F1 over the labels that occur or are predicted
	WeightedF1 float64                   `json:"weighted_f1"` // mean F1 weighted by support
	Accuracy   float64                   `json:"accuracy"`
	PerLabel   map[string]LabelScore     `json:"per_label"`
	Confusion  map[string]map[string]int `json:"confusion"` // by true label, then predicted
	Examples   int                       `json:"examples"`
	ECE        float64                   `json:"ece"` // expected calibration error of the predicted label's probability
}

// score computes a Score from true and predicted labels, by index into labels.
func score(labels []string, truth, pred []int) Score {
	n := len(labels)
	count := confusion(truth, pred, n)
	s := Score{PerLabel: map[string]LabelScore{}, Confusion: map[string]map[string]int{}, Examples: len(truth)}
	right, used := 0, 0
	for c := range n {
		var tp, predicted, support int
		for d := range n {
			support += count[c*n+d]
			predicted += count[d*n+c]
			if count[c*n+d] > 0 {
				if s.Confusion[labels[c]] == nil {
					s.Confusion[labels[c]] = map[string]int{}
				}
				s.Confusion[labels[c]][labels[d]] = count[c*n+d]
			}
		}
		tp = count[c*n+c]
		right += tp
		l := LabelScore{Precision: ratio(tp, predicted), Recall: ratio(tp, support), F1: ratio(2*tp, predicted+support), Support: support}
		s.PerLabel[labels[c]] = l
		if predicted+support > 0 {
			s.MacroF1 += l.F1
			used++
		}
		s.WeightedF1 += float64(l.F1 * float64(support))
	}
	if used > 0 {
		s.MacroF1 /= float64(used)
	}
	if len(truth) > 0 {
		s.WeightedF1 /= float64(len(truth))
	}
	s.Accuracy = ratio(right, len(truth))
	return s
}

func confusion(truth, pred []int, n int) []int {
	count := make([]int, n*n)
	for i := range truth {
		count[truth[i]*n+pred[i]]++
	}
	return count
}

// macroF1 is the mean F1 over n labels; one that neither occurs nor is predicted is left out.
func macroF1(truth, pred []int, n int) float64 {
	count := confusion(truth, pred, n)
	var sum float64
	used := 0
	for c := range n {
		var both int
		for d := range n {
			both += count[c*n+d] + count[d*n+c]
		}
		if both > 0 {
			sum += ratio(2*count[c*n+c], both)
			used++
		}
	}
	if used == 0 {
		return 0
	}
	return sum / float64(used)
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// expectedCalibrationError is the mean distance, over ten bins of equal width weighted by their size,
// between the mean probability and the share of hits (Naeini, Cooper & Hauskrecht, AAAI 2015).
func expectedCalibrationError(probs []float64, hits []bool) float64 {
	const bins = 10
	var sum, hit, n [bins]float64
	for i, p := range probs {
		b := min(int(p*bins), bins-1)
		sum[b] += p
		n[b]++
		if hits[i] {
			hit[b]++
		}
	}
	var e float64
	for b := range bins {
		if n[b] > 0 {
			e += math.Abs(hit[b]-sum[b]) / float64(len(probs))
		}
	}
	return e
}
