package diagnose

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"parley/diagnose/internal/vec"
)

// A neighbour is one of some senses that is near to another of them.
type neighbour struct {
	number int32
	like   float32
}

// nearTile is how many senses are held against as many at a time.
const nearTile = 128

// neighbours returns, for each sense, the others that are alike to it by at least from, the most alike first, of equals the lowest number; at most some of them.
// A sense that says nothing is near to none. Cost is quadratic.
func neighbours(ctx context.Context, of []Sense, most int, from float32, progress func(share float64)) ([][]neighbour, error) {
	rows := vec.Zeros(len(of), senseSize)
	for i, s := range of {
		copy(rows.Row(i), s.direction)
	}
	near := make([][]neighbour, len(of))
	tiles := (len(of) + nearTile - 1) / nearTile
	tile := func(n int) (first, last int) { return n * nearTile, min((n+1)*nearTile, len(of)) }
	return near, inParallel(ctx, tiles, func(n int) {
		first, last := tile(n)
		found := slices.Repeat([]nearest{{most: most, from: from}}, last-first)
		room := vec.Zeros(nearTile, nearTile)
		for m := range tiles {
			start, end := tile(m)
			likes := vec.Matrix{Rows: last - first, Cols: end - start, Data: room.Data[:(last-first)*(end-start)]}
			clear(likes.Data)
			vec.AddProduct(likes, rows.Part(first, last), rows.Part(start, end))
			for i := range found {
				if of[first+i].direction == nil {
					continue
				}
				for j, like := range likes.Row(i) {
					like -= of[first+i].crowd + of[start+j].crowd
					if like >= found[i].from && start+j != first+i && of[start+j].direction != nil {
						found[i].add(neighbour{int32(start + j), like})
					}
				}
			}
		}
		for i := range found {
			found[i].shorten()
			near[first+i] = slices.Clone(found[i].list)
			for k, x := range near[first+i] { // as every processor has their likeness
				near[first+i][k].like = of[first+i].like(of[x.number])
			}
			slices.SortFunc(near[first+i], nearer)
		}
	}, progress)
}

// nearest keeps the most alike of the neighbours it is given, in order of their numbers.
type nearest struct {
	list []neighbour
	most int
	from float32 // those that are less alike are not wanted
}

func (n *nearest) add(x neighbour) {
	n.list = append(n.list, x)
	if len(n.list) == 2*n.most {
		n.shorten()
		n.from = math.Nextafter32(n.list[len(n.list)-1].like, 2) // of equals, the first stay
	}
}

func (n *nearest) shorten() {
	slices.SortFunc(n.list, nearer)
	n.list = n.list[:min(n.most, len(n.list))]
}

// nearer is the order of neighbours.
func nearer(a, b neighbour) int {
	switch {
	case a.like > b.like:
		return -1
	case a.like < b.like:
		return 1
	}
	return int(a.number) - int(b.number)
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
