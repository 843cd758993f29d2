//go:build !amd64

package vec

// AddProduct adds x·wᵀ to out.
func AddProduct(out, x, w Matrix) {
	mustFit(out, x, w)
	addProduct(out, x, w)
}
