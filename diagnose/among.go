package diagnose

import (
	"context"
	"math"
	"slices"
)

// How senses are held against one another; chosen on projects left out of the sayings.
const (
	sharedPrior = 10  // as many more senses that share nothing are taken to be there
	ownPrior    = 20  // as many more of each language that share what all do
	nearMost    = 5   // others that a sense is drawn to
	nearPrior   = 10  // it is drawn by n/(n+10) of what it would be among very many
	nearSharp   = 10  // how much more to the nearest
	nearFrom    = 0.3 // the likeness of a stranger that takes its share as well
	crowdMost   = 12  // neighbours that tell how crowded it is around a sense
	crowdCounts = 0.8 // how much of that is taken off,
	crowdPrior  = 20  // n/(n+20) of it among n,
	crowdTop    = 0.1 // and at most this, so that what many say word for word stays together
)

// Among returns senses as they stand among one another, in the same order: of what people say in one engagement, about one project. What all of them share says what
// the project is, not why somebody is against it: it is taken off, and so is what those in each language share beyond that, the less of it the fewer they are.
// Then each is drawn to the few that are nearest to it ("query expansion", Chum et al., "Total recall", ICCV 2007), so that two that share little but say what a third says come together.
// Where it is more crowded than elsewhere, being near says less, and that counts less (after Conneau et al., "Word translation without parallel data", ICLR 2018).
// What is there several times counts once. Their likeness tells more than that of the senses alone, and is comparable only with one another. Cost is quadratic.
func Among(list []Sense) []Sense {
	once, of := distinct(list)
	once, _ = among(context.Background(), once, func(float64) {}) // fails only if ctx is done
	out := slices.Clone(list)
	for i, n := range of {
		if n >= 0 {
			out[i] = once[n]
		}
	}
	return out
}

// distinct returns the senses of a list that say something, each once, and which of them each of the list is, −1 for one that says nothing. What many say
// word for word must not count as what all share.
func distinct(list []Sense) (once []Sense, of []int) {
	type key struct {
		direction [senseSize]float32
		lang      uint8
	}
	known := map[key]int{}
	of = make([]int, len(list))
	for i, s := range list {
		if s.direction == nil {
			of[i] = -1
			continue
		}
		k := key{[senseSize]float32(s.direction), s.lang}
		n, ok := known[k]
		if !ok {
			n = len(once)
			known[k], once = n, append(once, s)
		}
		of[i] = n
	}
	return once, of
}

// among is Among of senses that are distinct, unless ctx is done. It tells its progress.
func among(ctx context.Context, list []Sense, progress func(share float64)) ([]Sense, error) {
	alone := sharedBy(list).offAll(list)
	near, err := neighbours(ctx, alone, crowdMost, -2, progress) // -2: whatever their likeness
	if err != nil {
		return nil, err
	}
	out := make([]Sense, len(alone))
	for i := range out {
		out[i] = drawn(alone, i, near[i][:min(nearMost, len(near[i]))])
	}
	out = sharedBy(out).offAll(out)
	setCrowds(out, near)
	return out, nil
}

// setCrowds sets how crowded it is around each sense that says something, beyond what is usual among them.
func setCrowds(list []Sense, near [][]neighbour) {
	var sum, known float64
	for i, s := range list {
		if s.direction == nil || len(near[i]) == 0 {
			continue
		}
		var crowd float32
		for _, n := range near[i] {
			crowd += inner(s.direction, list[n.number].direction)
		}
		list[i].crowd = crowd / float32(len(near[i]))
		sum += float64(list[i].crowd)
		known++
	}
	usual := float32(sum / max(1, known))
	by := float32(crowdCounts * known / (known + crowdPrior))
	for i, s := range list {
		if s.direction != nil {
			list[i].crowd = min(crowdTop, max(-crowdTop, by*(s.crowd-usual)))
		}
	}
}

// shared is what senses share, by language; at anyLang, of those whose language is not known or that are in several.
type shared [anyLang + 1][]float64

// sharedBy returns what senses share.
func sharedBy(list []Sense) *shared {
	var s shared
	var counts [len(s)]float64
	for i := range s {
		s[i] = make([]float64, senseSize)
	}
	all, known := make([]float64, senseSize), 0.0
	for _, x := range list {
		if x.direction == nil {
			continue
		}
		known++
		counts[x.lang]++
		for i, y := range x.direction {
			all[i] += float64(y)
			s[x.lang][i] += float64(y)
		}
	}
	for i := range all {
		all[i] /= known + sharedPrior
	}
	for lang, sum := range s {
		for i := range sum {
			sum[i] = (sum[i] + float64(ownPrior*all[i])) / (counts[lang] + ownPrior)
		}
	}
	return &s
}

// offAll returns senses without what is shared.
func (s *shared) offAll(list []Sense) []Sense {
	out := make([]Sense, len(list))
	for i, x := range list {
		out[i] = s.off(x)
	}
	return out
}

// off returns a sense without what is shared. One that says no more than that stays as it is.
func (s *shared) off(x Sense) Sense {
	if x.direction == nil {
		return x
	}
	rest := make([]float64, senseSize)
	for i, y := range x.direction {
		rest[i] = float64(y) - s[x.lang][i]
	}
	length := lengthOf(rest)
	if length == 0 {
		return x
	}
	out := Sense{direction: make([]float32, senseSize), lang: x.lang}
	for i, y := range rest {
		out.direction[i] = float32(y / length)
	}
	return out
}

// drawn returns sense i of a list, drawn to its neighbours.
func drawn(list []Sense, i int, near []neighbour) Sense {
	s := list[i]
	if s.direction == nil {
		return s
	}
	out := Sense{direction: slices.Clone(s.direction), lang: s.lang}
	total := math.Exp(nearSharp * nearFrom)
	for _, n := range near {
		total += math.Exp(nearSharp * float64(n.like))
	}
	total *= 1 + nearPrior/float64(len(list)) // among few, who is nearest is more of a chance
	for _, n := range near {
		share := float32(math.Exp(nearSharp*float64(n.like)) / total)
		for k, x := range list[n.number].direction {
			out.direction[k] += float32(share * x)
		}
	}
	toLength(out.direction, 1)
	return out
}
