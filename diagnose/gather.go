package diagnose

import (
	"context"

	"parley"
)

// A gathering brings findings together, by their numbers.
type gathering struct {
	findings []parley.Finding
	groups   [][]int             // of those that say what they rest on
	kinds    map[[2]string][]int // of the others, by driver and subject
	progress func(share float64) // nil if nobody wants to know
	most     int                 // how many are compared each with each
	done     int                 // findings that are where they belong
}

// gatherAll brings all findings together.
func (g *gathering) gatherAll(ctx context.Context) error {
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
	groups, err := g.group(ctx, some)
	if err != nil {
		return nil, err
	}
	g.done += len(some)
	if len(others) == 0 {
		g.groups = append(g.groups, groups...)
		return nil, nil
	}
	p := g.profilesOf(groups)
	to := make([]int, len(others))
	err = inParallel(ctx, len(others), func() func(int) {
		likes := make([]float32, len(groups))
		return func(i int) { to[i] = p.nearest(likes, g.findings[others[i]]) }
	}, g.share(0, len(others)))
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

// group groups findings, each compared with each.
func (g *gathering) group(ctx context.Context, of []int) ([][]int, error) {
	all := make([]Sense, len(of))
	err := inParallel(ctx, len(of), func() func(int) {
		return func(i int) { all[i] = senseOf(g.findings[of[i]]) }
	}, g.share(0, len(of)/20))
	if err != nil {
		return nil, err
	}
	var senses []Sense
	var numbers []int
	for i, s := range all {
		if s.sure < unsureUpTo {
			g.addUnsure(of[i])
			continue
		}
		senses, numbers = append(senses, s), append(numbers, of[i])
	}
	likes, err := newCrowd(senses).likes(ctx, g.share(len(of)/20, len(of)*2/3))
	if err != nil {
		return nil, err
	}
	for i := range numbers {
		for j, row := 0, likes.row(i); j < i; j++ {
			if g.driver(numbers[i]) != g.driver(numbers[j]) {
				row[j] *= otherDriver
			}
		}
	}
	groups, err := linked(ctx, len(senses), likes, joinFrom, g.share(len(of)*2/3, len(of)))
	for _, group := range groups {
		for k, i := range group {
			group[k] = numbers[i]
		}
	}
	return groups, err
}

func senseOf(f parley.Finding) Sense { return SenseOf(f.Text(), f.Message.Lang) }

func (g *gathering) driver(n int) parley.Driver { return g.findings[n].Labels.Driver }

// addUnsure adds a finding that does not say what it rests on.
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
	unsure = -2 // it does not say what it rests on
)

// A profile is groups seen from a driver: by ground and group, the mean root of those in it, which counts less where their driver is another.
// Its product with the roots of a finding of that driver is how far this agrees with those in the group, on average.
type profile [maxGrounds + 1][]float32

type profiles map[parley.Driver]*profile

func (g *gathering) profilesOf(groups [][]int) profiles {
	p := profiles{}
	for _, d := range append([]parley.Driver{""}, parley.Drivers...) {
		p[d] = &profile{}
		for k := range p[d] {
			p[d][k] = make([]float32, len(groups))
		}
	}
	for k, group := range groups {
		for _, n := range group {
			for _, s := range senseOf(g.findings[n]).shares {
				for d := range p {
					root := s.root / float32(len(group))
					if d != g.driver(n) {
						root *= otherDriver
					}
					p[d][s.ground][k] += root
				}
			}
		}
	}
	return p
}

// nearest returns the number of the group that f agrees with most. It uses likes, which is as long as there are groups.
func (p profiles) nearest(likes []float32, f parley.Finding) int {
	s := senseOf(f)
	if s.sure < unsureUpTo {
		return unsure
	}
	clear(likes)
	of, ok := p[f.Labels.Driver]
	if !ok {
		of = p[""]
	}
	for _, g := range s.shares {
		for k, x := range of[g.ground] {
			likes[k] += float32(g.root * x)
		}
	}
	best := none
	for k, like := range likes {
		if like >= joinFrom && (best == none || like > likes[best]) {
			best = k
		}
	}
	return best
}
