package diagnose

import (
	"context"

	"parley"
)

// A gathering brings findings together, by their numbers.
type gathering struct {
	findings []parley.Finding
	senses   []Sense             // of findings, where they were asked for; of those in groups as they stand among one another
	groups   [][]int             // of those that say something that is known
	kinds    map[[2]string][]int // of the others, by driver and subject
	progress func(share float64) // nil if nobody wants to know
	most     int                 // how many are compared each with each
	done     int                 // findings that are where they belong
}

// gatherAll brings all findings together.
func (g *gathering) gatherAll(ctx context.Context) error {
	g.senses = make([]Sense, len(g.findings))
	rest := make([]int, len(g.findings))
	for i := range rest {
		rest[i] = i
	}
	for len(rest) > 0 {
		var err error
		if rest, err = g.gather(ctx, rest); err != nil {
			return err
		}
	}
	return nil
}

// gather groups some of the findings given with one another, brings the others to these groups, and returns those that go with none.
func (g *gathering) gather(ctx context.Context, of []int) (left []int, err error) {
	some, others := spaced(of, g.most)
	groups, off, err := g.group(ctx, some)
	if err != nil {
		return nil, err
	}
	g.done += len(some)
	if len(others) == 0 {
		g.groups = append(g.groups, groups...)
		return nil, nil
	}
	means := g.meansOf(groups)
	to := make([]int, len(others))
	err = inParallel(ctx, len(others), func(i int) { to[i] = nearest(means, off.from(g.sense(others[i]))) }, g.share(0, len(others)))
	for i, n := range others {
		switch k := to[i]; k {
		case unsure:
			g.addUnsure(n)
		case none:
			left = append(left, n)
		default:
			groups[k] = append(groups[k], n)
		}
	}
	g.done += len(others) - len(left)
	g.groups = append(g.groups, groups...)
	return left, err
}

// spaced takes n numbers out of a list, evenly spaced, or all if there are no more.
func spaced(list []int, n int) (some, others []int) {
	if len(list) <= n {
		return list, nil
	}
	for i, x := range list {
		if (i+1)*n/len(list) > i*n/len(list) {
			some = append(some, x)
		} else {
			others = append(others, x)
		}
	}
	return some, others
}

// group groups findings, each compared with each among all of them. It returns what was taken off their senses as well.
func (g *gathering) group(ctx context.Context, of []int) ([][]int, *shared, error) {
	err := inParallel(ctx, len(of), func(i int) { g.sense(of[i]) }, g.share(0, len(of)/10))
	if err != nil {
		return nil, nil, err
	}
	var senses []Sense
	var numbers []int
	for _, n := range of {
		if g.senses[n].direction == nil {
			g.addUnsure(n)
			continue
		}
		senses, numbers = append(senses, g.senses[n]), append(numbers, n)
	}
	standing, off, err := among(ctx, senses, g.share(len(of)/10, len(of)/2))
	if err != nil {
		return nil, nil, err
	}
	for i, n := range numbers {
		g.senses[n] = standing[i]
	}
	alike, err := likes(ctx, standing, g.share(len(of)/2, len(of)*3/4))
	if err != nil {
		return nil, nil, err
	}
	groups, err := linked(ctx, len(standing), alike, joinFrom, g.share(len(of)*3/4, len(of)))
	for _, group := range groups {
		for k, i := range group {
			group[k] = numbers[i]
		}
	}
	return groups, off, err
}

func senseOf(f parley.Finding) Sense { return SenseOf(f.Text(), f.Message.Lang) }

// sense returns the sense of finding n, and keeps it. Several may ask at once, but not about the same finding.
func (g *gathering) sense(n int) Sense {
	if g.senses[n].direction == nil {
		g.senses[n] = senseOf(g.findings[n])
	}
	return g.senses[n]
}

// addUnsure adds a finding that says nothing that is known.
func (g *gathering) addUnsure(n int) {
	l := g.findings[n].Labels
	kind := [2]string{string(l.Driver), string(l.Subject)}
	g.kinds[kind] = append(g.kinds[kind], n)
}

// share returns what tells progress from one number of findings to another beyond those that are done.
func (g *gathering) share(from, to int) func(float64) {
	if g.progress == nil {
		return func(float64) {}
	}
	return func(share float64) {
		g.progress((float64(g.done+from) + share*float64(to-from)) / float64(max(1, len(g.findings))))
	}
}

// Where a finding goes that goes to no group.
const (
	none   = -1
	unsure = -2 // it says nothing that is known
)

// meansOf returns the mean direction of those in each group. Its product with the direction of another finding is how alike this is to those in
// the group, on average. (The others are not drawn to their neighbours: that would cost as much as comparing all, and was no better.)
func (g *gathering) meansOf(groups [][]int) [][]float32 {
	means := make([][]float32, len(groups))
	for k, group := range groups {
		means[k] = make([]float32, senseSize)
		for _, n := range group {
			for i, x := range g.senses[n].direction {
				means[k][i] += x / float32(len(group))
			}
		}
	}
	return means
}

// nearest returns the number of the group that s is most alike to, by their means.
func nearest(means [][]float32, s Sense) int {
	if s.direction == nil {
		return unsure
	}
	best, most := none, float32(joinFrom)
	for k, mean := range means {
		if like := inner(s.direction, mean); like > most || like == most && best == none {
			best, most = k, like
		}
	}
	return best
}
