package rows

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSumsAreTheSameOnEveryProcessor holds what this processor does against the loops that any does, bit for bit.
func TestSumsAreTheSameOnEveryProcessor(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 7, 8, 9, 16, 19, 24, 100} {
		const buckets = 50
		codes := make([]byte, buckets*n, buckets*n+Wide)
		for i := range codes {
			codes[i] = byte(rng.Uint32())
		}
		for count := range 60 {
			codes := codes[:buckets*n+count%2*Wide] // with and without room after the last row
			pulls := make([]Pull, count)
			for i := range pulls {
				pulls[i] = Pull{rng.Uint32N(buckets), rng.Float32() - 0.5}
			}
			got := make([]float32, Padded(n))
			for i := range got {
				got[i] = rng.Float32()
			}
			want := slices.Clone(got)
			AddPulls(got, codes, n, pulls)
			addPulls(want, codes, n, pulls)
			if !slices.Equal(got[:n], want[:n]) {
				t.Fatalf("%d pulls of %d: %v instead of %v", count, n, got[:n], want[:n])
			}
			row := make([]float32, len(got))
			for i := range row {
				row[i] = rng.Float32() - 0.5
			}
			copy(want, got)
			AddRow(got, row, 0.3)
			addRow(want, row, 0.3)
			if !slices.Equal(got, want) {
				t.Fatalf("a row of %d: %v instead of %v", n, got, want)
			}
		}
	}
}

// TestPullsBeyondTheEnd asks for a bucket that is not there.
func TestPullsBeyondTheEnd(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	AddPulls(make([]float32, 8), make([]byte, 30), 3, []Pull{{0, 1}, {10, 1}})
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code int8
		want float32
	}{{0, 0}, {1, 1}, {-1, -1}, {12, 144}, {127, 16129}, {-128, -16384}} {
		if got := Decode(c.code); got != c.want {
			t.Errorf("Decode(%d) = %v, want %v", c.code, got, c.want)
		}
	}
}

// TestAskForWhatIsNotThere asks for memory far from any: that must cost nothing but time.
func TestAskForWhatIsNotThere(t *testing.T) {
	t.Parallel()
	things := []Pull{{1, 2}}
	Ask(things, nil)
	Ask(things, []uint32{0, 1, math.MaxUint32})
	Ask([]Pull(nil), []uint32{0, math.MaxUint32})
	if !slices.Equal(things, []Pull{{1, 2}}) {
		t.Errorf("asking changed them to %v", things)
	}
}
