package encode

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestAddProductAddsWhatTheLibraryDoes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	fill := func(m matrix) matrix {
		for i := range m.data {
			m.data[i] = rng.Float32() - 0.5
		}
		return m
	}
	for _, c := range []struct{ rows, in, out int }{{1, 8, 2}, {3, 16, 6}, {4, 256, 4}, {7, 512, 10}, {most, 24, 2}, {5, 12, 4}} {
		x, w, got := fill(zeros(c.rows, c.in)), fill(zeros(c.out, c.in)), fill(zeros(c.rows, c.out))
		want := zeros(c.rows, c.out)
		copy(want.data, got.data)
		gemm(want, x, w)
		addProduct(got, x, w)
		for i := range want.data {
			if math.Abs(float64(got.data[i]-want.data[i])) > 1e-4 {
				t.Fatalf("%v: number %d is %v instead of %v", c, i, got.data[i], want.data[i])
			}
		}
	}
}

func TestExpand(t *testing.T) {
	vector, mean := make([]float32, Size), make([]float32, Size)
	for i := range vector {
		vector[i], mean[i] = float32(i%7)/10, 0.2
	}
	out := Expand(vector, mean)
	length := func(v []float32) float64 {
		var square float64
		for _, x := range v {
			square += float64(x) * float64(x)
		}
		return math.Sqrt(square)
	}
	if len(out) != Wide || math.Abs(length(out[:Size])-1.22) > 1e-4 || math.Abs(length(out[Size:])-1.5) > 1e-4 {
		t.Fatalf("%d numbers, lengths %v and %v", len(out), length(out[:Size]), length(out[Size:]))
	}
	// The last number's products go on at the first.
	last, first, second := out[Size-1], out[0], out[1]
	if a, b := out[2*Size-1]*second, out[3*Size-1]*first; math.Abs(float64(a-b)) > 1e-6 || last*first == 0 {
		t.Errorf("products of the last number with the first two: %v and %v, not as %v to %v", out[2*Size-1], out[3*Size-1], first, second)
	}
	for i, x := range Expand(mean, mean) {
		if x != 0 {
			t.Fatalf("what is the mean expands to %v at %d", x, i)
		}
	}
}
