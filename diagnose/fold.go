package diagnose

import (
	"unicode"
	"unicode/utf8"
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
	start, end         int32 // in the text
	foldStart, foldEnd int32 // in the folded bytes
}

// fold appends to buf the words of text in lower case, without accents, with every run of digits as one
// 0 a digit, a space before and after each word; and to toks where each word is. A word is a run of
// letters, digits and inner apostrophes; an apostrophe after at most two letters (l', qu', I') ends it.
func fold(buf []byte, toks []token, text string) ([]byte, []token) {
	buf = append(buf, ' ')
	open := -1 // where the current token starts in text, -1 outside
	foldStart := len(buf)
	closeToken := func(end int) {
		if open < 0 {
			return
		}
		if buf[len(buf)-1] == '\'' && len(buf)-foldStart > 3 { // a closing quote, not an elision
			buf = buf[:len(buf)-1]
			end--
		}
		toks = append(toks, token{int32(open), int32(end), int32(foldStart), int32(len(buf))})
		buf = append(buf, ' ')
		open, foldStart = -1, len(buf)
	}
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			switch class := asciiClass[c]; class {
			case 0:
				closeToken(i)
			case '\'':
				if open >= 0 {
					buf = append(buf, '\'')
					if len(buf)-foldStart <= 3 && endsElision(buf[foldStart:]) {
						closeToken(i + 1)
					}
				}
			default:
				if open < 0 {
					open = i
				}
				buf = append(buf, class)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r >= 0xC0 && r < 0x180 && foldTable[r-0xC0][0] != 0:
			if open < 0 {
				open = i
			}
			f := foldTable[r-0xC0]
			buf = append(buf, f[0])
			if f[1] != 0 {
				buf = append(buf, f[1])
			}
		case r == '’' || r == 'ʼ' || r == '‘':
			if open >= 0 {
				buf = append(buf, '\'')
				if len(buf)-foldStart <= 3 && endsElision(buf[foldStart:]) {
					closeToken(i + size)
				}
			}
		case unicode.IsLetter(r) || unicode.IsMark(r):
			if open < 0 {
				open = i
			}
			if !unicode.IsMark(r) {
				buf = utf8.AppendRune(buf, unicode.ToLower(r))
			}
		case unicode.IsDigit(r):
			if open < 0 {
				open = i
			}
			buf = append(buf, '0')
		default:
			closeToken(i)
		}
		i += size
	}
	closeToken(len(text))
	return buf, toks
}

// asciiClass maps an ASCII byte to its folded form; 0 ends a word.
var asciiClass = func() (table [128]byte) {
	for c := byte('a'); c <= 'z'; c++ {
		table[c], table[c-'a'+'A'] = c, c
	}
	for c := byte('0'); c <= '9'; c++ {
		table[c] = '0'
	}
	table['\''] = '\''
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
