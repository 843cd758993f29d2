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

// A window gives units of lines, and keeps the analyses of the lines used last.
type window struct {
	lines []Line
	kept  [16]struct {
		line int // counted from 1; 0 is none
		used int // number of the unit that used it last
		diagnose.Analysis
	}
	next  int
	units int
	prev  []*diagnose.Analysis
}

// unit returns line i with what stands around it. It holds until the next call.
func (w *window) unit(i int, c surround) diagnose.Unit {
	w.units++
	w.prev = w.prev[:0]
	for j := c.prevStart; j < c.prevEnd; j++ {
		w.prev = append(w.prev, w.at(j))
	}
	return diagnose.Unit{Self: w.at(i), Prev: w.prev, Own: w.at(c.own), Next: w.at(c.next), Next2: w.at(c.next2), Role: w.lines[i].Role}
}

// at returns the analysis of line i, nil for −1.
func (w *window) at(i int) *diagnose.Analysis {
	if i < 0 {
		return nil
	}
	for k := range w.kept {
		if a := &w.kept[k]; a.line == i+1 {
			a.used = w.units
			return &a.Analysis
		}
	}
	for w.kept[w.next].used == w.units { // a unit uses seven at most
		w.next = (w.next + 1) % len(w.kept)
	}
	a := &w.kept[w.next]
	a.line, a.used = i+1, w.units
	a.Analyze(w.lines[i].Text)
	return &a.Analysis
}
