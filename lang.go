package parley

import (
	_ "embed"
	"strings"
	"unicode/utf8"
)

//go:embed lang.txt
var langData string

// langWords maps a word to the bit set of the languages it is common in.
var langWords = parseLangWords(langData)

func parseLangWords(data string) map[string]uint8 {
	words := map[string]uint8{}
	for line := range strings.Lines(data) {
		lang, list, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		for i, l := range Langs {
			if string(l) == lang {
				for _, w := range strings.Fields(list) {
					words[w] |= 1 << i
				}
			}
		}
	}
	return words
}

// LangOf returns the language most of the text's short, common words belong to, or "" if too few tell.
// A word counts by how few of the languages share it, and letters that one language has to itself count
// too. It reads at most the first 4,096 bytes. Cost is linear in what is read, and nothing is allocated
// for words of up to 16 bytes.
func LangOf(text string) Lang {
	const enough = 4096
	if len(text) > enough {
		text = text[:enough]
	}
	var score [3]int
	var buf [16]byte
	word := buf[:0]
	long := false
	flush := func() {
		if len(word) > 0 && !long {
			countLangWord(&score, langWords[string(word)])
		}
		word, long = buf[:0], false
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		switch {
		case r >= 'a' && r <= 'z':
		case r == '\'' || r == '’':
			// An apostrophe ends a French elision ("l'", "qu'") and stands inside an English word ("don't").
			r = '\''
		case r == 'ñ' || r == '¿' || r == '¡' || r == 'Ñ':
			score[1] += 6
		case r == 'ç' || r == 'è' || r == 'ê' || r == 'œ' || r == 'à' || r == 'ù' || r == 'û' || r == 'î' || r == 'Ç' || r == 'À' || r == 'Ê' || r == 'â':
			score[2] += 3
		case r == 'á' || r == 'í' || r == 'ó' || r == 'ú' || r == 'Á' || r == 'Í' || r == 'Ó' || r == 'Ú':
			score[1] += 3
		case r == 'é' || r == 'É' || r == 'ü' || r == 'ï':
			score[1]++
			score[2]++
		default:
			flush()
			continue
		}
		if len(word)+utf8.RuneLen(r) > cap(buf) {
			long = true
			continue
		}
		word = utf8.AppendRune(word, r)
		if r == '\'' && elides(word) {
			flush()
		}
	}
	flush()
	best, second := 0, -1
	for i := 1; i < len(score); i++ {
		if score[i] > score[best] {
			best = i
		}
	}
	for i, s := range score {
		if i != best && (second < 0 || s > score[second]) {
			second = i
		}
	}
	if score[best] < 3 || score[best] == score[second] {
		return ""
	}
	return Langs[best]
}

// countLangWord adds a word to the score of its languages: 6 if it tells one, 2 each if it tells two.
func countLangWord(score *[3]int, langs uint8) {
	points := 0
	switch langs {
	case 1, 2, 4:
		points = 6
	case 3, 5, 6:
		points = 2
	}
	for i := range score {
		if langs&(1<<i) != 0 {
			score[i] += points
		}
	}
}

// elides reports whether word is a French word that lost its vowel before the next: "l'", "qu'".
func elides(word []byte) bool {
	switch string(word) {
	case "l'", "d'", "j'", "m'", "t'", "s'", "c'", "n'", "qu'":
		return true
	}
	return false
}
