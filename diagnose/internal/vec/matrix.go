package vec

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// A Matrix is by row. Those that are multiplied have room for a multiple of four rows, see Zeros.
type Matrix struct {
	Rows, Cols int
	Data       []float32
}

// Zeros has room for rows of zeros up to a multiple of four, which AddProduct reads in fours.
func Zeros(rows, cols int) Matrix {
	return Matrix{rows, cols, make([]float32, rows*cols, (rows+3)/4*4*cols)}
}

// Row returns row i.
func (m Matrix) Row(i int) []float32 { return m.Data[i*m.Cols:][:m.Cols] }

// Part returns the rows from one up to another. To be multiplied, it must begin at a multiple of four.
func (m Matrix) Part(from, to int) Matrix {
	return Matrix{to - from, m.Cols, m.Data[from*m.Cols : to*m.Cols]}
}

func (m Matrix) general() blas32.General {
	return blas32.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Cols, Data: m.Data}
}

// mustFit panics unless out can be x·wᵀ.
func mustFit(out, x, w Matrix) {
	if x.Cols != w.Cols || out.Rows != x.Rows || out.Cols != w.Rows {
		panic("vec: matrices of other sizes than a product's")
	}
}

// addProduct is AddProduct for every processor.
func addProduct(out, x, w Matrix) {
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, x.general(), w.general(), 1, out.general())
}
