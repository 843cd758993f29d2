package encode

import "golang.org/x/sys/cpu"

// dots sets out to the products of four rows of x with two of w, by row of x. Rows have k numbers, a multiple of 8, and follow one another.
//
//go:noescape
func dots(x, w *float32, k int, out *[8]float32)

// fast says that the processor has what dots needs.
var fast = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// addProduct adds x·wᵀ to out. w has an even number of rows.
func addProduct(out, x, w matrix) {
	if !fast || x.cols%8 != 0 {
		gemm(out, x, w)
		return
	}
	var sums [8]float32
	for o := 0; o < w.rows; o += 2 {
		pair := w.data[o*w.cols : (o+2)*w.cols]
		for i := 0; i < x.rows; i += 4 {
			block := x.data[i*x.cols : (i+4)*x.cols] // rows beyond the last are 0, see zeros
			dots(&block[0], &pair[0], x.cols, &sums)
			for r := range min(4, x.rows-i) {
				to := out.row(i + r)[o:][:2]
				to[0] += sums[2*r]
				to[1] += sums[2*r+1]
			}
		}
	}
}
