package swar_test

import (
	"testing"

	"parley/internal/swar"
)

// TestEveryByte holds each byte, at each place and beside others, against what it is by itself.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		for place := range 8 {
			for _, beside := range []byte{0, 'a', 'Z', '9', 0x7F, 0x80, 0xFF} {
				text := []byte{beside, beside, beside, beside, beside, beside, beside, beside}
				text[place] = byte(c)
				x := swar.Load(string(text), 0)
				lower, letters := swar.Letters(x)
				letter, digit := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z', c >= '0' && c <= '9'
				want := byte(c)
				if letter {
					want |= 0x20
				}
				at := 8 * place
				if byte(lower>>at) != want || letters>>at&0xFF != mark(letter) || swar.Digits(x)>>at&0xFF != mark(digit) {
					t.Fatalf("%#x beside %#x: %#x, %x, %x", c, beside, byte(lower>>at), letters, swar.Digits(x))
				}
			}
		}
	}
}

func mark(is bool) uint64 {
	if is {
		return 0x80
	}
	return 0
}

func TestLoad(t *testing.T) {
	t.Parallel()
	const text = "abcdefghij"
	for at := range len(text) + 1 {
		x := swar.Load(text, at)
		for i := range 8 {
			var want byte
			if at+i < len(text) {
				want = text[at+i]
			}
			if byte(x>>(8*i)) != want {
				t.Errorf("byte %d from %d on is %q, want %q", i, at, byte(x>>(8*i)), want)
			}
		}
	}
}

func TestRunAndFirst(t *testing.T) {
	t.Parallel()
	for n := range 9 {
		x := swar.Load("abcdefgh"[:n]+".abcdefgh", 0)
		if _, letters := swar.Letters(x); swar.Run(letters) != n {
			t.Errorf("%d letters are %d", n, swar.Run(letters))
		}
	}
	if swar.First(swar.Load("abcdefgh", 0), 2) != 'a'|'b'<<8|1<<16 {
		t.Error("the first two bytes are others")
	}
	if swar.First(swar.Load("\x00", 0), 1) == swar.First(0, 0) {
		t.Error("a zero is as none")
	}
}
