package train

import (
	"math"
	"slices"
	"sort"
	"strings"
	"unicode"
)

// Baselines returns what two simple ways of labelling reach on the labelled lines of set, by head: always
// the label that is most frequent in learn, and counting keywords. The keywords of a label are the hundred
// words whose share of its lines in learn exceeds their share of the others' most, by log-odds with one
// added to each count; a line gets the label with the most of them in it, the majority where none is.
func Baselines(learn, set *Set) (majority, keywords map[string]Score) {
	majority, keywords = map[string]Score{}, map[string]Score{}
	for _, head := range set.Heads {
		labels := labelsOf(learn.Lines, head)
		if len(labels) == 0 {
			continue
		}
		words := make([]map[string]bool, len(labels))
		top := 0
		var counts []int
		for i, l := range labels {
			n := 0
			for _, line := range learn.Lines {
				if line.Labels[head] == l {
					n++
				}
			}
			counts = append(counts, n)
			if n > counts[top] {
				top = i
			}
			words[i] = keywordsOf(learn.Lines, head, l)
		}
		all := slices.Clone(labels)
		var truth, always, counted []int
		for _, line := range set.Lines {
			v, ok := line.Labels[head]
			if !ok {
				continue
			}
			at := slices.Index(all, v)
			if at < 0 {
				at = len(all)
				all = append(all, v)
			}
			truth, always, counted = append(truth, at), append(always, top), append(counted, byKeywords(words, line.Text, top))
		}
		majority[head], keywords[head] = score(all, truth, always), score(all, truth, counted)
	}
	return majority, keywords
}

func byKeywords(words []map[string]bool, text string, fallback int) int {
	best, hits := fallback, 0
	seen := lineWords(text)
	for label := range words {
		n := 0
		for w := range seen {
			if words[label][w] {
				n++
			}
		}
		if n > hits || n == hits && n > 0 && label == fallback {
			best, hits = label, n
		}
	}
	return best
}

func lineWords(text string) map[string]bool {
	seen := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		seen[w] = true
	}
	return seen
}

func keywordsOf(lines []Line, head, label string) map[string]bool {
	const most = 100
	in, out := map[string]int{}, map[string]int{}
	nIn, nOut := 0, 0
	for _, l := range lines {
		v, ok := l.Labels[head]
		if !ok {
			continue
		}
		count := out
		if v == label {
			count = in
			nIn++
		} else {
			nOut++
		}
		for w := range lineWords(l.Text) {
			count[w]++
		}
	}
	type scored struct {
		word string
		odds float64
	}
	var list []scored
	for w, n := range in {
		if n >= 3 {
			list = append(list, scored{w, math.Log(float64(n+1)/float64(nIn-n+1)) - math.Log(float64(out[w]+1)/float64(nOut-out[w]+1))})
		}
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].odds != list[j].odds {
			return list[i].odds > list[j].odds
		}
		return list[i].word < list[j].word
	})
	words := map[string]bool{}
	for _, s := range list[:min(most, len(list))] {
		words[s.word] = true
	}
	return words
}
