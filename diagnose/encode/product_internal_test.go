package encode

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestAddProductAddsWhatTheLibraryDoes(t *testing.T) {
	t.Parallel()
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
