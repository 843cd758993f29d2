package diagnose

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
)

//go:embed lexicon/cues.txt
var cueData string

// cues returns the lexicon of the package.
var cues = embedded(cueData)

// embedded returns what returns a lexicon that is compiled in, read when it is first asked for.
func embedded(data string) func() *Lexicon {
	return sync.OnceValue(func() *Lexicon {
		l, err := ParseLexicon(data)
		if err != nil {
			panic(err) // the embedded files are tested
		}
		return l
	})
}

// A Lexicon finds cues: phrases by what people do with them (refuse, defer, doubt …). It is a trie over
// folded bytes, walked from the start of every word. It is safe for concurrent use.
type Lexicon struct {
	Categories []string
	next       [][32]uint16 // by node and symbol; 0 is none
	ends       []lexiconEnd // by node
	openings   openings
}

// A lexiconEnd says what ends at a node: categories of whole phrases and of those that end in a star,
// as bit sets.
type lexiconEnd struct{ whole, prefix uint64 }

// eachPhrase reads data of a kind: "[name]" lines, each followed by lines "lang: phrase; phrase"; lines that begin with # are left out. It calls section with each name and phrase with
// each phrase, until one fails. Errors say the kind and the line; of a line that is neither they say want.
func eachPhrase(data, kind, want string, section func(name string) error, phrase func(lang, text string) error) error {
	n, within := 0, false
	read := func(line string) error {
		if line == "" || strings.HasPrefix(line, "#") {
			return nil
		}
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			within = true
			return section(line[1 : len(line)-1])
		}
		lang, phrases, ok := strings.Cut(line, ":")
		if !ok || !within {
			return errors.New(want)
		}
		for p := range strings.SplitSeq(phrases, ";") {
			if err := phrase(lang, strings.TrimSpace(p)); err != nil {
				return err
			}
		}
		return nil
	}
	for line := range strings.Lines(data) {
		n++
		if err := read(strings.TrimSpace(line)); err != nil {
			return fmt.Errorf("%s line %d: %w", kind, n, err)
		}
	}
	return nil
}

// ParseLexicon reads a lexicon: "[category]" lines, each followed by lines "lang: phrase; phrase*".
// At most 64 categories and 65,535 nodes.
func ParseLexicon(data string) (*Lexicon, error) {
	size := len(data)/2 + 1 // about as many nodes as a lexicon has
	l := &Lexicon{next: make([][32]uint16, 1, size), ends: make([]lexiconEnd, 1, size)}
	err := eachPhrase(data, "lexicon", `want "lang: phrase; phrase" under a [category]`, func(category string) error {
		if len(l.Categories) == 64 {
			return errors.New("more than 64 categories")
		}
		l.Categories = append(l.Categories, category)
		return nil
	}, func(_, phrase string) error { return l.add(phrase) })
	if err != nil {
		return nil, err
	}
	return l, nil
}

// add enters a phrase under the last category.
func (l *Lexicon) add(phrase string) error {
	text, star := strings.CutSuffix(phrase, "*")
	folded, toks := fold(nil, nil, text)
	if len(toks) == 0 {
		return fmt.Errorf("phrase %q has no words", phrase)
	}
	node := uint16(0)
	for _, b := range folded[1 : len(folded)-1] { // without the spaces around it
		s := lexiconSymbol[b]
		if s == 0 {
			return fmt.Errorf("phrase %q has a letter outside the lexicon's alphabet", phrase)
		}
		if l.next[node][s] == 0 {
			if len(l.next) > 1<<16-1 {
				return fmt.Errorf("too many phrases")
			}
			l.next = append(l.next, [32]uint16{})
			l.ends = append(l.ends, lexiconEnd{})
			l.next[node][s] = uint16(len(l.next) - 1)
		}
		node = l.next[node][s]
	}
	l.openings.add(toks, star)
	bit := uint64(1) << (len(l.Categories) - 1)
	if star {
		l.ends[node].prefix |= bit
	} else {
		l.ends[node].whole |= bit
	}
	return nil
}

// match returns the categories of the phrases that start at folded[at], the start of a word, and the
// end of the longest of them.
func (l *Lexicon) match(folded []byte, at int) (categories uint64, end int) {
	categories, end, _ = l.follow(0, folded[at:])
	if end > 0 {
		end += at
	}
	return categories, end
}

// follow goes on from node over words, which end in a space. It returns the categories of the phrases that end
// within them, the end of the longest, and the node from which more words may go on, 0 if there is none.
func (l *Lexicon) follow(node uint16, words []byte) (categories uint64, end int, next uint16) {
	for i, b := range words {
		if node = l.next[node][lexiconSymbol[b]]; node == 0 {
			break
		}
		e := l.ends[node]
		if e.prefix != 0 {
			categories |= e.prefix
			end = i + 1
		}
		if e.whole != 0 && (b == '\'' || words[i+1] == ' ') {
			categories |= e.whole
			end = i + 1
		}
	}
	return categories, end, node
}

const symbolSpace = 29

// lexiconSymbol maps a folded byte to 1…31, or to 0 for one that no phrase has.
var lexiconSymbol = func() (table [256]uint8) {
	for c := byte('a'); c <= 'z'; c++ {
		table[c] = c - 'a' + 1
	}
	table['0'], table['\''], table[' '] = 27, 28, symbolSpace
	return table
}()

// LexiconHash returns a fingerprint of cues and concepts: a model works only with those it was trained with.
func LexiconHash() string {
	return fmt.Sprintf("%016x", pair(hashString(cueData), hashString(ConceptsHash())))
}
