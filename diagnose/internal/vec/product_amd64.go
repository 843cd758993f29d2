package vec

import "golang.org/x/sys/cpu"

// dots sets out to the products of four rows of x with two of w, by row of x. Rows have k numbers, a multiple of 8, and follow one another.
//
//go:noescape
func dots(x, w *float32, k int, out *[8]float32)

// fast says that the processor has what dots needs.
var fast = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// AddProduct adds x·wᵀ to out. It is fastest where rows have a multiple of eight numbers.
func AddProduct(out, x, w Matrix) {
	mustFit(out, x, w)
	if !fast || x.Cols%8 != 0 {
		addProduct(out, x, w)
		return
	}
	var sums [8]float32
	for o := 0; o < w.Rows; o += 2 {
		pair := w.Data[o*w.Cols : (o+2)*w.Cols] // rows beyond the last, of any matrix, may be anything
		for i := 0; i < x.Rows; i += 4 {
			block := x.Data[i*x.Cols : (i+4)*x.Cols]
			dots(&block[0], &pair[0], x.Cols, &sums)
			to := out.Data[i*out.Cols+o:]
			for r := range min(4, x.Rows-i) {
				to[r*out.Cols] += sums[2*r]
				if o+1 < w.Rows {
					to[r*out.Cols+1] += sums[2*r+1]
				}
			}
		}
	}
}
