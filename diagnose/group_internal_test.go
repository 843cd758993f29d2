package diagnose

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"parley"
)

// twoSaid returns findings that say two of the examples of grounds each.
func twoSaid(n int) (list []parley.Finding) {
	r := rand.New(rand.NewPCG(3, 4))
	texts := GroundExamples()
	for range n {
		text := texts[r.IntN(len(texts))] + " " + texts[r.IntN(len(texts))]
		list = append(list, parley.Finding{
			Message: parley.Message{Text: text}, Span: parley.Span{Start: 0, End: len(text)},
			Labels: parley.Labels{Driver: parley.Drivers[r.IntN(len(parley.Drivers))]},
		})
	}
	return list
}

// TestLikesAreThoseOfAlike holds the comparison of all with all against that of two.
func TestLikesAreThoseOfAlike(t *testing.T) {
	t.Parallel()
	var senses []Sense
	for _, f := range twoSaid(400) {
		senses = append(senses, senseOf(f))
	}
	senses = append(senses, Sense{}, senses[0])
	likes, err := newCrowd(senses).likes(t.Context(), func(float64) {})
	if err != nil {
		t.Fatal(err)
	}
	met := 0
	for i := range senses {
		for j, got := range likes.row(i) {
			want := senses[i].Alike(senses[j])
			if want < leastAgree {
				want = 0
			} else {
				met++
			}
			if got != float32(want) {
				t.Fatalf("pair %d %d: %v, alike by %v", i, j, got, want)
			}
		}
	}
	if met < 500 {
		t.Errorf("only %d pairs are alike: too few to tell", met)
	}
}

// TestApart holds how alike texts with words in common are against the formula, computed as it stands.
func TestApart(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: it computes at length, by itself")
	}
	t.Parallel()
	m := grounds()
	said := twoSaid(200)
	met := 0
	for i := range said {
		for j := range i {
			a, b := senseOf(said[i]), senseOf(said[j])
			shared := map[uint32]bool{}
			for _, x := range a.traits {
				for _, y := range b.traits {
					if x.hash == y.hash && x.value == y.value {
						shared[x.hash] = true
					}
				}
			}
			if agreement(a.shares, b.shares) < leastAgree || len(shared) == 0 {
				continue
			}
			met++
			if got, want := a.Alike(b), alikeByFormula(m, a, b, shared); math.Abs(got-want) > 1e-6 {
				t.Errorf("%q, %q: alike by %v, want %v", said[i].Text(), said[j].Text(), got, want)
			}
		}
	}
	if met < 100 {
		t.Errorf("only %d pairs to tell by", met)
	}
}

func alikeByFormula(m *groundModel, a, b Sense, shared map[uint32]bool) float64 {
	rests := map[uint8]bool{}
	var odds [2][]float64
	var total, norm [2]float64
	both := 0.0
	for i, s := range []Sense{a, b} {
		for _, g := range s.shares {
			rests[g.ground] = true
		}
		scores := make([]float64, m.count)
		norm[i] = float64(s.norm)
		less := 0.0
		for _, x := range s.traits {
			value := float64(x.value)
			if shared[x.hash] {
				value *= sharedCounts
				less += float64(x.value)*float64(x.value) - value*value
				both += float64(x.value) * float64(x.value) / 2
			}
			if x.at >= 0 {
				for j := m.rows[x.at]; j < m.rows[x.at+1]; j++ {
					scores[m.kinds[j]] += float64(m.w[j]) * value
				}
			}
		}
		for _, score := range scores {
			odds[i] = append(odds[i], math.Exp(score*sharpness/math.Sqrt(norm[i]-less)))
		}
	}
	sum := 0.0
	for k := range m.count {
		for i := range odds {
			if !rests[uint8(k)] {
				odds[i][k] = 1
			}
			total[i] += odds[i][k]
		}
		if rests[uint8(k)] {
			sum += math.Sqrt(odds[0][k] * odds[1][k])
		}
	}
	return max(min(1, sum/math.Sqrt(total[0]*total[1])), min(1, 2*both/math.Sqrt(norm[0]*norm[1])-1))
}

// TestPower also checks that nothing it is used for is out of its range: a score over the length of what it was made of is at most
// the length of the ground's weights.
func TestPower(t *testing.T) {
	t.Parallel()
	for x := -490.0; x < 490; x += 0.0371 {
		if got, want := power(x*powerSteps), math.Exp2(x); math.Abs(got/want-1) > 1e-7 {
			t.Fatalf("2 to the power of %v is %v, want %v", x, got, want)
		}
	}
	m := grounds()
	lengths := make([]float64, m.count)
	for j, k := range m.kinds {
		lengths[k] += float64(m.w[j]) * float64(m.w[j])
	}
	if longest := math.Sqrt(slices.Max(lengths)) * sharpness / 2 / math.Ln2; longest > 490 {
		t.Errorf("powers up to %.0f", longest)
	}
}

// TestGatherManyMore: beyond the number that is compared each with each every finding has its place as well, most of them the same.
func TestGatherManyMore(t *testing.T) {
	t.Parallel()
	said := twoSaid(2000)
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

// gathered returns the group of each finding, −1 for one that does not say what it rests on.
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
	said := twoSaid(300)
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
