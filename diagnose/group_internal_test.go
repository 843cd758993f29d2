package diagnose

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"parley"
	"parley/diagnose/internal/vec"
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

// TestRepeatsDoNotUpsetOthers: however often one thing is there, the others stand among one another as they do without.
func TestRepeatsDoNotUpsetOthers(t *testing.T) {
	t.Parallel()
	var list []Sense
	for _, f := range someSaid(t, 60) {
		list = append(list, senseOf(f))
	}
	want := Among(list)
	for range 20 {
		list = append(list, list[0], Sense{})
	}
	got := Among(list)
	for i := range want {
		for j := range i {
			if like := got[i].Alike(got[j]); like != want[i].Alike(want[j]) {
				t.Fatalf("%d and %d are alike by %v instead of %v", i, j, like, want[i].Alike(want[j]))
			}
		}
	}
	for _, s := range got[60:] {
		if s.direction != nil && s.Alike(got[0]) != got[0].Alike(got[0]) {
			t.Error("a repeat stands elsewhere")
		}
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

// TestLinkedIsAverageLinkage holds it against joining the best pair of groups each time.
func TestLinkedIsAverageLinkage(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	for range 100 {
		senses := senseClusters(r, 2+r.IntN(60))
		like := make([][]float64, len(senses))
		for i := range like {
			like[i] = make([]float64, len(senses))
			for j := range like {
				like[i][j] = float64(senses[i].like(senses[j]))
			}
		}
		near, err := neighbours(t.Context(), senses, len(senses), 0.3, func(float64) {})
		if err != nil {
			t.Fatal(err)
		}
		got, err := linked(t.Context(), senses, near, 0.3, func(float64) {})
		if want := naiveLinkage(like, 0.3); err != nil || !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("groups %v, want %v, %v", got, want, err)
		}
	}
}

// senseClusters makes n senses, each near to one of a few, where it is more or less crowded.
func senseClusters(r *rand.Rand, n int) (list []Sense) {
	some := 1 + r.IntN(5)
	for i := range n {
		s := Sense{direction: make([]float32, senseSize), crowd: float32(r.NormFloat64() / 50)}
		for k := range s.direction[:12] {
			s.direction[k] = float32(r.NormFloat64())
			if i >= some {
				s.direction[k] += 2 * list[i%some].direction[k]
			}
		}
		toLength(s.direction, 1)
		list = append(list, s)
	}
	return list
}

// TestLinkedKeepsEqualsTogether: those that are the same are one group, whoever of them are neighbours.
func TestLinkedKeepsEqualsTogether(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 1))
	some := senseClusters(r, 5)
	var list []Sense
	for i := range 1000 {
		list = append(list, some[i%5])
	}
	near, err := neighbours(t.Context(), list, 10, 0.99, func(float64) {})
	if err != nil {
		t.Fatal(err)
	}
	groups, err := linked(t.Context(), list, near, 0.99, func(float64) {})
	if err != nil || len(groups) != 5 {
		t.Fatalf("%d groups, %v", len(groups), err)
	}
	for _, g := range groups {
		if len(g) != 200 {
			t.Errorf("a group of %d", len(g))
		}
	}
}

// TestNeighboursAreTheNearest holds them against looking at each pair.
func TestNeighboursAreTheNearest(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 7))
	list := append(senseClusters(r, 300), Sense{})
	list = append(list, list[3], list[3], Sense{}) // some are equal
	for _, most := range []int{1, 5, 40, 1000} {
		near, err := neighbours(t.Context(), list, most, 0.5, func(float64) {})
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range near {
			var want []neighbour
			for j := range list {
				if like := list[i].like(list[j]); j != i && like >= 0.5 {
					want = append(want, neighbour{int32(j), like})
				}
			}
			slices.SortFunc(want, nearer)
			want = want[:min(most, len(want))]
			if len(got) != len(want) {
				t.Fatalf("%d: %d neighbours, want %d", i, len(got), len(want))
			}
			for k, x := range got {
				if d := x.like - want[k].like; d > 1e-5 || d < -1e-5 || k > 0 && nearer(got[k-1], x) >= 0 {
					t.Errorf("%d: neighbour %d is %v after %v, want %v", i, k, x, got[max(0, k-1)], want[k])
				}
			}
		}
	}
}

func naiveLinkage(like [][]float64, least float64) [][]int {
	var groups [][]int
	for i := range like {
		groups = append(groups, []int{i})
	}
	for {
		a, b, top := -1, -1, least
		for i := range groups {
			for j := range i {
				var sum float64
				for _, x := range groups[i] {
					for _, y := range groups[j] {
						sum += like[x][y]
					}
				}
				if avg := sum / float64(len(groups[i])*len(groups[j])); avg >= top {
					a, b, top = j, i, avg
				}
			}
		}
		if a < 0 {
			break
		}
		groups[a] = append(groups[a], groups[b]...)
		groups = slices.Delete(groups, b, b+1)
	}
	for _, g := range groups {
		slices.Sort(g)
	}
	slices.SortFunc(groups, func(x, y []int) int { return x[0] - y[0] })
	return groups
}

// TestLinkedFromBothSides: who has another as a neighbour is one of its, even where that has nearer ones enough.
func TestLinkedFromBothSides(t *testing.T) {
	t.Parallel()
	turned := func(degrees float64) Sense {
		v := make([]float32, senseSize)
		v[0], v[1] = float32(math.Cos(degrees*math.Pi/180)), float32(math.Sin(degrees*math.Pi/180))
		return Sense{direction: v}
	}
	list := []Sense{turned(0), turned(20), turned(-30)}
	near := [][]neighbour{{{2, list[0].like(list[2])}}, {{0, list[1].like(list[0])}}, {{0, list[2].like(list[0])}}}
	near[0][0].like = 1 // as if 0 had no room for 1
	got, err := linked(t.Context(), list, near, 0.85, func(float64) {})
	if err != nil {
		t.Fatal(err)
	}
	if want := [][]int{{0, 1}, {2}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestCrowds: it is crowded where neighbours are more alike than elsewhere, within bounds, and around nothing not at all.
func TestCrowds(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	crowded := randomDirection(rng)
	list := []Sense{{}}
	for range 40 {
		x := randomDirection(rng)
		if len(list) <= 20 {
			vec.Add(x, 0.5, crowded)
			toLength(x, 1)
		}
		list = append(list, Sense{direction: x})
	}
	near, err := neighbours(t.Context(), list, crowdMost, -2, func(float64) {})
	if err != nil {
		t.Fatal(err)
	}
	setCrowds(list, near)
	for i, s := range list {
		switch {
		case i == 0 && s.crowd != 0:
			t.Errorf("around nothing %v", s.crowd)
		case i > 0 && i <= 20 && (s.crowd <= 0 || s.crowd > crowdTop), i > 20 && (s.crowd >= 0 || s.crowd < -crowdTop):
			t.Errorf("around %d %v", i, s.crowd)
		}
	}
	if like, alone := list[1].like(list[2]), inner(list[1].direction, list[2].direction); like >= alone {
		t.Errorf("in the crowd alike by %v, without it %v", like, alone)
	}
}

func randomDirection(rng *rand.Rand) []float32 {
	v := make([]float32, senseSize)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	toLength(v, 1)
	return v
}
