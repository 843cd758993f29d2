package parley

import (
	_ "embed"
	"slices"
	"strings"
	"unicode/utf8"

	"parley/internal/swar"
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
	hash := uint64(0)
	for at := 0; at < len(word); {
		letters, n := langLetters(word, at)
		if n == 0 { // not an ASCII letter
			_, n = utf8.DecodeRuneInString(word[at:])
			letters = swar.First(swar.Load(word, at), n)
		}
		hash, at = swar.Mix(hash, letters), at+n
	}
	at := t.find(hash)
	t[at] = hash&^langKnown | t[at]&langKnown | known
}

// langLetters returns the ASCII letters that text has from at on, eight at most, in lower case, and how many they are.
func langLetters(text string, at int) (letters uint64, n int) {
	lower, is := swar.Letters(swar.Load(text, at))
	if n = swar.Run(is); n < 8 {
		lower = swar.First(lower, n)
	}
	return lower, n
}

// find returns where the word of a hash is, or else would be.
func (t *langTable) find(h uint64) uint64 {
	at := h >> (64 - langBits)
	for t[at] != 0 && t[at]&^langKnown != h&^langKnown {
		at = (at + 1) % uint64(len(t))
	}
	return at
}

// A langScore counts what speaks for each language, in the order of Langs.
type langScore [3]int

// LangOf returns the language most of the text's short, common words belong to, or "" if too few tell.
// A word counts by how few of the languages share it, and letters that one language has to itself count
// too. It reads at most the first 4,096 bytes. Cost is linear in what is read, and nothing is allocated.
func LangOf(text string) Lang {
	const enough = 4096
	text = text[:min(len(text), enough)]
	var score langScore
	var word uint64
	for i := 0; i < len(text); {
		for {
			letters, n := langLetters(text, i)
			if n > 0 {
				word, i = swar.Mix(word, letters), i+n
			}
			if n < 8 {
				break
			}
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
		letter := swar.First(swar.Load(text, i), size)
		switch {
		case r == '\'' || r == '’':
			// An apostrophe ends a French elision ("l'", "qu'") and stands inside an English word ("don't").
			word = swar.Mix(word, swar.First('\'', 1))
			if langWords[langWords.find(word)]&langElide != 0 {
				word = score.word(word)
			}
		case score.letter(r):
			word = swar.Mix(word, letter)
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
	if hash == 0 {
		return 0
	}
	langs := langWords[langWords.find(hash)] % langElide
	for i, points := range &langPoints[langs] {
		s[i] += points
	}
	return 0
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
