package diagnose

import (
	"math/bits"
	"strings"
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
	folded []byte
	tokens []token
	words  []gram // single words and pairs
	chars  []gram // 3 to 5 letters within a word, its ends included
	cues   []gram // categories of the lexicon, their order and pairs
	shape  []gram // length, punctuation, capitals, digits
}

// maxSentence is how many bytes of a sentence are looked at. No sentence that somebody says is longer.
const maxSentence = 8 << 10

// Analyze reads one sentence into a, of a very long one the first 8 KB. Cost is linear, and it allocates
// nothing once a has grown.
func (a *Analysis) Analyze(text string) {
	text = text[:min(len(text), maxSentence)]
	a.folded, a.tokens = fold(a.folded[:0], a.tokens[:0], text)
	a.analyzeWords()
	a.analyzeChars()
	a.analyzeCues(text)
	a.analyzeShape(text)
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
	mix       = 0x9E3779B97F4A7C15 // 2^64 / golden ratio, odd
)

func hashBytes(b []byte) uint64 {
	h := uint64(fnvOffset)
	for _, c := range b {
		h = (h ^ uint64(c)) * fnvPrime
	}
	return h
}

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
	a.words = a.words[:0]
	before := uint64(edge)
	for i, t := range a.tokens {
		h := hashBytes(a.folded[t.foldStart:t.foldEnd])
		a.words = append(a.words, gram{h, int32(i)}, gram{pair(before, h), int32(max(i-1, 0))})
		before = h
	}
	if len(a.tokens) > 0 {
		a.words = append(a.words, gram{pair(before, edge), int32(len(a.tokens) - 1)})
	}
}

func (a *Analysis) analyzeChars() {
	a.chars = a.chars[:0]
	for i, t := range a.tokens {
		// The spaces around a word in the folded text mark its ends.
		word := a.folded[t.foldStart-1 : t.foldEnd+1]
		for s := 0; s+3 <= len(word); s++ {
			h := uint64(fnvOffset)
			for n := 0; n < 5 && s+n < len(word); n++ {
				h = (h ^ uint64(word[s+n])) * fnvPrime
				if n >= 2 {
					a.chars = append(a.chars, gram{h, int32(i)})
				}
			}
		}
	}
}

func (a *Analysis) analyzeCues(text string) {
	a.cues = a.cues[:0]
	var all uint64
	last := -1
	covered := 0
	for i, t := range a.tokens {
		found, end := cues.match(a.folded, int(t.foldStart))
		if found == 0 {
			continue
		}
		all |= found
		for f := found; f != 0; f &= f - 1 {
			c := bits.TrailingZeros64(f)
			a.cues = append(a.cues, gram{uint64(c + 1), int32(i)})
			if last >= 0 && last != c && int(t.foldStart) >= covered {
				a.cues = append(a.cues, gram{pair(uint64(last+1), uint64(c+1)), int32(i)})
			}
		}
		last = bits.TrailingZeros64(found)
		covered = max(covered, end)
	}
	if strings.Contains(text, "?") {
		for f := all; f != 0; f &= f - 1 {
			a.cues = append(a.cues, gram{uint64(bits.TrailingZeros64(f)+1) << 8, -1})
		}
	}
	if all == 0 {
		a.cues = append(a.cues, gram{1 << 20, -1})
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

func (a *Analysis) analyzeShape(text string) {
	a.shape = a.shape[:0]
	add := func(question, value int) {
		a.shape = append(a.shape, gram{uint64(question)<<8 | uint64(value), -1})
	}
	var questions, exclamations, commas, digits, money, quotes, colons, emoji, upper, lower, dots, ellipses int
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z':
			lower++
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= '0' && c <= '9':
			digits++
		case c == '?':
			questions++
		case c == '!':
			exclamations++
		case c == ',' || c == ';':
			commas++
		case c == '$' || c == '%':
			money++
		case c == '"':
			quotes++
		case c == ':':
			colons++
		case c == '.':
			dots++
			if strings.HasPrefix(text[i:], "...") {
				ellipses++
			}
		case c == 0xF0: // the first byte of most emoji
			emoji++
		case c == 0xC2 || c == 0xE2:
			switch rest := text[i:]; {
			case strings.HasPrefix(rest, "…"):
				ellipses++
			case strings.HasPrefix(rest, "€"), strings.HasPrefix(rest, "£"):
				money++
			case strings.HasPrefix(rest, "“"), strings.HasPrefix(rest, "«"):
				quotes++
			}
		}
	}
	words := len(a.tokens)
	length := bits.Len(uint(words))
	add(shapeLength, length)
	add(shapeQuestion, min(questions, 2))
	add(shapeExclamation, min(exclamations, 2))
	add(shapeDigits, bits.Len(uint(digits)))
	add(shapeComma, min(commas, 3))
	if ellipses > 0 {
		add(shapeEllipsis, 1)
	}
	if money > 0 {
		add(shapeMoney, 1)
	}
	if upper > 4 && upper > lower {
		add(shapeCapitals, 1)
	}
	if quotes > 0 {
		add(shapeQuoteMarks, 1)
	}
	if colons > 0 {
		add(shapeColon, 1)
	}
	if emoji > 0 {
		add(shapeEmoji, 1)
	}
	if text != "" {
		if c := text[0]; c >= 'a' && c <= 'z' {
			add(shapeLowerStart, 1)
		}
		if last, _ := utf8.DecodeLastRuneInString(text); last < utf8.RuneSelf && asciiClass[last] != 0 {
			add(shapeNoEnd, min(dots, 1))
		}
	}
	if questions > 0 {
		add(shapeQuestion, 8+length)
	}
}
