package diagnose

import (
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"

	"parley/internal/swar"
)

// foldTable maps U+00C0…U+017F to the ASCII letters they are read as, two at most, without accents or case.
var foldTable = func() (table [0x180 - 0xC0][2]byte) {
	for letters, ascii := range map[string]string{
		"ÀÁÂÃÄÅàáâãäåĀāĂăĄą": "a", "ÇçĆćĈĉĊċČč": "c", "ÐðĎďĐđ": "d", "ÈÉÊËèéêëĒēĔĕĖėĘęĚě": "e",
		"ĜĝĞğĠġĢģ": "g", "ĤĥĦħ": "h", "ÌÍÎÏìíîïĨĩĪīĬĭĮįİı": "i", "Ĵĵ": "j", "Ķķĸ": "k", "ĹĺĻļĽľĿŀŁł": "l",
		"ÑñŃńŅņŇňŉŊŋ": "n", "ÒÓÔÕÖØòóôõöøŌōŎŏŐő": "o", "ŔŕŖŗŘř": "r", "ŚśŜŝŞşŠšſ": "s", "ŢţŤťŦŧ": "t",
		"ÙÚÛÜùúûüŨũŪūŬŭŮůŰűŲų": "u", "Ŵŵ": "w", "ÝýÿŶŷŸ": "y", "ŹźŻżŽž": "z", "Ææ": "ae", "Œœ": "oe", "ß": "ss", "Þþ": "th",
	} {
		for _, r := range letters {
			copy(table[r-0xC0][:], ascii)
		}
	}
	return table
}()

// A token is a word, in folded form and as it stands in the text.
type token struct {
	start, end         int32  // in the text
	foldStart, foldEnd int32  // in the folded bytes
	hash               uint64 // of them
}

// fold appends to buf the words of text in lower case, without accents, with every run of digits as one
// 0 a digit, a space before and after each word; and to toks where each word is. A word is a run of
// letters, digits and inner apostrophes; an apostrophe after at most two letters (l', qu', I') ends it.
func fold(buf []byte, toks []token, text string) ([]byte, []token) {
	n := len(buf)
	buf = slices.Grow(buf, 2*len(text)+8) // at most, every letter is a word or gets longer; and eight bytes are written at a time
	buf = buf[:cap(buf)]
	buf[n] = ' '
	n++
	for at := 0; at < len(text); {
		start, foldStart := at, n
		var hash, folded uint64
		var size int
		for {
			folded, size = foldEight(swar.Load(text, at))
			binary.LittleEndian.PutUint64(buf[n:], folded)
			n, at = n+size, at+size
			if size < 8 {
				break
			}
			hash = swar.Mix(hash, folded)
		}
		end := at
		if at < len(text) && (text[at] >= utf8.RuneSelf || text[at] == '\'') {
			var rest []byte
			rest, end, at = foldRest(buf[:n], foldStart, text, start, at)
			n = len(rest)
			hash = hashWord(rest[foldStart:])
		} else {
			hash = swar.Mix(hash, swar.First(folded, size))
			at++ // it ends a word, or is between two
		}
		if end == start {
			continue
		}
		toks = append(toks, token{int32(start), int32(end), int32(foldStart), int32(n), hash})
		buf[n] = ' '
		n++
	}
	return buf[:n], toks
}

// foldEight folds ASCII letters and digits, of which the first size of eight bytes are.
func foldEight(x uint64) (folded uint64, size int) {
	folded, letters := swar.Letters(x)
	digits := swar.Digits(x)
	if digits != 0 { // '0' to '9' differ in their last four bits
		folded &^= digits>>3 - digits>>7
	}
	return folded, swar.Run(letters | digits)
}

// hashWord returns the hash of a folded word.
func hashWord(word []byte) (hash uint64) {
	for ; len(word) >= 8; word = word[8:] {
		hash = swar.Mix(hash, binary.LittleEndian.Uint64(word))
	}
	var rest [8]byte
	size := copy(rest[:], word)
	return swar.Mix(hash, swar.First(binary.LittleEndian.Uint64(rest[:]), size))
}

// foldRest appends the rest of the word that begins at start in text and at foldStart in buf, from at on, where there is something else than an
// ASCII letter. It returns where the word ends, which is start if none begins there, and where to read on.
func foldRest(buf []byte, foldStart int, text string, start, at int) (folded []byte, end, next int) {
	quote := -1 // where the last apostrophe stands
	for at < len(text) {
		if c := asciiFold[text[at]]; c != 0 {
			buf = append(buf, c)
			at++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case r == '\'' || r == '’' || r == 'ʼ' || r == '‘':
			if at == start {
				return buf, start, at + size
			}
			quote = at
			buf = append(buf, '\'')
			if len(buf)-foldStart <= 3 && endsElision(buf[foldStart:]) {
				return buf, at + size, at + size
			}
		case r >= 0xC0 && r < 0x180 && foldTable[r-0xC0][0] != 0:
			f := foldTable[r-0xC0]
			if buf = append(buf, f[0]); f[1] != 0 {
				buf = append(buf, f[1])
			}
		case unicode.IsLetter(r):
			buf = utf8.AppendRune(buf, unicode.ToLower(r))
		case unicode.IsDigit(r):
			buf = append(buf, '0')
		case !unicode.IsMark(r):
			if at == start {
				return buf, start, at + size
			}
			return endWord(buf, foldStart, quote, at)
		}
		at += size
	}
	return endWord(buf, foldStart, quote, at)
}

// endWord ends the word at foldStart in buf where reading stopped in text, at at, or before its closing quote.
func endWord(buf []byte, foldStart, quote, at int) (folded []byte, end, next int) {
	if last := len(buf) - 1; buf[last] == '\'' && last-foldStart >= 3 {
		return buf[:last], quote, at
	}
	return buf, at, at
}

// asciiFold maps an ASCII letter or digit to its folded form, and any other byte to 0.
var asciiFold = func() (table [256]byte) {
	for c := byte('a'); c <= 'z'; c++ {
		table[c], table[c-'a'+'A'] = c, c
	}
	for c := byte('0'); c <= '9'; c++ {
		table[c] = '0'
	}
	return table
}()

// endsElision reports whether a folded word that ends in an apostrophe is an elided article or pronoun.
func endsElision(word []byte) bool {
	switch string(word) {
	case "l'", "d'", "j'", "m'", "t'", "s'", "c'", "n'", "qu'":
		return true
	}
	return false
}
