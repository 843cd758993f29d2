package diagnose

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"parley"
)

// someSaid returns findings that say examples of grounds.
func someSaid(t *testing.T, n int) (list []parley.Finding) {
	t.Helper()
	texts := saidOnGrounds(t)
	for _, i := range rand.New(rand.NewPCG(3, 4)).Perm(len(texts))[:n] {
		text := texts[i]
		list = append(list, parley.Finding{Message: parley.Message{Text: text}, Span: parley.Span{Start: 0, End: len(text)}})
	}
	return list
}

// TestGroupsByFewNeighbours: where not all neighbours are kept nearly all pairs are together that would be, and no others.
func TestGroupsByFewNeighbours(t *testing.T) {
	t.Parallel()
	said := someSaid(t, 2000)
	few, all := groupOf(t, said, 0), groupOf(t, said, len(said)*len(said))
	if again := groupOf(t, said, 0); !slices.Equal(few, again) {
		t.Error("another time other groups")
	}
	var same, first, second float64
	for i := range said {
		if (few[i] < 0) != (all[i] < 0) {
			t.Fatalf("%q is in a group, or is not", said[i].Text())
		}
		for j := range i {
			a, b := few[i] == few[j] && few[i] >= 0, all[i] == all[j] && all[i] >= 0
			if a {
				first++
			}
			if b {
				second++
			}
			if a && b {
				same++
			}
		}
	}
	t.Logf("pairs in one group: precision %.3f, recall %.3f", same/first, same/second)
	if same < 0.9*first || same < 0.9*second {
		t.Errorf("of %.0f pairs in one group there are %.0f of %.0f that should be", first, same, second)
	}
}

// TestRepeatsStayTogether: what some say word for word is alike and one group, however much more crowded it is there than elsewhere.
func TestRepeatsStayTogether(t *testing.T) {
	t.Parallel()
	said := someSaid(t, 200)
	for range 14 {
		said = append(said, said[0])
	}
	of := groupOf(t, said, linksMost)
	for i, group := range of[200:] {
		if group != of[0] {
			t.Errorf("repeat %d is in group %d, not %d", i, group, of[0])
		}
	}
	var senses []Sense
	for _, f := range said {
		senses = append(senses, senseOf(f))
	}
	among := Among(senses)
	if like := among[0].Alike(among[200]); like < 0.75 {
		t.Errorf("repeats are alike by %v", like)
	}
}

// TestRepeatsDoNotSwallowOthers: however often one thing is said, the other findings are grouped as they are without.
func TestRepeatsDoNotSwallowOthers(t *testing.T) {
	t.Parallel()
	said := someSaid(t, 100)
	want := groupOf(t, said, linksMost)
	for range 300 {
		said = append(said, said[0])
	}
	if got := groupOf(t, said, linksMost); !slices.Equal(got[:100], want) {
		t.Errorf("groups %v, want %v", got[:100], want)
	}
}

// groupOf returns the group of each finding, −1 for one that says nothing that is known.
func groupOf(t *testing.T, said []parley.Finding, links int) []int {
	t.Helper()
	groups, err := Groups(t.Context(), said, links)
	if err != nil {
		t.Fatal(err)
	}
	of := slices.Repeat([]int{-1}, len(said))
	for k, group := range groups {
		for _, n := range group {
			if of[n] >= 0 {
				t.Fatalf("%q is in two groups", said[n].Text())
			}
			of[n] = k
		}
	}
	return of
}

// TestReasonsTellAndStop: progress goes from 0 to 1, and who waits can stop it at any time.
func TestReasonsTellAndStop(t *testing.T) {
	t.Parallel()
	said := someSaid(t, 300)
	var told []float64
	if _, err := Reasons(t.Context(), said, func(share float64) { told = append(told, share) }); err != nil {
		t.Fatal(err)
	}
	if len(told) < 100 || !slices.IsSorted(told) || told[0] < 0 || told[len(told)-1] != 1 {
		t.Errorf("%d times progress, last %v", len(told), told[max(0, len(told)-3):])
	}
	for _, at := range []float64{0, 0.3, 0.68, 0.8} {
		ctx, stop := context.WithCancel(t.Context())
		_, err := Reasons(ctx, said, func(share float64) {
			if share >= at {
				stop()
			}
		})
		stop()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("stopped at %v: %v", at, err)
		}
	}
}
