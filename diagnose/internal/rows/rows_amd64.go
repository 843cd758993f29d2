package rows

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// fast says that the processor has what the assembly needs.
var fast = cpu.X86.HasAVX2

// AddPulls adds to the first n numbers of sums, of which there are Padded(n), the rows of codes that pulls name, each of n bytes. The others
// may be anything afterwards.
func AddPulls(sums []float32, codes []byte, n int, pulls []Pull) {
	wide := Padded(n)
	last := (len(codes) - wide) / max(1, n) // the last bucket after whose start there are that many bytes
	ok := fast && n > 0 && len(pulls) > 0 && len(codes) >= wide
	for i := range pulls {
		ok = ok && int(pulls[i].Bucket) <= last
	}
	if !ok {
		addPulls(sums, codes, n, pulls)
		return
	}
	sums = sums[:wide]
	addCodes(&sums[0], &codes[0], n, &pulls[0], len(pulls), wide/Wide)
}

// AddRow adds by times row to sums. Both have the same number of numbers, a multiple of Wide.
func AddRow(sums, row []float32, by float32) {
	if !fast || len(row) == 0 || len(row)%Wide != 0 {
		addRow(sums, row, by)
		return
	}
	sums = sums[:len(row)]
	addNumbers(&sums[0], &row[0], by, len(row)/Wide)
}

// Ask asks for the beginnings of those things that will be needed soon, without waiting for any. Places may be anything: asking for what is
// not there does nothing.
func Ask[T any](things []T, places []uint32) {
	if len(places) > 0 {
		ask((*byte)(unsafe.Pointer(unsafe.SliceData(things))), int(unsafe.Sizeof(*new(T))), &places[0], len(places))
	}
}

// addCodes adds to blocks·8 numbers at sums what count pulls say of the bytes at codes, n for each bucket.
//
//go:noescape
func addCodes(sums *float32, codes *byte, n int, pulls *Pull, count, blocks int)

// addNumbers adds to blocks·8 numbers at sums by times those at row.
//
//go:noescape
func addNumbers(sums, row *float32, by float32, blocks int)

// ask asks for the first bytes of count things of size bytes, of which thing 0 is at first.
//
//go:noescape
func ask(first *byte, size int, places *uint32, count int)
