// Package rows adds up rows of weights, of which each bucket of a model has one, a byte a weight, and asks for memory before it is needed. What it
// adds comes to the same bits on every processor: each place of a row is multiplied, rounded and added by itself, row after row.
package rows

// Wide is how many numbers are added at a time. Sums and rows of numbers have a multiple of it.
const Wide = 8

// Padded returns n, or the next multiple of Wide.
func Padded(n int) int { return (n + Wide - 1) / Wide * Wide }

// Decode returns what a weight's byte stands for: the byte times its size, so that small weights are told more finely than large ones.
func Decode(code int8) float32 {
	x := float32(code)
	if code < 0 {
		return -x * x
	}
	return x * x
}

// Decoded is Decode of every byte. It is not to be changed.
var Decoded = func() (table [256]float32) {
	for i := range table {
		table[i] = Decode(int8(i))
	}
	return table
}()

// A Pull is what one feature does: the weights of its bucket, times Value.
type Pull struct {
	Bucket uint32
	Value  float32
}

// addPulls is AddPulls for every processor.
func addPulls(sums []float32, codes []byte, n int, pulls []Pull) {
	for _, p := range pulls {
		row := codes[int(p.Bucket)*n:][:n]
		for i, c := range row {
			sums[i] += float32(p.Value * Decoded[c])
		}
	}
}

// addRow is AddRow for every processor.
func addRow(sums, row []float32, by float32) {
	for i, x := range row {
		sums[i] += float32(by * x)
	}
}
