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

// TestLikesAreThoseOfAlike holds the comparison of all with all against that of two.
func TestLikesAreThoseOfAlike(t *testing.T) {
	t.Parallel()
	var senses []Sense
	for _, f := range someSaid(t, 200) {
		senses = append(senses, senseOf(f))
	}
	senses = append(senses, Sense{}, senses[0])
	likes, err := likes(t.Context(), senses, func(float64) {})
	if err != nil {
		t.Fatal(err)
	}
	for i := range senses {
		for j, got := range likes.row(i) {
			if want := senses[i].Alike(senses[j]); float64(min(1, max(0, got))) != want {
				t.Fatalf("pair %d %d: %v, alike by %v", i, j, got, want)
			}
		}
	}
}

// TestGatherManyMore: beyond the number that is compared each with each every finding has its place as well, most of them the same.
func TestGatherManyMore(t *testing.T) {
	t.Parallel()
	said := someSaid(t, 2000)
	few, all := gathered(t, said, 500), gathered(t, said, len(said))
	if again := gathered(t, said, 500); !slices.Equal(few, again) {
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
	t.Logf("pairs in one group: precision %.2f, recall %.2f", same/first, same/second)
	if same < 0.4*first || same < 0.4*second {
		t.Errorf("of %.0f pairs in one group there are %.0f of %.0f that should be", first, same, second)
	}
}

// gathered returns the group of each finding, −1 for one that says nothing that is known.
func gathered(t *testing.T, said []parley.Finding, most int) []int {
	t.Helper()
	groups, err := Groups(t.Context(), said, most)
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
