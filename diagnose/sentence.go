package diagnose

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/sentences"

	"parley"
)

// Sentences appends the sentences of text to dst: spans without the white space and list marks around
// them, each with at least one letter or digit. Boundaries are those of Unicode Standard Annex 29, with
// five differences: common abbreviations of English, Spanish and French do not end a sentence, nor do a line
// that a mail program has wrapped and a mark within an address of the web; what has no letters (an emoji, a lone
// mark) belongs to the sentence before it; and who begins in lower case goes on so after a point. Cost is linear.
func Sentences(dst []parley.Span, text string) []parley.Span {
	first := len(dst)
	read := unwrap(text)
	start := 0
	joined := false // the segment before ended in an abbreviation
	for end := 0; end < len(read); {
		if !joined {
			start = end
		}
		end += segment(read[end:])
		if end < len(read) && (endsInAbbreviation(read[start:end], read[end:]) || endsInAddress(read[start:end], read[end:])) {
			joined = true
			continue
		}
		joined = false
		dst = appendSentences(dst, first, text, start, end)
	}
	if joined {
		dst = appendSentences(dst, first, text, start, len(text))
	}
	return dst
}

// appendSentences appends text[start:end], or what it falls into if its writer begins sentences in lower case.
func appendSentences(dst []parley.Span, first int, text string, start, end int) []parley.Span {
	for beginsLower(text[start:end]) {
		n := lowerSegment(text[start:end])
		if start+n == end {
			break
		}
		dst = appendSentence(dst, first, text, start, start+n)
		start += n
	}
	return appendSentence(dst, first, text, start, end)
}

func beginsLower(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(strings.TrimLeftFunc(s, isBulletOrSpace), `¿¡"'«“(`))
	return unicode.IsLower(r)
}

// lowerSegment returns the length of the first sentence of s, where the next may begin in lower case too: it ends in a word
// of at least two letters that is no abbreviation, a point and a space.
func lowerSegment(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] != '.' || i == 0 || s[i-1] == '.' || i+1 == len(s) || s[i+1] != ' ' || !beginsLower(s[i+1:]) {
			continue
		}
		word := strings.ToLower(lastWord(s[:i]))
		if len(word) > 1 && !strings.Contains(word, ".") && !allDigits(word) && !titles[word] && !within[word] {
			return i + 1
		}
	}
	return len(s)
}

// segment returns the length of the first sentence of text, which is not empty, by Unicode Standard Annex 29. Most sentences end in
// a mark, a space and a capital, or where the line or the text does: they are told at a glance, and all others left to the library.
func segment(text string) int {
	for i := 0; i < len(text); {
		for i < len(text) && segmentClass[text[i]] == inside {
			i++
		}
		if i == len(text) {
			break
		}
		switch c := text[i]; segmentClass[c] {
		case endMark:
			for i < len(text) && segmentClass[text[i]] == endMark {
				i++
			}
			space := i
			for i < len(text) && text[i] == ' ' {
				i++
			}
			switch {
			case i == len(text) || i > space && text[i] >= 'A' && text[i] <= 'Z':
				return i
			case text[i] == '\n':
				return i + 1
			default:
				return segmentByLibrary(text)
			}
		default:
			if c == '\n' {
				return i + 1
			}
			r, size := utf8.DecodeRuneInString(text[i:])
			if !withinSentence(r) {
				return segmentByLibrary(text)
			}
			i += size
		}
	}
	return len(text)
}

func segmentByLibrary(text string) int {
	it := sentences.FromString(text)
	it.Next()
	return it.End()
}

// What a byte may be where sentences end.
const (
	unclear = iota // a line break, or beyond ASCII
	inside
	endMark
)

var segmentClass = func() (table [256]uint8) {
	for c := range utf8.RuneSelf {
		table[c] = inside
	}
	table['.'], table['!'], table['?'] = endMark, endMark, endMark
	table['\n'], table['\r'] = unclear, unclear
	return table
}()

// withinSentence reports whether r, beyond ASCII, is known never to end a sentence: letters and signs of European
// scripts, quotation marks, dashes and the ellipsis.
func withinSentence(r rune) bool {
	return r >= 0xA0 && r < 0x0500 || r >= 0x2010 && r < 0x2020 || r == '…'
}

// appendSentence appends text[start:end] less what surrounds it, or gives it to the sentence before if
// it holds no word.
func appendSentence(dst []parley.Span, first int, text string, start, end int) []parley.Span {
	s := text[start:end]
	trimmed := strings.TrimRightFunc(s, unicode.IsSpace)
	end = start + len(trimmed)
	body := strings.TrimLeftFunc(trimmed, isBulletOrSpace)
	start = end - len(body)
	if !hasWord(body) {
		if len(dst) > first && body != "" && !strings.Contains(text[dst[len(dst)-1].End:start], "\n") {
			dst[len(dst)-1].End = end
		}
		return dst
	}
	return append(dst, parley.Span{Start: start, End: end})
}

func isBulletOrSpace(r rune) bool {
	return unicode.IsSpace(r) || r == '-' || r == '*' || r == '•' || r == '·' || r == '–' || r == '—' || r == '>' ||
		r == '▪' || r == '◦' || r == '#' || r == '|'
}

func hasWord(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < utf8.RuneSelf {
			if asciiFold[c] != 0 {
				return true
			}
			continue
		}
		return strings.ContainsFunc(s[i:], func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	}
	return false
}

