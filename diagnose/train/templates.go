package train

import (
	"cmp"
	"maps"
	"slices"
)

const (
	patternLeast  = 6  // words of a sentence that is looked at for variants and frames
	variantMost   = 8  // partners after which the search for more stops
	variantWindow = 64 // lines before that are looked at
	frameRun      = 3  // dialogues
	phraseWords   = 5
	phraseRun     = 5    // dialogues
	runShare      = 500  // a frame or phrase is in one dialogue of so many at least
	frequentShare = 0.01 // of a language's sentences that have a word of a frame
	frequentLeast = 5
)

// Templates are runs of sentences that look made from one pattern. Patterns are folded words; … is what
// differs. Lines without a dialogue count as dialogues of their own.
//
// An opening is the first three words of a sentence of at least five. A phrase is five words in a row, in a
// sentence of at least six, that at least five dialogues have, and one in 500 of all.
//
// Variants are sentences of one language and length, six words at least, that differ in one word or, from
// nine words on, in two. One third of such a pair is the same in both; a line is compared with the
// nearest 64 before it that have this third, until it has eight partners.
//
// A frame is a sentence of at least six words without those that are not frequent: frequent is what one in a
// hundred sentences of the language has, and five of them at least. The others, half of the words at
// most, are left open, however many stand together. It counts if at least three dialogues have it, and one
// in 500 of all, not all with the same words in it.
type Templates struct {
	Sentences int   `json:"sentences"` // of at least six words
	Variants  int   `json:"variants"`  // of them, those that are another but for one or two words
	Framed    int   `json:"framed"`    // of them, those in a frame
	Phrased   int   `json:"phrased"`   // of them, those with a phrase
	Openings  []Run `json:"openings"`
	Varied    []Run `json:"varied"`
	Frames    []Run `json:"frames"`
	Phrases   []Run `json:"phrases"`
}

// A Run is a pattern and the sentences that have it.
type Run struct {
	Lang      string  `json:"lang"`
	Pattern   string  `json:"pattern"`
	Sentences int     `json:"sentences"`
	Share     float64 `json:"share"` // of the language's sentences that could have such a pattern
	Dialogues int     `json:"dialogues"`
	Examples  []Place `json:"examples"` // three at most
}

func findTemplates(t texts, examples int) Templates {
	var r Templates
	total := map[string]int{}
	all := make([]int, len(t.lines))
	for i, l := range t.lines {
		all[i] = i
		if len(t.of(i)) >= patternLeast {
			r.Sentences++
			total[l.Lang]++
		}
	}
	r.Openings = openings(t, examples)
	r.Varied, r.Variants = variants(t, total, examples)
	some := t.dialoguesOf(all) / runShare
	r.Frames, r.Framed = frames(t, total, max(frameRun, some), examples)
	r.Phrases, r.Phrased = phrases(t, total, max(phraseRun, some), examples)
	return r
}

// A patternKey tells patterns apart.
type patternKey struct {
	lang string
	hash uint64
}

// patterns collects the lines of each pattern.
type patterns struct {
	texts
	members map[patternKey][]int
	spelt   func(key patternKey, line int) []uint32 // the pattern, given one of its lines
	total   map[string]int                          // by language, the sentences that could have one
}

// runs returns the runs with at least so many sentences and dialogues, the largest first, at most examples of them,
// and how many lines are in any.
func (p patterns) runs(sentences, dialogues, examples int) ([]Run, int) {
	type found struct {
		key       patternKey
		dialogues int
	}
	var list []found
	in := map[int]bool{}
	for key, lines := range p.members {
		if len(lines) < sentences {
			continue
		}
		if d := p.dialoguesOf(lines); d >= dialogues {
			list = append(list, found{key, d})
			for _, i := range lines {
				in[i] = true
			}
		}
	}
	slices.SortFunc(list, func(a, b found) int {
		return cmp.Or(len(p.members[b.key])-len(p.members[a.key]), b.dialogues-a.dialogues, p.members[a.key][0]-p.members[b.key][0], cmp.Compare(a.key.hash, b.key.hash))
	})
	out := []Run{}
	for _, f := range list[:min(examples, len(list))] {
		lines := p.members[f.key]
		run := Run{Lang: f.key.lang, Pattern: p.spell(p.spelt(f.key, lines[0])), Sentences: len(lines), Dialogues: f.dialogues}
		run.Share = ratio(len(lines), p.total[f.key.lang])
		for _, i := range lines[:min(3, len(lines))] {
			run.Examples = append(run.Examples, placeOf(p.lines[i]))
		}
		out = append(out, run)
	}
	return out, len(in)
}

