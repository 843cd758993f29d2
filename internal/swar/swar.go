// Package swar reads text eight bytes at a time, in an ordinary register (SIMD within a register).
package swar

import "math/bits"

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// Load returns the eight bytes of text from at on, the first one lowest, with zeros for those after its end.
func Load(text string, at int) (x uint64) {
	if at+8 <= len(text) {
		s := text[at : at+8]
		return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	}
	return loadEnd(text[at:])
}

func loadEnd(text string) (x uint64) {
	for i := len(text) - 1; i >= 0; i-- {
		x = x<<8 | uint64(text[i])
	}
	return x
}

// Letters returns x with the letters A to Z in lower case, and the high bit of each byte that is a letter a to z then.
func Letters(x uint64) (lower, letters uint64) {
	small := x | 0x20*ones
	letters = between(small, 'a', 'z') &^ x & highs
	return x | letters>>2, letters
}

// Digits returns the high bit of each byte that is a digit.
func Digits(x uint64) uint64 { return between(x, '0', '9') &^ x & highs }

// between has the high bit of each byte below 0x80 that is from first to last.
func between(x, first, last uint64) uint64 {
	low := x &^ highs
	return (low + (0x80-first)*ones) &^ (low + (0x7F-last)*ones)
}

// Run returns how many bytes from the first on have their high bit in marks, 8 at most.
func Run(marks uint64) int { return bits.TrailingZeros64(^marks&highs) / 8 }

// First returns the first n bytes of x, below 8, and a 1 above them, which tells how many there are.
func First(x uint64, n int) uint64 {
	end := uint64(1) << (8 * n & 63)
	return x&(end-1) | end
}

// Mix returns the hash of what has the hash h and x after it. With h zero and x of at most seven bytes as First gives
// them, no two have the same.
func Mix(h, x uint64) uint64 {
	h = (bits.RotateLeft64(h, 23) ^ x) * 0x9E3779B97F4A7C15 // 2^64 / golden ratio, odd
	return h ^ h>>32
}
