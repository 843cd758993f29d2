package train

import (
	"math"
	"math/rand/v2"
	"testing"
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