func (t texts) dialoguesOf(lines []int) int {
	seen := map[string]bool{}
	alone := 0
	for _, i := range lines {
		if d := t.lines[i].Dialogue; d != "" {
			seen[d] = true
		} else {
			alone++
		}
	}
	return len(seen) + alone
}

func openings(t texts, examples int) []Run {
	p := patterns{texts: t, members: map[patternKey][]int{}, total: map[string]int{}}
	p.spelt = func(_ patternKey, line int) []uint32 { return t.of(line)[:3] }
	for i, l := range t.lines {
		if words := t.of(i); len(words) >= nearLeast {
			key := patternKey{l.Lang, hashWords(0, words[:3])}
			p.members[key] = append(p.members[key], i)
			p.total[l.Lang]++
		}
	}
	out, _ := p.runs(2, 2, examples)
	return out
}

// variants finds sentences that differ in one or two words, and returns the runs of them and how many there are.
func variants(t texts, total map[string]int, examples int) ([]Run, int) {
	p := patterns{texts: t, members: map[patternKey][]int{}, total: total}
	spelt := map[patternKey][]uint32{}
	p.spelt = func(key patternKey, _ int) []uint32 { return spelt[key] }
	partners := make([]uint8, len(t.lines))
	eachVariant(t, partners, func(a, b int) {
		pattern := slices.Clone(t.of(a))
		for k, w := range t.of(b) {
			if pattern[k] != w {
				pattern[k] = gap
			}
		}
		key := patternKey{t.lines[a].Lang, hashWords(1, pattern)}
		spelt[key] = pattern
		p.members[key] = append(p.members[key], a, b)
	})
	for key, lines := range p.members {
		slices.Sort(lines)
		p.members[key] = slices.Compact(lines)
	}
	n := 0
	for i := range t.lines {
		if partners[i] > 0 {
			n++
		}
	}
	out, _ := p.runs(2, 1, examples)
	return out, n
}

// eachVariant calls f for pairs of lines that differ in one or two words, a before b, and counts the partners of each line.
func eachVariant(t texts, partners []uint8, f func(a, b int)) {
	var keys []uint64
	from := make([]int, 1, len(t.lines)+1)
	for i := range t.lines {
		if words := t.of(i); len(words) >= patternLeast {
			n := len(words)
			for third := range 3 {
				keys = append(keys, hashWords(uint64(n*3+third), words[n*third/3:n*(third+1)/3]))
			}
		}
		from = append(from, len(keys))
	}
	postings := sortedPostings(keys, from)
	place := make([]int32, len(postings))
	for i, p := range postings {
		place[p.member] = int32(i)
	}
	seen := make([]int32, len(t.lines))
	for b := range t.lines {
		found := 0
		for m := from[b]; m < from[b+1]; m++ {
			at := int(place[m])
			for i := at - 1; i >= 0 && i >= at-variantWindow && postings[i].key == postings[at].key && found < variantMost; i-- {
				a := int(postings[i].line)
				if seen[a] == int32(b+1) || t.lines[a].Lang != t.lines[b].Lang {
					continue
				}
				seen[a] = int32(b + 1)
				if d := differ(t.of(a), t.of(b)); d == 1 || d == 2 && len(t.of(a)) >= 9 {
					f(a, b)
					found++
					partners[a], partners[b] = 1, 1
				}
			}
		}
	}
}

