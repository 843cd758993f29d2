package diagnose

import (
	"context"
	"math"
)

// How senses are held against one another; chosen on projects left out of the sayings.
const (
	sharedPrior = 10  // as many more senses that share nothing are taken to be there
	ownPrior    = 20  // as many more of each language that share what all do
	nearMost    = 5   // others that a sense is drawn to
	nearPrior   = 10  // it is drawn by n/(n+10) of what it would be among very many
	nearSharp   = 10  // how much more to the nearest
	nearFrom    = 0.3 // the likeness of a stranger that takes its share as well
)

// Among returns senses as they stand among one another, in the same order: of what people say in one engagement, about one project. What all of them share says what
// the project is, not why somebody is against it: it is taken off, and so is what those in each language share beyond that, the less of it the fewer they are.
// Then each is drawn to the few that are nearest to it ("query expansion", Chum et al., "Total recall", ICCV 2007), so that two that share little but say what a third says come together.
// Their likeness tells more than that of the senses alone, and is comparable only with one another. Cost is quadratic.
func Among(list []Sense) []Sense {
	out, _, _ := among(context.Background(), list, func(float64) {}) // fails only if ctx is done
	return out
}

// among is Among, unless ctx is done. It tells its progress, and returns what was taken off as well.
func among(ctx context.Context, list []Sense, progress func(share float64)) ([]Sense, *shared, error) {
	off := sharedBy(list)
	alone, out := make([]Sense, len(list)), make([]Sense, len(list))
	for i, s := range list {
		alone[i] = off.from(s)
	}
	err := inParallel(ctx, len(list), func(i int) { out[i] = drawn(alone, i) }, progress)
	again := sharedBy(out)
	for i, s := range out {
		out[i] = again.from(s)
	}
	return out, off, err
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

// from returns a sense without what is shared. One that says no more than that stays as it is.
func (s *shared) from(x Sense) Sense {
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
	out := Sense{make([]float32, senseSize), x.lang}
	for i, y := range rest {
		out.direction[i] = float32(y / length)
	}
	return out
}

// drawn returns sense i of a list, drawn to those nearest to it.
func drawn(list []Sense, i int) Sense {
	s := list[i]
	if s.direction == nil {
		return s
	}
	var near [nearMost]struct {
		like float32
		of   []float32
	}
	for j, o := range list {
		if j == i || o.direction == nil {
			continue
		}
		like := inner(s.direction, o.direction)
		for k := range near { // of equals the first
			if near[k].of == nil || like > near[k].like {
				copy(near[k+1:], near[k:])
				near[k].like, near[k].of = like, o.direction
				break
			}
		}
	}
	out := Sense{make([]float32, senseSize), s.lang}
	copy(out.direction, s.direction)
	total := math.Exp(nearSharp * nearFrom)
	for _, n := range near {
		if n.of != nil {
			total += math.Exp(nearSharp * float64(n.like))
		}
	}
	total *= 1 + nearPrior/float64(len(list)) // among few, who is nearest is more of a chance
	for _, n := range near {
		if n.of == nil {
			break
		}
		share := float32(math.Exp(nearSharp*float64(n.like)) / total)
		for k, x := range n.of {
			out.direction[k] += float32(share * x)
		}
	}
	toLength(out.direction, 1)
	return out
}