// unwrap returns text with the line breaks inside wrapped paragraphs as spaces, byte for byte.
func unwrap(text string) string {
	if !strings.Contains(text, "\n") {
		return text
	}
	var out []byte // a copy, made when the first break is replaced
	lineStart := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '\n' {
			continue
		}
		if softBreak(text[lineStart:i], text[i+1:]) {
			if out == nil {
				out = []byte(text)
			}
			out[i] = ' '
			if i > 0 && text[i-1] == '\r' {
				out[i-1] = ' '
			}
		}
		lineStart = i + 1
	}
	if out == nil {
		return text
	}
	return string(out)
}

// softBreak reports whether the break between line and rest is one that wrapping put there: the line
// is long or breaks off without an end mark, and the next one goes on in lower case or, after a long
// line, with anything but a list mark.
func softBreak(line, rest string) bool {
	line = strings.TrimRight(line, " \r\t")
	next := rest
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		next = rest[:i]
	}
	next = strings.TrimSpace(next)
	if line == "" || next == "" {
		return false
	}
	r, _ := utf8.DecodeRuneInString(next)
	if isBulletOrSpace(r) || startsNumbered(next) {
		return false
	}
	long := utf8.RuneCountInString(line) >= 55
	last := line[len(line)-1]
	ended := last == '.' || last == '!' || last == '?' || last == ':' || last == ';'
	if unicode.IsLower(r) {
		return long || !ended && utf8.RuneCountInString(line) >= 30
	}
	return long && !ended
}

// startsNumbered reports whether a line starts a numbered item: "1. ", "2) ", "a) ".
func startsNumbered(line string) bool {
	i := 0
	for i < len(line) && i < 3 && line[i] >= '0' && line[i] <= '9' {
		i++
	}
	if i == 0 && line[0] >= 'a' && line[0] <= 'z' {
		i = 1
		return len(line) > 2 && line[1] == ')' && line[2] == ' '
	}
	return i > 0 && i+1 < len(line) && (line[i] == '.' || line[i] == ')') && line[i+1] == ' '
}

// endsInAbbreviation reports whether s ends in an abbreviation that does not end the sentence when next
// follows: a title, an initial, the number of a list item, or one that stands before a number.
func endsInAbbreviation(s, next string) bool {
	end := len(s)
	for end > 0 && (s[end-1] == ' ' || s[end-1] == '\t') {
		end--
	}
	if end < 2 || s[end-1] != '.' || s[end-2] == '.' { // most sentences are decided here
		return false
	}
	t := s[:end]
	word := lastWord(t[:len(t)-1])
	if word == "" || strings.Contains(s[len(t):], "\n") {
		return false
	}
	if r, size := utf8.DecodeRuneInString(word); size == len(word) && unicode.IsUpper(r) && r != 'I' {
		return len(t) <= 3 || precededByName(t[:len(t)-len(word)-1]) || r == 'M' || r == 'D'
	}
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(next, " "))
	if allDigits(word) { // "1. First item"
		return len(t) == len(word)+1 && len(word) < 4
	}
	word = strings.ToLower(word)
	return titles[word] || beforeNumber[word] && (unicode.IsDigit(r) || r == '°')
}

// endsInAddress reports whether s breaks off within an address of the web, which goes on in next. Of the address before the mark it looks at
// the last 256 bytes.
func endsInAddress(s, next string) bool {
	if c := s[len(s)-1]; c != '?' && c != '!' {
		return false
	}
	r, _ := utf8.DecodeRuneInString(next)
	word := lastWord(s[max(0, len(s)-256):])
	return !unicode.IsSpace(r) && (strings.Contains(word, "://") || strings.HasPrefix(word, "www."))
}

// lastWord returns what of s follows its last white space or opening parenthesis.
func lastWord(s string) string {
	for i := len(s); i > 0; i-- {
		if c := s[i-1]; c == ' ' || c == '\t' || c == '\n' || c == '(' || c == 0xA0 && i > 1 && s[i-2] == 0xC2 {
			return s[i:]
		}
	}
	return s
}

// precededByName reports whether the last word of s starts in upper case, as in "John F. Kennedy".
func precededByName(s string) bool {
	s = strings.TrimRight(s, " ")
	r, _ := utf8.DecodeRuneInString(s[strings.LastIndexByte(s, ' ')+1:])
	return unicode.IsUpper(r)
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// titles are abbreviations that something always follows.
var titles = set("mr mrs ms dr dra prof sr sra srta srs sres dña ing lic arq mme mmes mlle mgr st ste hon rev gen col " +
	"capt lt sgt ee e.g i.e p.ej p.ex cf vs approx aprox ej atte dept dpto depto avda ud uds vd vds messrs drs")

// beforeNumber are abbreviations only where a number follows: elsewhere "no." ends a sentence.
var beforeNumber = set("no nos nr núm num nº n° art arts fig figs p pp pág págs pag vol tel tél ext cap chap ch sec réf ref av")

// within are abbreviations after which a sentence goes on in lower case.
var within = set("etc incl inc ltd resp min max mín máx avg hr hrs mins secs ca eg ie esp aka ref núm nbr tel ext env ex adj apt " +
	"jan feb mar apr jun jul aug sept sep oct nov dec mon tue wed thu fri sat sun")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
