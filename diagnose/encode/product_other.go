//go:build !amd64

package encode

// addProduct adds x·wᵀ to out.
func addProduct(out, x, w matrix) { gemm(out, x, w) }
