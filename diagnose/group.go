package diagnose

import (
	"cmp"
	"container/heap"
	"slices"
)

// An Edge says that of two things, by number, the first lower, one is like the other.
type Edge struct {
	A, B int
	Like float64 // 0…1
}

// Neighbours returns which of the senses are alike by at least least, which is at least 0.15, in order of their numbers. Senses meet
// by the grounds that both rest on: an inverted index, so that those that have none in common cost nothing. With exact, no
// such pair is missed. Without, a sense meets others by its three likeliest grounds alone and keeps its
// nearest 48 by them, which is for tens of thousands and more.
func Neighbours(senses []Sense, least float64, exact bool) []Edge {
	posting := make([][]groundPosting, maxGrounds+1)
	near := make([]float32, len(senses))
	var met []int
	var edges, own []Edge
	for i, s := range senses {
		met = met[:0]
		for _, g := range s.meets(exact) {
			for _, p := range posting[g.ground] {
				if near[p.at] == 0 {
					met = append(met, int(p.at))
				}
				near[p.at] += g.root * p.root
			}
		}
		own = own[:0]
		if !exact && len(met) > nearestMost {
			slices.SortFunc(met, func(a, b int) int { return cmp.Or(cmp.Compare(near[b], near[a]), a-b) })
			for _, j := range met[nearestMost:] {
				near[j] = 0
			}
			met = met[:nearestMost]
		}
		for _, j := range met {
			if float64(near[j]) >= leastAgree { // else that is how alike they are
				if like := senses[j].Alike(s); like >= least {
					own = append(own, Edge{j, i, like})
				}
			}
			near[j] = 0
		}
		slices.SortFunc(own, func(a, b Edge) int { return a.A - b.A })
		edges = append(edges, own...)
		for _, g := range s.meets(exact) {
			posting[g.ground] = append(posting[g.ground], groundPosting{int32(i), g.root})
		}
	}
	return edges
}

// nearestMost is how many neighbours of lower number a sense keeps where not every pair counts.
const nearestMost = 48

type groundPosting struct {
	at   int32
	root float32
}

// meets returns the grounds by which a sense meets others.
func (s Sense) meets(exact bool) []groundOf {
	if exact || len(s.shares) <= 3 {
		return s.shares
	}
	top := slices.Clone(s.shares)
	slices.SortStableFunc(top, func(a, b groundOf) int { return cmp.Compare(b.root, a.root) })
	return top[:3]
}

// linked groups n things by average linkage: the two groups are joined whose pairs are most alike on average, again and again, while that is at
// least least. Pairs without an edge are not alike at all. Groups and what is in them are in order of number. Cost is
// about linear in the edges, times the logarithm of their number.
func linked(n int, edges []Edge, least float64) [][]int {
	groups := make([][]int, n)
	sums := make([]map[int]float64, n) // by group: the likeness of all pairs with another
	for i := range n {
		groups[i], sums[i] = []int{i}, map[int]float64{}
	}
	var queue edgeQueue
	for _, e := range edges {
		sums[e.A][e.B], sums[e.B][e.A] = e.Like, e.Like
		if e.Like >= least {
			queue = append(queue, e)
		}
	}
	heap.Init(&queue)
	for len(queue) > 0 {
		e := heap.Pop(&queue).(Edge)
		a, b := e.A, e.B
		if groups[a] == nil || groups[b] == nil || e.Like != sums[a][b]/float64(len(groups[a])*len(groups[b])) {
			continue // of groups that have been joined to others since
		}
		groups[a] = append(groups[a], groups[b]...)
		delete(sums[a], b)
		for o, sum := range sums[b] {
			if o == a {
				continue
			}
			sums[a][o] += sum
			sums[o][a] = sums[a][o]
			delete(sums[o], b)
		}
		groups[b], sums[b] = nil, nil
		for o, sum := range sums[a] {
			if like := sum / float64(len(groups[a])*len(groups[o])); like >= least {
				heap.Push(&queue, Edge{min(a, o), max(a, o), like})
			}
		}
	}
	groups = slices.DeleteFunc(groups, func(g []int) bool { return g == nil })
	for _, g := range groups {
		slices.Sort(g)
	}
	return groups
}

// An edgeQueue is a heap with the most alike first; of equals, those of lowest number.
type edgeQueue []Edge

func (q edgeQueue) Len() int      { return len(q) }
func (q edgeQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *edgeQueue) Push(x any)   { *q = append(*q, x.(Edge)) }

func (q edgeQueue) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[j].Like, q[i].Like), q[i].A-q[j].A, q[i].B-q[j].B) < 0
}

func (q *edgeQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
