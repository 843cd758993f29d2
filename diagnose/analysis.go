package diagnose

import (
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// A gram is one feature of a sentence before it is weighted: its hash, and the word of the sentence it
// came from (the first, where it spans several; -1 if none).
type gram struct {
	hash  uint64
	token int32
}

// An Analysis is what was seen in one sentence, apart from any context. Analyze fills it; it may be
// used again and then keeps its memory.
type Analysis struct {
	text   string
	folded []byte
	tokens []token
	words  []gram    // single words and pairs
	cues   []gram    // categories of the lexicon, their order and pairs
	shape  []gram    // length, punctuation, capitals, digits
	about  []gram    // concepts, and which follows which
	meant  []meaning // by token

	// What the scorer that last asked knows of the grams, by space.
	by      *Scorer
	moments [spaces]moment
	known   [spaces]bool
	letters []moment // by token, once Chars is known
}

// maxSentence is how many bytes of a sentence are looked at. No sentence that somebody says is longer.
const maxSentence = 8 << 10

// Analyze reads one sentence into a, of a very long one the first 8 KB. Cost is linear, and it allocates
// nothing once a has grown.
func (a *Analysis) Analyze(text string) {
	text = text[:min(len(text), maxSentence)]
	p := allPhrases()
	a.readWords(text)
	for i := range a.tokens {
		a.meant = append(a.meant, p.meaningOf(a.word(i), a.tokens[i].hash))
	}
	a.readMeanings(p, text)
}

// readWords reads the words of text into a.
func (a *Analysis) readWords(text string) {
	a.text = text
	a.folded, a.tokens = fold(a.folded[:0], a.tokens[:0], text)
	a.analyzeWords()
	a.meant = a.meant[:0]
	a.by = nil
}

// readMeanings reads the rest, where the words and what they mean are known.
func (a *Analysis) readMeanings(p phrases, text string) {
	asked := strings.Contains(text, "?")
	a.analyzeCues(p, asked)
	a.analyzeConcepts(p, asked)
	a.analyzeShape(text)
}

// phrases are all that are looked for in sentences.
type phrases struct {
	cues     *Lexicon
	concepts *Concepts
	openings *openings
}

var allPhrases = sync.OnceValue(func() phrases {
	p := phrases{cues(), concepts(), new(openings)}
	for i := range p.openings {
		p.openings[i] = p.cues.openings[i] | p.concepts.openings[i]
	}
	return p
})

// A meaning is what a word starts: the cues and concepts that it is by itself, and where the two tries go on with
// the words after it.
type meaning struct {
	cues      uint64
	cuesEnd   uint8  // length of the longest cue
	aboutEnd  uint8  // of the longest phrase of a concept
	about     uint16 // a set of concepts
	cuesNext  uint16 // nodes of the tries, 0 if no more words may follow
	aboutNext uint32
	stems     bool // whether phrases go on with the beginning of a word, which openings do not tell
}

// meaningOf returns the meaning of a word as Analysis.word gives it, which has this hash.
func (p phrases) meaningOf(word []byte, hash uint64) (m meaning) {
	var end int
	m.cues, end, m.cuesNext = p.cues.follow(0, word[1:])
	m.cuesEnd = uint8(end)
	m.about, m.aboutEnd, m.aboutNext = p.concepts.follow(0, word[1:])
	m.stems = p.openings.has(anyAfter(hash))
	return m
}

// goesOn reports whether a phrase that starts at token i may go on with the next: most that might do not.
func (a *Analysis) goesOn(p phrases, i int) bool {
	two := 2*i + 3 // the pair of both in words
	return two < len(a.words) && (p.openings.has(a.words[two].hash) || a.meant[i].stems)
}

// cuesAt returns the cues that start at token i, as Lexicon.match does.
func (a *Analysis) cuesAt(p phrases, i int) (categories uint64, end int) {
	m, t := &a.meant[i], &a.tokens[i]
	categories, end = m.cues, int(t.foldStart)+int(m.cuesEnd)
	if m.cuesNext != 0 && a.goesOn(p, i) {
		more, length, _ := p.cues.follow(m.cuesNext, a.folded[t.foldEnd+1:])
		if more != 0 {
			categories, end = categories|more, int(t.foldEnd)+1+length
		}
	}
	return categories, end
}

// aboutAt returns the set of concepts that start at token i, and its end as Concepts.match does.
func (a *Analysis) aboutAt(p phrases, i int) (set uint16, end int) {
	m, t := &a.meant[i], &a.tokens[i]
	set, length := m.about, m.aboutEnd
	if m.aboutNext != 0 && a.goesOn(p, i) {
		set, length, _ = p.concepts.follow(m.aboutNext, a.folded[t.foldEnd+1:])
	}
	return set, int(t.foldStart) + int(length)
}

// grams returns those of space sp that a has in itself; of Prev and PrevCues, as a sentence of the turn before.
func (a *Analysis) grams(sp Space) []gram {
	switch sp {
	case Words, Prev:
		return a.words
	case Cues, PrevCues:
		return a.cues
	case About:
		return a.about
	case Shape:
		return a.shape
	}
	return nil
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
	mix       = 0x9E3779B97F4A7C15 // 2^64 / golden ratio, odd
)

func hashString(s string) uint64 {
	h := uint64(fnvOffset)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

// pair combines two hashes so that order counts.
func pair(a, b uint64) uint64 { return (bits.RotateLeft64(a, 23) ^ b) * mix }

const edge = 0x51ED270B // stands for the word before the first and after the last

func (a *Analysis) analyzeWords() {
	n := 2 * len(a.tokens)
	a.words = slices.Grow(a.words[:0], n+1)[:n]
	before := uint64(edge)
	for i := range a.tokens {
		h := a.tokens[i].hash
		two := a.words[2*i:][:2]
		two[0] = gram{h, int32(i)}
		two[1] = gram{pair(before, h), int32(max(i-1, 0))}
		before = h
	}
	if n > 0 {
		a.words = append(a.words, gram{pair(before, edge), int32(len(a.tokens) - 1)})
	}
}

// word returns token i in folded form, with the spaces around it, which mark its ends.
func (a *Analysis) word(i int) []byte {
	t := a.tokens[i]
	return a.folded[t.foldStart-1 : t.foldEnd+1]
}

// appendLetters appends the grams of 3 to 5 letters of a word as Analysis.word gives it.
func appendLetters(dst []gram, word []byte, token int32) []gram {
	for s := 0; s+3 <= len(word); s++ {
		h := uint64(fnvOffset)
		for n := 0; n < 5 && s+n < len(word); n++ {
			h = (h ^ uint64(word[s+n])) * fnvPrime
			if n >= 2 {
				dst = append(dst, gram{h, token})
			}
		}
	}
	return dst
}

func (a *Analysis) analyzeCues(p phrases, asked bool) {
	a.cues = a.cues[:0]
	var all uint64
	last := -1
	covered := 0
	for i := range a.tokens {
		found, end := a.cuesAt(p, i)
		if found == 0 {
			continue
		}
		all |= found
		for f := found; f != 0; f &= f - 1 {
			c := bits.TrailingZeros64(f)
			a.cues = append(a.cues, gram{uint64(c + 1), int32(i)})
			if last >= 0 && last != c && int(a.tokens[i].foldStart) >= covered {
				a.cues = append(a.cues, gram{pair(uint64(last+1), uint64(c+1)), int32(i)})
			}
		}
		last = bits.TrailingZeros64(found)
		covered = max(covered, end)
	}
	if asked {
		for f := all; f != 0; f &= f - 1 {
			a.cues = append(a.cues, gram{uint64(bits.TrailingZeros64(f)+1) << 8, -1})
		}
	}
	if all == 0 {
		a.cues = append(a.cues, gram{1 << 20, -1})
	}
}

func (a *Analysis) analyzeConcepts(p phrases, asked bool) {
	a.about = a.about[:0]
	var before []mention
	covered := 0
	for i := range a.tokens {
		set, end := a.aboutAt(p, i)
		if set == 0 {
			continue
		}
		found := p.concepts.set(set)
		for _, m := range found {
			c := uint64(m.concept() + 1)
			a.about = append(a.about, gram{c, int32(i)})
			if asked {
				a.about = append(a.about, gram{c << 16, -1})
			}
			if int(a.tokens[i].foldStart) < covered {
				continue
			}
			for _, b := range before[:min(len(before), 2)] {
				a.about = append(a.about, gram{pair(uint64(b.concept()+1), c), int32(i)})
			}
		}
		before, covered = found, max(covered, end)
	}
}

// Shape features; each is one value of one question about the sentence.
const (
	shapeLength = iota + 1
	shapeQuestion
	shapeExclamation
	shapeEllipsis
	shapeDigits
	shapeMoney
	shapeComma
	shapeCapitals
	shapeLowerStart
	shapeQuoteMarks
	shapeEmoji
	shapeColon
	shapeNoEnd
)

// A mark is a kind of byte whose number in a sentence is looked at.
type mark uint8

const (
	other mark = iota
	lower
	upper
	digit
	question
	exclamation
	comma
	money
	quote
	colon
	dot
	emoji
	wide // the first byte of what may be an ellipsis, a currency or a quotation mark
	marks
)

var markOf = func() (table [256]mark) {
	for c := 'a'; c <= 'z'; c++ {
		table[c], table[c-'a'+'A'] = lower, upper
	}
	for c := '0'; c <= '9'; c++ {
		table[c] = digit
	}
	for c, m := range map[byte]mark{
		'?': question, '!': exclamation, ',': comma, ';': comma, '$': money, '%': money, '"': quote, ':': colon, '.': dot,
		0xF0: emoji, 0xC2: wide, 0xE2: wide, // 0xF0 is the first byte of most emoji
	} {
		table[c] = m
	}
	return table
}()

func (a *Analysis) analyzeShape(text string) {
	a.shape = a.shape[:0]
	add := func(question, value int) {
		a.shape = append(a.shape, gram{uint64(question)<<8 | uint64(value), -1})
	}
	var n [marks]int // of those that are looked at
	for i := range len(text) {
		if m := markOf[text[i]]; m > lower {
			n[m]++
		}
	}
	ellipsis := n[dot] > 2 && strings.Contains(text, "...")
	if n[wide] > 0 {
		ellipsis = ellipsis || strings.Contains(text, "…")
		n[money] += strings.Count(text, "€") + strings.Count(text, "£")
		n[quote] += strings.Count(text, "“") + strings.Count(text, "«")
	}
	length := bits.Len(uint(len(a.tokens)))
	add(shapeLength, length)
	add(shapeQuestion, min(n[question], 2))
	add(shapeExclamation, min(n[exclamation], 2))
	add(shapeDigits, bits.Len(uint(n[digit])))
	add(shapeComma, min(n[comma], 3))
	for _, x := range []struct {
		shape int
		holds bool
	}{
		{shapeEllipsis, ellipsis}, {shapeMoney, n[money] > 0}, {shapeCapitals, n[upper] > 4 && n[upper] > countLower(text)},
		{shapeQuoteMarks, n[quote] > 0}, {shapeColon, n[colon] > 0}, {shapeEmoji, n[emoji] > 0},
		{shapeLowerStart, text != "" && markOf[text[0]] == lower},
	} {
		if x.holds {
			add(x.shape, 1)
		}
	}
	if last, _ := utf8.DecodeLastRuneInString(text); last == '\'' || last < utf8.RuneSelf && asciiFold[last] != 0 {
		add(shapeNoEnd, min(n[dot], 1))
	}
	if n[question] > 0 {
		add(shapeQuestion, 8+length)
	}
}

// countLower returns how many of the letters a to z text has.
func countLower(text string) (n int) {
	for i := range len(text) {
		if markOf[text[i]] == lower {
			n++
		}
	}
	return n
}
