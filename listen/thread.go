package listen

import (
	"sort"
	"time"

	"parley"
)

// A mail is a message with what ties it to others.
type mail struct {
	parley.Message
	references []string // oldest first, In-Reply-To last
	size       int      // bytes of it in the input
}

// A threader holds up to window mails, and gives them on in thread order: a thread where its first
// mail's time puts it, each answer after the mail it answers.
type threader struct {
	s      *source
	window int
	held   []mail
	bytes  int // of their texts
	size   int // of them in the input
}

func (t *threader) add(m mail) {
	t.held = append(t.held, m)
	t.bytes += len(m.Text)
	t.size += m.size
	if len(t.held) >= t.window || t.bytes >= t.s.o.maxPart() {
		t.flush()
	}
}

func (t *threader) flush() {
	list := inThreadOrder(t.held)
	for i, m := range list {
		if t.s.o.Waiting != nil {
			t.s.o.Waiting(t.size / len(list) * (len(list) - 1 - i))
		}
		if !t.s.send(m) {
			break
		}
	}
	t.held, t.bytes, t.size = t.held[:0], 0, 0
}

// inThreadOrder sets ReplyTo of each mail to the nearest of its references that is known, else the
// nearest there is, and returns the mails in thread order. A mail without a time stands where the file
// has it. Mails that claim to answer one another in a circle stand as if the first answered nobody.
func inThreadOrder(mails []mail) []parley.Message {
	mails = dropCopies(mails)
	byID := make(map[string]int, len(mails))
	when := make([]time.Time, len(mails))
	var last time.Time
	for i := range mails {
		if id := mails[i].ID; id != "" {
			byID[id] = i
		}
		if !mails[i].Time.IsZero() {
			last = mails[i].Time
		}
		when[i] = last
	}
	parent := make([]int, len(mails))
	for i := range mails {
		parent[i] = -1
		refs := mails[i].references
		if last := len(refs) - 1; last >= 0 && refs[last] != mails[i].ID {
			mails[i].ReplyTo = refs[last]
		}
		for r := len(refs) - 1; r >= 0; r-- {
			if p, ok := byID[refs[r]]; ok && p != i {
				parent[i] = p
				mails[i].ReplyTo = refs[r]
				break
			}
		}
	}
	for _, i := range breakCircles(parent) {
		mails[i].ReplyTo = ""
	}
	children := make([][]int, len(mails))
	var roots []int
	for i, p := range parent {
		if p < 0 {
			roots = append(roots, i)
		} else {
			children[p] = append(children[p], i)
		}
	}
	byTime := func(list []int) {
		sort.SliceStable(list, func(a, b int) bool { return when[list[a]].Before(when[list[b]]) })
	}
	out := make([]parley.Message, 0, len(mails))
	byTime(roots)
	stack := make([]int, 0, len(mails))
	for r := len(roots) - 1; r >= 0; r-- {
		stack = append(stack, roots[r])
	}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		out = append(out, mails[i].Message)
		byTime(children[i])
		for c := len(children[i]) - 1; c >= 0; c-- {
			stack = append(stack, children[i][c])
		}
	}
	return out
}

// dropCopies drops the mails that were kept twice, as in an inbox and among those sent. Of different
// mails that share an id, the first keeps it.
func dropCopies(mails []mail) []mail {
	first := make(map[string]int, len(mails))
	kept := mails[:0]
	for _, m := range mails {
		i, again := first[m.ID]
		switch {
		case m.ID == "":
		case again && kept[i].Text == m.Text:
			continue
		case again:
			m.ID = ""
		default:
			first[m.ID] = len(kept)
		}
		kept = append(kept, m)
	}
	return kept
}

// breakCircles cuts each circle of parents at its first mail, and returns those.
func breakCircles(parent []int) (cut []int) {
	state := make([]byte, len(parent)) // 1: on the current path, 2: known to end
	for start := range parent {
		var path []int
		i := start
		for i >= 0 && state[i] == 0 {
			state[i] = 1
			path = append(path, i)
			i = parent[i]
		}
		if i >= 0 && state[i] == 1 {
			first := i
			for j := parent[i]; j != i; j = parent[j] {
				first = min(first, j)
			}
			parent[first] = -1
			cut = append(cut, first)
		}
		for _, p := range path {
			state[p] = 2
		}
	}
	return cut
}
