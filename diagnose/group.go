package diagnose

import (
	"context"
	"slices"

	"parley/diagnose/internal/vec"
)

// linked groups senses by average linkage: the two groups are joined whose pairs are most alike on average, again and again, while that is at least least.
// near has the neighbours of each sense that are alike to it by as much: all, or for senses that have very many the nearest of them. Groups and what is in them are in
// order of number.
//
// It goes from any group to the one most alike to it, and on from there, until two are the most alike to each other: they would be joined
// sooner or later whatever else is, because joining others never brings a group nearer to them (Murtagh, "A survey of recent advances in hierarchical clustering algorithms", The
// Computer Journal 1983). Two groups are as alike as their mean directions, less what crowding takes off; they can only be joined if two in them are neighbours. Cost is about that of three products of directions for each neighbour, and quadratic where very many are alike.
func linked(ctx context.Context, of []Sense, near [][]neighbour, least float64, progress func(share float64)) ([][]int, error) {
	l := newLinkage(of, near, least)
	var chain []int
	for start := range of {
		if l.groups[start] != nil {
			chain = append(chain, start)
		}
		for len(chain) > 0 {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			last, before := chain[len(chain)-1], none
			if len(chain) > 1 {
				before = chain[len(chain)-2]
			}
			switch to := l.nearest(last, before); to {
			case none:
				chain = chain[:0] // it was the only one
			case before:
				chain = chain[:len(chain)-2]
				if i := slices.IndexFunc(chain, func(g int) bool { return g == last || g == before }); i >= 0 {
					chain = chain[:i] // where not all neighbours are kept, one may have come nearer
				}
				if joined := l.join(last, before); len(chain) == 0 {
					chain = append(chain, joined)
				}
			default:
				chain = append(chain, to)
			}
		}
		progress(float64(start+1) / float64(len(of)))
	}
	groups := slices.DeleteFunc(l.groups, func(g []int) bool { return g == nil })
	for _, g := range groups {
		slices.Sort(g)
	}
	return groups, nil
}

// none is the number of no group.
const none = -1

// A linkage is groups on the way to fewer. A group has the lowest number that is in it.
type linkage struct {
	groups [][]int    // by number, nil where there is none any more
	sums   vec.Matrix // of the directions in a group
	crowds []float64  // and of how crowded it is there
	went   []int32    // where a group went, itself if it is still there
	links  [][]int32  // the groups that one may be joined with, by the numbers that they had
	met    []int32    // the last search that came upon a group
	search int32
	least  float64
}

func newLinkage(of []Sense, near [][]neighbour, least float64) *linkage {
	n := len(of)
	l := &linkage{groups: make([][]int, n), sums: vec.Zeros(n, senseSize), crowds: make([]float64, n), went: make([]int32, n), links: make([][]int32, n), met: make([]int32, n), least: least}
	back := make([]int, n) // how many have one as a neighbour without being one of its
	isBack := func(i int, x neighbour) bool {
		others := near[x.number]
		return len(others) == 0 || nearer(others[len(others)-1], neighbour{int32(i), x.like}) < 0
	}
	for i, list := range near {
		for _, x := range list {
			if isBack(i, x) {
				back[x.number]++
			}
		}
	}
	for i, list := range near {
		l.groups[i], l.went[i] = []int{i}, int32(i)
		copy(l.sums.Row(i), of[i].direction)
		l.crowds[i] = float64(of[i].crowd)
		l.links[i] = make([]int32, 0, len(list)+back[i])
		for _, x := range list {
			l.links[i] = append(l.links[i], x.number)
		}
	}
	for i, list := range near {
		for _, x := range list {
			if isBack(i, x) {
				l.links[x.number] = append(l.links[x.number], int32(i))
			}
		}
	}
	return l
}

// nearest returns the group most alike to one, if that is at least least; of equals the one before, if there is one, or else the first.
func (l *linkage) nearest(group, before int) int {
	best, most := before, l.least
	if before != none {
		most = l.like(group, before)
	}
	l.search++
	l.met[group] = l.search
	kept := l.links[group][:0]
	for _, number := range l.links[group] {
		to := l.now(number)
		if l.met[to] == l.search {
			continue
		}
		l.met[to] = l.search
		like := l.like(group, int(to))
		if like < l.least {
			continue // and never will be more
		}
		kept = append(kept, to)
		if like > most || best == none {
			best, most = int(to), like
		}
	}
	l.links[group] = kept
	return best
}

// now returns the group that one went into.
func (l *linkage) now(group int32) int32 {
	for l.went[group] != group {
		l.went[group] = l.went[l.went[group]] // the shorter way next time
		group = l.went[group]
	}
	return group
}

// like returns how alike the pairs between two groups are, on average.
func (l *linkage) like(a, b int) float64 {
	m, n := float64(len(l.groups[a])), float64(len(l.groups[b]))
	return float64(inner(l.sums.Row(a), l.sums.Row(b)))/(m*n) - (l.crowds[a]/m + l.crowds[b]/n)
}

// join makes two groups one.
func (l *linkage) join(a, b int) int {
	a, b = min(a, b), max(a, b)
	l.groups[a] = append(l.groups[a], l.groups[b]...)
	l.links[a] = append(l.links[a], l.links[b]...)
	vec.Add(l.sums.Row(a), 1, l.sums.Row(b))
	l.crowds[a] += l.crowds[b]
	l.went[b], l.groups[b], l.links[b] = int32(a), nil, nil
	return a
}
