package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestAddProductAddsWhatTheLibraryDoes(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	fill := func(m Matrix) Matrix {
		for i := range m.Data {
			m.Data[i] = rng.Float32() - 0.5
		}
		return m
	}
	for _, c := range []struct{ rows, in, out int }{{1, 8, 2}, {3, 16, 6}, {4, 256, 4}, {7, 512, 10}, {128, 24, 2}, {5, 12, 4}, {6, 88, 1}, {9, 88, 7}} {
		x, w, got := fill(Zeros(c.rows, c.in)), fill(Zeros(c.out, c.in)), fill(Zeros(c.rows, c.out))
		want := Zeros(c.rows, c.out)
		copy(want.Data, got.Data)
		addProduct(want, x, w)
		AddProduct(got, x, w)
		for i := range want.Data {
			if math.Abs(float64(got.Data[i]-want.Data[i])) > 1e-4 {
				t.Fatalf("%v: number %d is %v instead of %v", c, i, got.Data[i], want.Data[i])
			}
		}
	}
}

// TestAddProductOfParts: a part of a matrix is multiplied like the whole, whatever comes after it.
func TestAddProductOfParts(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	m := Zeros(24, 16)
	for i := range m.Data {
		m.Data[i] = rng.Float32()
	}
	all := Zeros(24, 24)
	AddProduct(all, m, m)
	for from := 0; from < 24; from += 4 {
		for to := from + 1; to <= 24; to++ {
			got := Zeros(to-from, 24)
			AddProduct(got, m.Part(from, to), m)
			turned := Zeros(24, to-from)
			AddProduct(turned, m, m.Part(from, to))
			for i := range to - from {
				for j := range 24 {
					if want := all.Row(from + i)[j]; got.Row(i)[j] != want || turned.Row(j)[i] != want {
						t.Fatalf("rows %d to %d: product of %d and %d is %v and %v instead of %v", from, to, i, j, got.Row(i)[j], turned.Row(j)[i], want)
					}
				}
			}
		}
	}
}

// TestSizesThatDoNotFit: what is no product panics, and reads nothing beyond the matrices.
func TestSizesThatDoNotFit(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]Matrix{
		{Zeros(4, 4), Zeros(4, 16), Zeros(4, 8)},
		{Zeros(4, 4), Zeros(4, 8), Zeros(4, 16)},
		{Zeros(3, 4), Zeros(4, 8), Zeros(4, 8)},
		{Zeros(4, 3), Zeros(4, 8), Zeros(4, 8)},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d×%d is the product of %d×%d and %d×%d", c[0].Rows, c[0].Cols, c[1].Rows, c[1].Cols, c[2].Rows, c[2].Cols)
				}
			}()
			AddProduct(c[0], c[1], c[2])
		}()
	}
}
