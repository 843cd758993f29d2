package parley

import (
	_ "embed"
	"slices"
	"strings"
	"unicode/utf8"
)

//go:embed lang.txt
var langData string

// langWords are the words of lang.txt by hash: an open-addressed table, small enough for a processor's nearest
// cache.
var langWords = parseLangWords(langData)

// A langTable's entries are words' hashes, with what is known of the word in the last bits; 0 is none.
type langTable [1 << langBits]uint64

const (
	langBits  = 12
	langElide = 8  // it is a French word that lost its vowel before the next: "l'", "qu'"
	langKnown = 15 // that, and a bit for each language that it is common in
)

func parseLangWords(data string) *langTable {
	var t langTable
	for line := range strings.Lines(data) {
		lang, list, _ := strings.Cut(line, ":")
		if i := slices.Index(Langs, Lang(lang)); i >= 0 {
			for _, w := range strings.Fields(list) {
				t.add(w, 1<<i)
			}
		}
	}
	for _, w := range []string{"l'", "d'", "j'", "m'", "t'", "s'", "c'", "n'", "qu'"} {
		t.add(w, langElide)
	}
	return &t
}

func (t *langTable) add(word string, known uint64) {
	at := t.find(langHash(langStart, word))
	t[at] = langHash(langStart, word)&^langKnown | t[at]&langKnown | known
}

// find returns where the word of a hash is, or else would be.
func (t *langTable) find(h uint64) uint64 {
	const mix = 0x9E3779B97F4A7C15 // 2^64 / golden ratio, odd: short words differ in the low bits most
	at := h * mix >> (64 - langBits)
	for t[at] != 0 && t[at]&^langKnown != h&^langKnown {
		at = (at + 1) % uint64(len(t))
	}
	return at
}

// langStart is the hash of a word without letters.
const langStart = 14695981039346656037

// langHash returns the hash of a word that has hash h with letters added (FNV-1a).
func langHash(h uint64, letters string) uint64 {
	for i := range len(letters) {
		h = langHashByte(h, letters[i])
	}
	return h
}

func langHashByte(h uint64, letter byte) uint64 { return (h ^ uint64(letter)) * 1099511628211 }

// langLetters maps an ASCII letter to its lower case, and any other byte to 0.
var langLetters = func() (table [256]byte) {
	for c := byte('a'); c <= 'z'; c++ {
		table[c], table[c-'a'+'A'] = c, c
	}
	return table
}()

// A langScore counts what speaks for each language, in the order of Langs.
type langScore [3]int

// LangOf returns the language most of the text's short, common words belong to, or "" if too few tell.
// A word counts by how few of the languages share it, and letters that one language has to itself count
// too. It reads at most the first 4,096 bytes. Cost is linear in what is read, and nothing is allocated.
func LangOf(text string) Lang {
	const enough = 4096
	text = text[:min(len(text), enough)]
	var score langScore
	word := uint64(langStart)
	for i := 0; i < len(text); {
		for i < len(text) {
			letter := langLetters[text[i]]
			if letter == 0 {
				break
			}
			word = langHashByte(word, letter)
			i++
		}
		if i == len(text) {
			break
		}
		if c := text[i]; c < utf8.RuneSelf && c != '\'' {
			word = score.word(word)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\'' || r == '’':
			// An apostrophe ends a French elision ("l'", "qu'") and stands inside an English word ("don't").
			word = langHashByte(word, '\'')
			if langWords[langWords.find(word)]&langElide != 0 {
				word = score.word(word)
			}
		case score.letter(r):
			word = langHash(word, text[i:i+size])
		default:
			word = score.word(word)
		}
		i += size
	}
	score.word(word)
	return score.best()
}

// letter counts a letter that not all languages have, and reports whether it is one.
func (s *langScore) letter(r rune) bool {
	switch r {
	case 'ñ', '¿', '¡', 'Ñ':
		s[1] += 6
	case 'ç', 'è', 'ê', 'œ', 'à', 'ù', 'û', 'î', 'Ç', 'À', 'Ê', 'â':
		s[2] += 3
	case 'á', 'í', 'ó', 'ú', 'Á', 'Í', 'Ó', 'Ú':
		s[1] += 3
	case 'é', 'É', 'ü', 'ï':
		s[1]++
		s[2]++
	default:
		return false
	}
	return true
}

// word counts the word of a hash, and returns that of the next: 6 if it tells one language, 2 each if it tells two.
func (s *langScore) word(hash uint64) (next uint64) {
	if hash == langStart {
		return hash
	}
	langs := langWords[langWords.find(hash)] % langElide
	for i, points := range &langPoints[langs] {
		s[i] += points
	}
	return langStart
}

// langPoints are what a word counts for each language, by the bits of those that it is common in.
var langPoints = [langElide]langScore{1: {6, 0, 0}, 2: {0, 6, 0}, 3: {2, 2, 0}, 4: {0, 0, 6}, 5: {2, 0, 2}, 6: {0, 2, 2}}

// best returns the language that most speaks for, if enough does, and more than for any other.
func (s *langScore) best() Lang {
	best, second := 0, -1
	for i := 1; i < len(s); i++ {
		if s[i] > s[best] {
			best = i
		}
	}
	for i, x := range s {
		if i != best && (second < 0 || x > s[second]) {
			second = i
		}
	}
	if s[best] < 3 || s[best] == s[second] {
		return ""
	}
	return Langs[best]
}
