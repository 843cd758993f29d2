package train

import "parley/diagnose"

// surround says where, among the lines, a line's context stands: indexes, -1 for none.
type surround struct {
	prevStart, prevEnd int // lines of the turn before by another speaker: [prevStart, prevEnd)
	own, next, next2   int
}

// prevMost is how many sentences of the turn before are looked at, the last ones.
const prevMost = 3

// contexts finds the context of every line. A turn is the consecutive lines of one dialogue with the
// same turn and speaker.
func contexts(lines []Line) []surround {
	out := make([]surround, len(lines))
	start := 0
	for start < len(lines) {
		end := start + 1
		for end < len(lines) && lines[end].Dialogue == lines[start].Dialogue && lines[start].Dialogue != "" {
			end++
		}
		dialogueContexts(lines[start:end], start, out[start:end])
		start = end
	}
	return out
}

func dialogueContexts(lines []Line, offset int, out []surround) {
	lastBy := map[string]int{} // the last line of each speaker
	turnStart := 0
	prevStart, prevEnd := 0, 0 // the turn before the current one
	for i, l := range lines {
		if i > 0 && (l.speaker() != lines[i-1].speaker() || l.Turn != lines[i-1].Turn) {
			if l.speaker() != lines[i-1].speaker() {
				prevStart, prevEnd = turnStart, i
			}
			turnStart = i
		}
		c := surround{prevStart: max(prevStart, prevEnd-prevMost) + offset, prevEnd: prevEnd + offset, own: -1, next: -1, next2: -1}
		if j, ok := lastBy[l.speaker()]; ok {
			c.own = j + offset
		}
		if i+1 < len(lines) {
			c.next = i + 1 + offset
		}
		if i+2 < len(lines) {
			c.next2 = i + 2 + offset
		}
		out[i] = c
		lastBy[l.speaker()] = i
	}
}

// unit fills u with the line of r and what stands around it.
func unit(u *diagnose.Unit, lines []Line, analyses []diagnose.Analysis, c surround, r row) {
	*u = diagnose.Unit{Self: &analyses[r.line], Prev: u.Prev[:0]}
	if r.hidden < role {
		u.Role = lines[r.line].Role
	}
	if r.hidden == all {
		return
	}
	for j := c.prevStart; j < c.prevEnd; j++ {
		u.Prev = append(u.Prev, &analyses[j])
	}
	if c.own >= 0 {
		u.Own = &analyses[c.own]
	}
	if c.next >= 0 {
		u.Next = &analyses[c.next]
	}
	if c.next2 >= 0 {
		u.Next2 = &analyses[c.next2]
	}
}