// differ counts the places at which two sentences differ; if they have not as many words, all of a.
func differ(a, b []uint32) int {
	if len(a) != len(b) {
		return len(a)
	}
	n := 0
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// frames finds sentences that have the same frequent words in the same order, and others between.
func frames(t texts, total map[string]int, dialogues, examples int) ([]Run, int) {
	frequent := frequentWords(t)
	p := patterns{texts: t, members: map[patternKey][]int{}, total: total}
	frame := func(line int) ([]uint32, int) {
		var pattern []uint32
		open := 0
		for _, w := range t.of(line) {
			if frequent[t.lines[line].Lang][w] {
				pattern = append(pattern, w)
				continue
			}
			open++
			if n := len(pattern); n == 0 || pattern[n-1] != gap {
				pattern = append(pattern, gap)
			}
		}
		return pattern, open
	}
	p.spelt = func(_ patternKey, line int) []uint32 {
		pattern, _ := frame(line)
		return pattern
	}
	for i, l := range t.lines {
		if len(t.of(i)) < patternLeast {
			continue
		}
		if pattern, open := frame(i); open > 0 && 2*open <= len(t.of(i)) {
			key := patternKey{l.Lang, hashWords(2, pattern)}
			p.members[key] = append(p.members[key], i)
		}
	}
	maps.DeleteFunc(p.members, func(_ patternKey, lines []int) bool {
		for _, i := range lines[1:] {
			if !slices.Equal(t.of(i), t.of(lines[0])) {
				return false
			}
		}
		return true
	})
	return p.runs(dialogues, dialogues, examples)
}

// phrases finds what many dialogues say in the same words.
func phrases(t texts, total map[string]int, dialogues, examples int) ([]Run, int) {
	var keys []uint64
	from := make([]int, 1, len(t.lines)+1)
	for i := range t.lines {
		if words := t.of(i); len(words) >= patternLeast {
			start := len(keys)
			for k := range len(words) - phraseWords + 1 {
				keys = append(keys, hashWords(3, words[k:k+phraseWords]))
			}
			slices.Sort(keys[start:])
			keys = keys[:start+len(slices.Compact(keys[start:]))]
		}
		from = append(from, len(keys))
	}
	p := patterns{texts: t, members: map[patternKey][]int{}, total: total}
	p.spelt = func(key patternKey, line int) []uint32 {
		words := t.of(line)
		for hashWords(3, words[:phraseWords]) != key.hash {
			words = words[1:]
		}
		return words[:phraseWords]
	}
	postings := sortedPostings(keys, from)
	for len(postings) > 0 {
		n := 1
		for n < len(postings) && postings[n].key == postings[0].key {
			n++
		}
		if n >= dialogues {
			for _, x := range postings[:n] {
				key := patternKey{t.lines[x.line].Lang, x.key}
				p.members[key] = append(p.members[key], int(x.line))
			}
		}
		postings = postings[n:]
	}
	return p.runs(dialogues, dialogues, examples)
}

// frequentWords returns the frequent words of each language.
func frequentWords(t texts) map[string]map[uint32]bool {
	count, total := map[string]map[uint32]int{}, map[string]int{}
	last := make([]int32, len(t.names)) // the line (from 1) that has the word
	for i, l := range t.lines {
		total[l.Lang]++
		if count[l.Lang] == nil {
			count[l.Lang] = map[uint32]int{}
		}
		for _, w := range t.of(i) {
			if last[w] != int32(i+1) {
				last[w] = int32(i + 1)
				count[l.Lang][w]++
			}
		}
	}
	out := map[string]map[uint32]bool{}
	for lang, words := range count {
		out[lang] = map[uint32]bool{}
		for w, n := range words {
			if n >= frequentLeast && float64(n) >= frequentShare*float64(total[lang]) {
				out[lang][w] = true
			}
		}
	}
	return out
}
