package diagnose

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// A triangle has a number for each two of some things.
type triangle []float32

// row returns the numbers of thing i with those before it.
func (t triangle) row(i int) []float32 { return t[i*(i-1)/2:][:i:i] }

// of returns where the number of a and b is.
func (t triangle) of(a, b int) *float32 {
	if a < b {
		a, b = b, a
	}
	return &t[a*(a-1)/2+b]
}

// likes returns how alike each two of some senses are.
func likes(ctx context.Context, of []Sense, progress func(share float64)) (triangle, error) {
	n := len(of)
	t := make(triangle, n*(n-1)/2)
	return t, inParallel(ctx, n, func(i int) {
		i = n - 1 - i // the longest row first
		row := t.row(i)
		for j := range row {
			row[j] = inner(of[i].direction, of[j].direction)
		}
	}, progress)
}

// inParallel does the things 0…n−1 on all processors, unless ctx is done. It tells its progress.
func inParallel(ctx context.Context, n int, do func(i int), progress func(share float64)) error {
	var taken atomic.Int64
	work := func(progress func(float64)) {
		for ctx.Err() == nil {
			i := int(taken.Add(1)) - 1
			if i >= n {
				return
			}
			do(i)
			progress(float64(i+1) / float64(n))
		}
	}
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) - 1 {
		wg.Go(func() { work(func(float64) {}) })
	}
	work(progress) // by the caller itself, who need not fear to be told by two at once
	wg.Wait()
	return ctx.Err()
}

// linked groups n things by average linkage: the two groups are joined whose pairs are most alike on average, of equals those of lowest
// number, again and again, while that is at least least. Groups and what is in them are in order of number. It changes likes. Cost is
// about quadratic in n.
func linked(ctx context.Context, n int, likes triangle, least float64, progress func(share float64)) ([][]int, error) {
	l := newLinkage(n, likes)
	for {
		a := l.best()
		if a < 0 || l.like[a] < least {
			break
		}
		l.join(min(a, l.near[a]), max(a, l.near[a]))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		progress(1 - float64(len(l.left))/float64(n))
	}
	groups := slices.DeleteFunc(l.groups, func(g []int) bool { return g == nil })
	for _, g := range groups {
		slices.Sort(g)
	}
	return groups, nil
}

// A linkage is groups on the way to fewer. A group has the lowest number that is in it.
type linkage struct {
	groups [][]int   // by number, nil where there is none any more
	left   []int     // numbers of those that there are, in order
	likes  triangle  // sums of the likeness of the pairs between two groups
	near   []int     // by number: the group most alike, of equals the lowest; −1 if it is to be looked for again
	like   []float64 // how alike they are on average, or were: joining others never brings a group nearer to them
}

func newLinkage(n int, likes triangle) *linkage {
	l := &linkage{groups: make([][]int, n), left: make([]int, n), likes: likes, near: make([]int, n), like: make([]float64, n)}
	for i := range n {
		l.groups[i], l.left[i], l.near[i] = []int{i}, i, -1
		for j, like := range likes.row(i) {
			l.meet(i, j, float64(like))
			l.meet(j, i, float64(like))
		}
	}
	return l
}

// meet takes note of how alike group a is to b.
func (l *linkage) meet(a, b int, like float64) {
	if like > l.like[a] || like == l.like[a] && b < l.near[a] {
		l.near[a], l.like[a] = b, like
	}
}

// best returns a group that is most alike to its nearest, of equals the lowest, −1 if none is to any.
func (l *linkage) best() int {
	for {
		best := -1
		for _, a := range l.left {
			if l.like[a] > 0 && (best < 0 || l.like[a] > l.like[best]) {
				best = a
			}
		}
		if best < 0 || l.near[best] >= 0 {
			return best
		}
		l.like[best] = 0
		for _, b := range l.left {
			if b != best {
				l.meet(best, b, l.mean(best, b, *l.likes.of(best, b)))
			}
		}
	}
}

func (l *linkage) mean(a, b int, sum float32) float64 {
	return float64(sum) / float64(len(l.groups[a])*len(l.groups[b]))
}

// join makes groups a and b one, of which a is the lower.
func (l *linkage) join(a, b int) {
	l.groups[a] = append(l.groups[a], l.groups[b]...)
	l.groups[b] = nil
	at, _ := slices.BinarySearch(l.left, b)
	l.left = slices.Delete(l.left, at, at+1)
	l.near[a], l.like[a] = -1, 0
	for _, o := range l.left {
		if o == a {
			continue
		}
		sum := l.likes.of(a, o)
		*sum += *l.likes.of(b, o)
		like := l.mean(a, o, *sum)
		l.meet(a, o, like)
		switch l.near[o] {
		case a, b:
			l.near[o] = -1
		case -1:
		default:
			l.meet(o, a, like)
		}
	}
}
