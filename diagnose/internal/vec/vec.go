// Package vec multiplies and adds vectors and matrices; those whose sizes do not fit panic. The order of a sum, and with it the last bits, depends on the processor.
package vec

import (
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

// Dot returns the product of a and b.
func Dot(a, b []float32) float32 { return blas32.Dot(of(a), of(b)) }

// Add adds by·x to dst.
func Add(dst []float32, by float32, x []float32) { blas32.Axpy(by, of(x), of(dst)) }

func of(v []float32) blas32.Vector { return blas32.Vector{N: len(v), Data: v, Inc: 1} }

// Dot64 returns the product of a and b.
func Dot64(a, b []float64) float64 { return blas64.Dot(of64(a), of64(b)) }

// Add64 adds by·x to dst.
func Add64(dst []float64, by float64, x []float64) { blas64.Axpy(by, of64(x), of64(dst)) }

func of64(v []float64) blas64.Vector { return blas64.Vector{N: len(v), Data: v, Inc: 1} }
