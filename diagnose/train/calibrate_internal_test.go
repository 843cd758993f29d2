package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"parley/diagnose"
)

// TestShiftsCalibrateEachKind: three in ten of what is called likely by 0.3 in notes are true, and six in ten in a survey, of
// which the margins know nothing.
func TestShiftsCalibrateEachKind(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	var of task
	var p []float64
	truth := map[string]float64{"notes": 0.3, "survey": 0.6, "": 0.9}
	for kind, rate := range truth {
		for range 20_000 {
			class := 0
			if r.Float64() < rate {
				class = 1
			}
			of.kind, of.class, p = append(of.kind, kind), append(of.class, class), append(p, 0.3)
		}
	}
	shifts := of.shifts(p)
	if len(shifts) != 2 {
		t.Fatalf("shifts %v, want those of two kinds", shifts)
	}
	for i, x := range p {
		want := truth[of.kind[i]]
		if of.kind[i] == "" {
			want = 0.3 // no kind, no shift
		}
		if math.Abs(x-want) > 0.02 {
			t.Fatalf("in %q the probability is %.3f, want %.1f", of.kind[i], x, want)
		}
	}
}

// TestShiftsNeedEnough: what a few margins say of a kind is left alone.
func TestShiftsNeedEnough(t *testing.T) {
	t.Parallel()
	of := task{}
	p := make([]float64, 2*kindLeast)
	for i := range p {
		class := 0
		if i < kindLeast-1 {
			class = 1
		}
		of.kind, of.class, p[i] = append(of.kind, "survey"), append(of.class, class), 0.1
	}
	if shifts := of.shifts(p); len(shifts) != 0 || p[0] != 0.1 {
		t.Errorf("shifts %v, probability %v", shifts, p[0])
	}
}

// TestTemperMendsFlatProbabilities: three labels of which the likeliest is true as often as margins 1.4 times as far apart would say.
func TestTemperMendsFlatProbabilities(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 1))
	h := units(diagnose.Head{Labels: []string{"a", "b", "c"}, Scale: 1, Bias: []float64{0.2, 0, -0.1}})
	truth := units(diagnose.Head{Labels: h.Labels, Scale: 1.4, Bias: []float64{0.28, 0, -0.14}})
	var margins [][]float64
	var class []int
	p := make([]float64, 3)
	for range 20_000 {
		m := []float64{2 * r.Float64(), 2 * r.Float64(), 2 * r.Float64()}
		probabilities(truth, p, m)
		c, x := 0, r.Float64()
		for c < 2 && x > p[c] {
			x -= p[c]
			c++
		}
		margins, class = append(margins, m), append(class, c)
	}
	temper(&h, margins, class)
	if math.Abs(h.Scale-1.4) > 0.06 || math.Abs(h.Bias[0]-0.2*h.Scale) > 1e-9 || math.Abs(h.Bias[2]+0.1*h.Scale) > 1e-9 {
		t.Errorf("scale %v, biases %v", h.Scale, h.Bias)
	}
}
