package listen

import (
	"strings"
	"time"
)

// A style is how a text tells its speakers apart.
type style int

const (
	freeStyle   style = iota // it does not: notes
	turnStyle                // "Name: text", with or without a clock before it
	chatStyle                // a date and time before each message
	headStyle                // who speaks, and mostly when, on lines of their own
	minuteStyle              // bullets and paragraphs, some attributed
	mailStyle                // mails as their programs copy, print and quote them, a header above each
)

// A textShape is what the start of a text says about the rest.
type textShape struct {
	style    style
	dayFirst bool // of 03/04, 3 is the day
	ofDay    bool // the clocks of heads are those of a day, and not of a recording
	split    bool // heads are on two lines: a name, and below it when
	bare     bool // heads are names and nothing else, below an empty line
}

// A tally counts what the lines of a text look like.
type tally struct {
	lines, headings, chats, turns, points, reported int

	names map[string]int // turns of each
	heads headTally
}

// shapeOf tells the style of a text from its first lines.
func shapeOf(text string) textShape {
	n := tally{names: map[string]int{}}
	sh := textShape{dayFirst: true}
	for line := range strings.Lines(text) {
		if line = clean(strings.TrimRight(line, "\r\n")); strings.TrimSpace(line) == "" {
			n.heads.blank = true
		} else {
			if m := find(chatLine(), clockStarts, line); m != nil && len(m[2]) == 2 && m[2] > "12" {
				sh.dayFirst = false
			}
			n.line(line)
			n.heads.blank = false
		}
	}
	heads := n.heads.count()
	repeated := 0
	for _, times := range n.names {
		if times > 1 {
			repeated += times
		}
	}
	switch {
	case n.chats >= 2 && n.chats*4 >= n.lines-n.chats/2 || n.chats >= 1 && n.chats == n.lines:
		sh.style = chatStyle
	case heads >= 2 && heads >= n.turns && heads*10 >= n.lines:
		sh.style = headStyle
		sh.split = n.heads.split > 0
		sh.bare = n.heads.bare()
		sh.ofDay = n.heads.ofDay()
	case n.points+n.reported >= 2 && n.points+n.reported >= n.turns && (n.points+n.reported)*3 >= n.lines-n.headings:
		sh.style = minuteStyle
	case n.turns >= 2 && (n.turns*8 >= n.lines || repeated >= 2) || n.turns >= 1 && n.turns == n.lines:
		sh.style = turnStyle
	}
	if blocks := headerBlocks(text); blocks >= 2 || blocks == 1 && sh.style == freeStyle {
		sh.style = mailStyle
	}
	return sh
}

// line counts one line that is not empty.
func (n *tally) line(line string) {
	n.lines++
	m := find(chatLine(), clockStarts, line)
	if m != nil {
		if _, _, ok := cutChat(m[8]); ok {
			n.chats++
			n.heads.words(line)
			return
		}
	}
	if n.heads.line(line) {
		return
	}
	if m != nil || tableRow().MatchString(line) || isMetadata(line) { // somebody joined a chat, a row, who was present
		n.lines--
	} else if find(heading(), "#", line) != nil {
		n.headings++
	} else if m := find(bullet(), bulletStarts, line); m != nil {
		if _, _, _, named := attributed(m[1]); named || reports(strings.ReplaceAll(m[1], "**", "")) {
			n.points++
		}
	} else if name, _, ok := turn(line); ok {
		n.turns++
		n.names[name]++
	} else if reports(line) {
		n.reported++
	}
}

// A headTally counts the heads that have words below them. One that a line of notes could look like ("10:30
// Coffee") counts only if some name comes twice, as in a conversation names do.
type headTally struct {
	clear int
	vague map[string]int
	split int // over two lines

	last   head
	open   bool           // last is the line before
	before string         // the line before
	blank  bool           // an empty line stands before the one that is read
	apart  bool           // and one before the line before
	names  map[string]int // that stand by themselves between an empty line and words
	isChat bool           // some tell a date or the half of a day
	clocks []time.Duration
}

// line counts a line if it is a head or belongs to one.
func (n *headTally) line(line string) bool {
	h, isHead := headOf(line, true)
	if !isHead && isStamp(line) {
		if !isHeadName(n.before) {
			return true // a clock between turns
		}
		h, isHead = head{name: n.before, clear: true}, true
		n.split++
	}
	if !isHead {
		n.words(line)
		return false
	}
	n.last, n.open, n.before = h, true, ""
	n.isChat = n.isChat || h.isChat
	if h.clock {
		n.clocks = append(n.clocks, h.offset)
	}
	if h.text != "" {
		n.words(h.text)
	}
	return true
}

// words counts the head before a line of words.
func (n *headTally) words(line string) {
	if n.open && n.last.clear {
		n.clear++
	} else if n.open {
		if n.vague == nil {
			n.vague = map[string]int{}
		}
		n.vague[n.last.name]++
	}
	if n.apart && !n.blank && isHeadName(n.before) {
		if n.names == nil {
			n.names = map[string]int{}
		}
		n.names[n.before]++
	}
	n.open, n.before, n.apart = false, strings.TrimSpace(line), n.blank || n.before == ""
}

// bare reports whether names by themselves are heads: two of them come again, as in a conversation and hardly in notes.
func (n *headTally) bare() bool {
	again := 0
	for _, times := range n.names {
		if times > 1 {
			again++
		}
	}
	return again > 1
}

// count returns how many heads there are.
func (n *headTally) count() int {
	all, twice := n.clear, false
	if n.bare() {
		for _, times := range n.names {
			all += times
		}
		return all
	}
	for _, times := range n.vague {
		all += times
		twice = twice || times > 1
	}
	if !twice {
		return n.clear
	}
	return all
}

// ofDay reports whether clocks without "am" and "pm" are those of a day, as some of the heads say or all of the
// clocks suggest: a recording begins at nought, a chat rarely before seven.
func (n *headTally) ofDay() bool {
	for _, c := range n.clocks { // as of minutes and seconds
		if c < 7*time.Minute || c >= 24*time.Minute {
			return n.isChat
		}
	}
	return n.isChat || len(n.clocks) > 0
}
