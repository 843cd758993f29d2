//go:build !amd64

package rows

// AddPulls adds to the first n numbers of sums, of which there are Padded(n), the rows of codes that pulls name, each of n bytes.
func AddPulls(sums []float32, codes []byte, n int, pulls []Pull) { addPulls(sums, codes, n, pulls) }

// AddRow adds by times row to sums. Both have the same number of numbers, a multiple of Wide.
func AddRow(sums, row []float32, by float32) { addRow(sums, row, by) }

// Ask asks for things that will be needed soon, where the processor can be asked.
func Ask[T any]([]T, []uint32) {}
