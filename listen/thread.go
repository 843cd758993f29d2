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
}

// A threader holds up to window mails, and gives them on in thread order: a thread where its first
// mail's time puts it, each answer after the mail it answers.
type threader struct {
	s      *source
	window int
	held   []mail
	bytes  int
}

func (t *threader) add(m mail) {
	t.held = append(t.held, m)
	t.bytes += len(m.Text)
	if len(t.held) >= t.window || t.bytes >= t.s.o.maxPart() {
		t.flush()
	}
}

func (t *threader) flush() {
	for _, m := range inThreadOrder(t.held) {
		if !t.s.send(m) {
			break
		}
	}
	t.held, t.bytes = t.held[:0], 0
}

// inThreadOrder sets ReplyTo of each mail to the nearest of its references that is known, else the
// nearest there is, and returns the mails in thread order. A mail without a time stands where the file
// has it. Mails that claim to answer one another in a circle stand as if the first answered nobody.
func inThreadOrder(mails []mail) []parley.Message {
	byID := make(map[string]int, len(mails))
	when := make([]time.Time, len(mails))
	var last time.Time
	for i := range mails {
		if id := mails[i].ID; id != "" {
			if _, again := byID[id]; !again {
				byID[id] = i
			}
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
		if len(refs) > 0 {
			mails[i].ReplyTo = refs[len(refs)-1]
		}
		for r := len(refs) - 1; r >= 0; r-- {
			if p, ok := byID[refs[r]]; ok && p != i {
				parent[i] = p
				mails[i].ReplyTo = refs[r]
				break
			}
		}
	}
	breakCircles(parent)
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

// breakCircles cuts each circle of parents at its first mail.
func breakCircles(parent []int) {
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
		}
		for _, p := range path {
			state[p] = 2
		}
	}
}
