package parley

import (
	"slices"
	"testing"
	"time"
)

func TestIDsSortAsTheyAreMade(t *testing.T) {
	t.Parallel()
	var ids IDs
	now := time.UnixMilli(1_800_000_000_000)
	var made []string
	for _, at := range []time.Duration{0, 0, time.Millisecond, -time.Hour, 0, time.Second} {
		for range 1000 {
			made = append(made, ids.New(now.Add(at)))
		}
	}
	for i, id := range made {
		if err := CheckID("con", "con_"+id); err != nil {
			t.Fatal(err)
		}
		if i > 0 && id <= made[i-1] {
			t.Fatalf("id %d is %s, which does not sort after %s", i, id, made[i-1])
		}
	}
	if other := new(IDs).New(now.Add(time.Second)); slices.Contains(made, other) {
		t.Errorf("two made the same id %s", other)
	}
}

func TestIDsOfLaterMillisecondsSortLater(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_800_000_000_000)
	for range 1000 { // of different processes
		if a, b := new(IDs).New(now), new(IDs).New(now.Add(time.Millisecond)); a >= b {
			t.Fatalf("%s sorts before %s of a millisecond before", b, a)
		}
	}
}

func TestIDsCarry(t *testing.T) {
	t.Parallel()
	ids := IDs{hi: 5<<16 | 7, lo: 1<<64 - 1}
	last := encodeID(ids.hi, ids.lo)
	if id := ids.New(time.UnixMilli(5)); id <= last {
		t.Errorf("%s sorts before %s", id, last)
	}
}
