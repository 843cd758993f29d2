package llm

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Mask hides names in texts, each behind the same sign wherever it stands, and shows them again. What it
// hides: the names it was told, addresses, links, long numbers, and words that begin with a capital within
// a sentence. A name that it was not told and that stands only at the start of sentences it does not see.
// It is not safe for concurrent use.
type Mask struct {
	signs map[string]string // by name in lower case
	names map[string]string // by sign
	known map[string]bool   // single words in lower case
}

// NewMask returns a mask that knows the names of people, each word of a name by itself as well.
func NewMask(names ...string) *Mask {
	m := &Mask{signs: map[string]string{}, names: map[string]string{}, known: map[string]bool{}}
	for _, name := range names {
		for _, word := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '’' && r != '\'' }) {
			if utf8.RuneCountInString(word) > 1 {
				m.known[strings.ToLower(word)] = true
			}
		}
	}
	return m
}

// Learn lets the mask know the words that begin with a capital within sentences of a text: so it will also
// see them at the start of one.
func (m *Mask) Learn(text string) {
	for _, at := range capitals.FindAllStringIndex(text, -1) {
		if word := text[at[0]:at[1]]; within(text, at[0]) && !common[strings.ToLower(word)] && !acronym(word) {
			m.known[strings.ToLower(word)] = true
		}
	}
}

var (
	addresses = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+|https?://\S+|www\.\S+|\+?\d[\d ().-]{6,}\d`)
	capitals  = regexp.MustCompile(`\p{Lu}[\p{L}’'-]*\p{L}|\p{Lu}`)
	words     = regexp.MustCompile(`\p{L}[\p{L}’'-]*\p{L}|\p{L}`)
	signed    = regexp.MustCompile(`\[NAME\d+\]`)
)

// common are words with a capital that name nobody.
var common = set(`i i'm i’m i'd i’d i'll i’ll i've i’ve monday tuesday wednesday thursday friday saturday sunday january february march april may june
	july august september october november december english spanish french ok`)

func set(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// acronym reports whether a word is all capitals and short, as ERP: what it names is no person.
func acronym(word string) bool {
	return len(word) <= 5 && strings.ToUpper(word) == word
}

// within reports whether what stands at byte i of text is not the start of a sentence.
func within(text string, i int) bool {
	before := strings.TrimRightFunc(text[:i], func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`"“«'‘(¿¡—–-*>`, r) })
	last, _ := utf8.DecodeLastRuneInString(before)
	return before != "" && !strings.ContainsRune(".!?…:\n", last)
}

// Hide returns text with signs such as [NAME3] for names.
func (m *Mask) Hide(text string) string {
	text = addresses.ReplaceAllStringFunc(text, m.sign)
	var b strings.Builder
	end := 0
	for _, at := range words.FindAllStringIndex(text, -1) {
		word := text[at[0]:at[1]]
		lower := strings.ToLower(word)
		first, _ := utf8.DecodeRuneInString(word)
		inside := inSign(text, at[0], at[1])
		name := m.known[lower] && unicode.IsUpper(first) || unicode.IsUpper(first) && within(text, at[0]) && !common[lower] && !acronym(word)
		if inside || !name {
			continue
		}
		b.WriteString(text[end:at[0]])
		b.WriteString(m.sign(word))
		end = at[1]
	}
	return b.String() + text[end:]
}

// inSign reports whether the word at text[start:end] is part of a sign.
func inSign(text string, start, end int) bool {
	return start > 0 && text[start-1] == '[' && text[start:end] == "NAME"
}

// sign returns the sign of a name.
func (m *Mask) sign(name string) string {
	key := strings.ToLower(name)
	s, ok := m.signs[key]
	if !ok {
		s = fmt.Sprintf("[NAME%d]", len(m.signs)+1)
		m.signs[key], m.names[s] = s, name
	}
	return s
}

// Show returns text with names for their signs.
func (m *Mask) Show(text string) string {
	return signed.ReplaceAllStringFunc(text, func(s string) string {
		if name, ok := m.names[s]; ok {
			return name
		}
		return s
	})
}
