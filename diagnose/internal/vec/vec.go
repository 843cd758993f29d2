// Package vec multiplies and adds vectors of equal length; other lengths panic. The order of a sum, and with it the last bits, depends on the processor.
package vec

import "gonum.org/v1/gonum/blas/blas32"

// Dot returns the product of a and b.
func Dot(a, b []float32) float32 { return blas32.Dot(of(a), of(b)) }

// Add adds by·x to dst.
func Add(dst []float32, by float32, x []float32) { blas32.Axpy(by, of(x), of(dst)) }

func of(v []float32) blas32.Vector { return blas32.Vector{N: len(v), Data: v, Inc: 1} }
