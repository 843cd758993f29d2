package train

import (
	"cmp"
	"slices"
)

const (
	nearLeast  = 5  // words a sentence has to be compared
	nearTenths = 6  // of Jaccard similarity, from which two sentences are near-duplicates
	nearWindow = 64 // how many earlier lines a line is compared with for each of its rare shingles
)

// Duplicates are sentences that are nearly the same. Two sentences of at least five words are
// near-duplicates if the sets of their pairs of neighbouring folded words, with a mark before the first and
// after the last, have a Jaccard similarity (common by all) of at least 0.6: in a sentence of seven words
// one word may differ.
//
// The pairs are found exactly, by prefix filtering (Chaudhuri, Ganti & Kaushik, "A primitive operator for
// similarity joins in data cleaning", ICDE 2006): two sets that are similar enough share one of their rarest
// members. Only where one of these stands in more than 64 lines, a line is compared with the nearest 64
// before it, and what is further away may be missed.
type Duplicates struct {
	Sentences int       `json:"sentences"` // of at least five words, less those held out
	Heldout   int       `json:"heldout"`   // the same of those
	Near      int       `json:"near"`      // of them, those with a near-duplicate
	Copies    int       `json:"copies"`    // pairs with the same words
	Within    int       `json:"within"`    // pairs in one dialogue
	Across    int       `json:"across"`    // pairs in two
	Leaks     int       `json:"leaks"`     // held-out sentences that are near-duplicates of one that is not
	Leaked    []Similar `json:"leaked"`    // pairs of them, the first of the pair not held out
	Examples  []Similar `json:"examples"`  // other pairs, those of two dialogues first
}

// A Similar is a pair of near-duplicates.
type Similar struct {
	Similarity float64 `json:"similarity"`
	A          Place   `json:"a"`
	B          Place   `json:"b"`
}

// shingles are the word pairs of lines.
type shingles struct {
	at     []int    // line i has all[at[i]:at[i+1]]
	all    []uint64 // sorted within a line, each once
	prefix []uint64 // by line, its rarest shingles
	from   []int    // line i has prefix[from[i]:from[i+1]]
}

// findDuplicates compares all lines; those from held on are held out.
func findDuplicates(t texts, held, examples int) Duplicates {
	var d Duplicates
	for i := range t.lines {
		switch {
		case len(t.of(i)) < nearLeast:
		case i < held:
			d.Sentences++
		default:
			d.Heldout++
		}
	}
	s := shingle(t)
	near := make([]bool, len(t.lines))
	leaks, pairs := topPairs{most: examples}, topPairs{most: examples}
	s.each(func(a, b int, similarity float64) {
		same := t.lines[a].Dialogue == t.lines[b].Dialogue && t.lines[a].Dialogue != ""
		p := pairOf{a, b, similarity, same}
		switch {
		case a >= held: // both held out
		case b >= held:
			if !near[b] {
				d.Leaks++
			}
			near[b] = true
			leaks.add(p)
		default:
			near[a], near[b] = true, true
			pairs.add(p)
			if same {
				d.Within++
			} else {
				d.Across++
			}
			if slices.Equal(t.of(a), t.of(b)) {
				d.Copies++
			}
		}
	})
	for i := range held {
		if near[i] {
			d.Near++
		}
	}
	d.Leaked, d.Examples = leaks.places(t), pairs.places(t)
	return d
}

func shingle(t texts) shingles {
	n := len(t.lines)
	s := shingles{at: make([]int, 1, n+1), from: make([]int, 1, n+1)}
	frequency := make([]uint32, 1<<20) // of shingles that share a slot: an order is all that is needed
	slot := func(k uint64) *uint32 { return &frequency[finish(k)>>44] }
	for i := range n {
		if words := t.of(i); len(words) >= nearLeast {
			start := len(s.all)
			before := uint32(0)
			for _, w := range words {
				s.all = append(s.all, uint64(before)<<32|uint64(w+1))
				before = w + 1
			}
			s.all = append(s.all, uint64(before)<<32)
			slices.Sort(s.all[start:])
			s.all = s.all[:start+len(slices.Compact(s.all[start:]))]
			for _, k := range s.all[start:] {
				*slot(k)++
			}
		}
		s.at = append(s.at, len(s.all))
	}
	var rare []uint64
	for i := range n {
		rare = append(rare[:0], s.of(i)...)
		slices.SortFunc(rare, func(a, b uint64) int { return cmp.Or(cmp.Compare(*slot(a), *slot(b)), cmp.Compare(a, b)) })
		if size := len(rare); size > 0 {
			s.prefix = append(s.prefix, rare[:size-ceilShare(size)+1]...)
		}
		s.from = append(s.from, len(s.prefix))
	}
	return s
}

func (s shingles) of(line int) []uint64 { return s.all[s.at[line]:s.at[line+1]] }

// ceilShare is the least number of members that a set near to one of size has in common with it.
func ceilShare(size int) int { return (size*nearTenths + 9) / 10 }

// each calls f for every pair of near-duplicates, a before b.
func (s shingles) each(f func(a, b int, similarity float64)) {
	postings := sortedPostings(s.prefix, s.from)
	place := make([]int32, len(postings)) // of each member of prefix in postings
	for i, p := range postings {
		place[p.member] = int32(i)
	}
	seen := make([]int32, len(s.at)) // by line, the line (from 1) it was last compared with
	for b := range len(s.at) - 1 {
		for m := s.from[b]; m < s.from[b+1]; m++ {
			at := int(place[m])
			for i := at - 1; i >= 0 && i >= at-nearWindow && postings[i].key == postings[at].key; i-- {
				a := int(postings[i].line)
				if seen[a] == int32(b+1) {
					continue
				}
				seen[a] = int32(b + 1)
				x, y := s.of(a), s.of(b)
				common := commonOf(x, y)
				if all := len(x) + len(y) - common; common*10 >= all*nearTenths {
					f(a, b, ratio(common, all))
				}
			}
		}
	}
}

// A posting is a member of a line's list, by key.
type posting struct {
	key          uint64
	line, member int32
}

// sortedPostings sorts the members of all lines by key, then line; line i has keys[from[i]:from[i+1]].
func sortedPostings(keys []uint64, from []int) []posting {
	out := make([]posting, 0, len(keys))
	for i := range len(from) - 1 {
		for m := from[i]; m < from[i+1]; m++ {
			out = append(out, posting{keys[m], int32(i), int32(m)})
		}
	}
	slices.SortFunc(out, func(a, b posting) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.member, b.member)) })
	return out
}

// commonOf counts what two sorted sets have in common.
func commonOf(a, b []uint64) int {
	n := 0
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			a, b = a[1:], b[1:]
			n++
		}
	}
	return n
}

type pairOf struct {
	a, b       int
	similarity float64
	same       bool // dialogue
}

// topPairs keeps the first pairs in the order of a report.
type topPairs struct {
	most int
	list []pairOf
}

func (t *topPairs) add(p pairOf) {
	t.list = append(t.list, p)
	if len(t.list) >= 1000+2*t.most {
		t.cut()
	}
}

func (t *topPairs) cut() {
	slices.SortFunc(t.list, func(x, y pairOf) int {
		if x.same != y.same {
			if x.same {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(y.similarity, x.similarity), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	t.list = t.list[:min(t.most, len(t.list))]
}

func (t *topPairs) places(x texts) []Similar {
	t.cut()
	out := make([]Similar, len(t.list))
	for i, p := range t.list {
		out[i] = Similar{p.similarity, placeOf(x.lines[p.a]), placeOf(x.lines[p.b])}
	}
	return out
}
