package train

import "parley/diagnose"

// A turn is lines: [start, end).
type turn struct{ start, end int }

// prevMost is how many sentences of the turn before are looked at, the last ones.
const prevMost = 3

// answered returns, for every line, the turn before it by another speaker, at most its last three lines; empty
// if there is none. A turn is the consecutive lines of one dialogue with the same turn and speaker.
func answered(lines []Line) []turn {
	out := make([]turn, len(lines))
	var now, before turn
	for i, l := range lines {
		switch {
		case i == 0 || l.Dialogue == "" || l.Dialogue != lines[i-1].Dialogue:
			now, before = turn{i, i}, turn{}
		case l.speaker() != lines[i-1].speaker():
			before, now = turn{now.start, i}, turn{i, i}
		case l.Turn != lines[i-1].Turn:
			now = turn{i, i}
		}
		out[i] = turn{max(before.start, before.end-prevMost), before.end}
	}
	return out
}

// A window gives units of lines, and keeps the analyses of the lines used last.
type window struct {
	lines   []Line
	encoded encoded
	kept    [8]struct {
		line int // counted from 1; 0 is none
		used int // number of the unit that used it last
		diagnose.Analysis
	}
	next  int
	units int
	prev  []*diagnose.Analysis
}

// unit returns line i, which answers a turn. It holds until the next call.
func (w *window) unit(i int, answers turn) diagnose.Unit {
	w.units++
	w.prev = w.prev[:0]
	for j := answers.start; j < answers.end; j++ {
		w.prev = append(w.prev, w.at(j))
	}
	return diagnose.Unit{Self: w.at(i), Prev: w.prev, Role: w.lines[i].Role, Kind: w.lines[i].Kind, Encoded: w.encoded.of(w.lines[i])}
}

// at returns the analysis of line i.
func (w *window) at(i int) *diagnose.Analysis {
	for k := range w.kept {
		if a := &w.kept[k]; a.line == i+1 {
			a.used = w.units
			return &a.Analysis
		}
	}
	for w.kept[w.next].used == w.units { // a unit uses four at most
		w.next = (w.next + 1) % len(w.kept)
	}
	a := &w.kept[w.next]
	a.line, a.used = i+1, w.units
	a.Analyze(w.lines[i].Text)
	return &a.Analysis
}
