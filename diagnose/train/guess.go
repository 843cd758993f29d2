package train

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
)

const (
	guessFolds  = 5
	guessLeast  = 50  // labelled lines of a language and head below which nothing is said
	guessWord   = 5   // lines that have a word that is looked at
	guessLabels = 100 // labels of a head from which it is passed over
)

// A Guess is how well single words give the labels of one head away, in one language: what always saying the
// most frequent label reaches, a rule of one word (the label most frequent in lines that have it, and the one most
// frequent in the others), and naive Bayes on the words of a line (each once, in at least five lines; one added to each count).
// All three are measured by cross-validation over five folds of whole dialogues, dealt by a hash of their names: the word, too, is chosen
// without the fold that it is measured on. Kappa is Cohen's: 0 where a rule is as good as chance with the same
// shares, 1 where it is always right. Heads with more than 100 labels and languages with fewer than 50 labelled lines
// are passed over.
type Guess struct {
	Lang     string      `json:"lang"`
	Head     string      `json:"head"`
	Examples int         `json:"examples"`
	Majority Rule        `json:"majority"`
	Word     string      `json:"word"` // of the one-word rule on all of the data
	OneWord  Rule        `json:"one_word"`
	Bayes    Rule        `json:"naive_bayes"`
	Labels   []LabelWord `json:"labels"`
}

// A Rule is how well one way of guessing does.
type Rule struct {
	MacroF1  float64 `json:"macro_f1"`
	Accuracy float64 `json:"accuracy"`
	Kappa    float64 `json:"kappa"`
}

// A LabelWord is the word that says most about one label: the one that goes with it, and is in at least five lines,
// with the highest likelihood ratio G² (Dunning, "Accurate methods for the statistics of surprise and
// coincidence", Computational Linguistics 19(1), 1993). Precision and recall are out of fold, of the words chosen
// without it.
type LabelWord struct {
	Label     string  `json:"label"`
	Share     float64 `json:"share"` // of the examples that have the label
	Word      string  `json:"word"`  // on all of the data; empty if no word goes with the label
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

// guesses measures every language and head, in the order of the languages, then heads.
func guesses(t texts, heads []string) []Guess {
	byLang := map[string][]int{}
	var langs []string
	for i, l := range t.lines {
		if l.labelled() {
			if byLang[l.Lang] == nil {
				langs = append(langs, l.Lang)
			}
			byLang[l.Lang] = append(byLang[l.Lang], i)
		}
	}
	slices.Sort(langs)
	out := []Guess{}
	for _, lang := range langs {
		for _, head := range heads {
			if b := newBags(t, byLang[lang], head); b != nil {
				g := b.guess()
				g.Lang, g.Head = lang, head
				out = append(out, g)
			}
		}
	}
	return out
}

// bags are the examples of one head as sets of words.
type bags struct {
	labels []string
	names  []string // of the words looked at
	words  [][]int  // by example
	truth  []int
	fold   []int
	tables []counts // by fold, and at last of all
}

// counts say how often words and labels occur together.
type counts struct {
	with   []int // by word and label: lines
	labels []int // lines
	mass   []int // words in the lines of a label
	lines  int
}

func newBags(t texts, lines []int, head string) *bags {
	var labelled []Line
	var at []int
	df := map[uint32]int{}
	var bag []uint32
	bagOf := func(i int) []uint32 {
		bag = append(bag[:0], t.of(i)...)
		slices.Sort(bag)
		bag = slices.Compact(bag)
		return bag
	}
	for _, i := range lines {
		if _, ok := t.lines[i].Labels[head]; !ok {
			continue
		}
		labelled, at = append(labelled, t.lines[i]), append(at, i)
		for _, w := range bagOf(i) {
			df[w]++
		}
	}
	b := &bags{labels: labelsOf(labelled, head)}
	if len(labelled) < guessLeast || len(b.labels) < 2 || len(b.labels) > guessLabels {
		return nil
	}
	index := map[string]int{}
	for i, l := range b.labels {
		index[l] = i
	}
	ids := map[uint32]int{}
	for k, i := range at {
		words := []int{}
		for _, w := range bagOf(i) {
			if df[w] < guessWord {
				continue
			}
			if _, ok := ids[w]; !ok {
				ids[w] = len(b.names)
				b.names = append(b.names, t.names[w])
			}
			words = append(words, ids[w])
		}
		b.words = append(b.words, words)
		b.truth = append(b.truth, index[labelled[k].Labels[head]])
		b.fold = append(b.fold, foldOf(labelled[k]))
	}
	b.count()
	return b
}

// foldOf deals dialogues to folds; a line without one is dealt by its text, so that copies stay together.
func foldOf(l Line) int {
	h := fnv.New64a()
	h.Write([]byte(cmp.Or(l.Dialogue, l.Text)))
	return int(finish(h.Sum64()) % guessFolds)
}

func (b *bags) count() {
	b.tables = make([]counts, guessFolds+1)
	n := len(b.labels)
	for f := range b.tables {
		b.tables[f] = counts{make([]int, len(b.names)*n), make([]int, n), make([]int, n), 0}
	}
	for i, words := range b.words {
		for _, f := range []int{b.fold[i], guessFolds} {
			c := &b.tables[f]
			c.lines++
			c.labels[b.truth[i]]++
			c.mass[b.truth[i]] += len(words)
			for _, w := range words {
				c.with[w*n+b.truth[i]]++
			}
		}
	}
}

// less returns the counts c without those of d.
func (c counts) less(d counts) counts {
	minus := func(a, b []int) []int {
		out := make([]int, len(a))
		for i := range a {
			out[i] = a[i] - b[i]
		}
		return out
	}
	return counts{minus(c.with, d.with), minus(c.labels, d.labels), minus(c.mass, d.mass), c.lines - d.lines}
}

// guess measures the three rules and the words of the labels.
func (b *bags) guess() Guess {
	n := len(b.labels)
	all := b.tables[guessFolds]
	var truth, majority, oneWord, bayes []int
	hits, said := make([]int, n), make([]int, n)
	for f := range guessFolds {
		c := all.less(b.tables[f])
		if c.lines == 0 || b.tables[f].lines == 0 {
			continue
		}
		rule := b.oneWord(c)
		nb := newBayes(c, n, len(b.names))
		telling := make([]int, n)
		for l := range n {
			telling[l] = b.telling(c, l)
		}
		for i, words := range b.words {
			if b.fold[i] != f {
				continue
			}
			truth = append(truth, b.truth[i])
			majority, oneWord, bayes = append(majority, top(c.labels)), append(oneWord, rule.label(words)), append(bayes, nb.label(words))
			for l, w := range telling {
				if slices.Contains(words, w) {
					said[l]++
					if b.truth[i] == l {
						hits[l]++
					}
				}
			}
		}
	}
	g := Guess{Examples: len(b.truth), Majority: b.rule(truth, majority), OneWord: b.rule(truth, oneWord), Bayes: b.rule(truth, bayes)}
	if w := b.oneWord(all).word; w >= 0 {
		g.Word = b.names[w]
	}
	for l, label := range b.labels {
		lw := LabelWord{Label: label, Share: ratio(all.labels[l], all.lines), Precision: ratio(hits[l], said[l]), Recall: ratio(hits[l], all.labels[l])}
		if w := b.telling(all, l); w >= 0 {
			lw.Word = b.names[w]
		}
		g.Labels = append(g.Labels, lw)
	}
	return g
}

func (b *bags) rule(truth, pred []int) Rule {
	n := len(b.labels)
	right := 0
	is, said := make([]int, n), make([]int, n)
	for i := range truth {
		if truth[i] == pred[i] {
			right++
		}
		is[truth[i]]++
		said[pred[i]]++
	}
	r := Rule{MacroF1: macroF1(truth, pred, n), Accuracy: ratio(right, len(truth))}
	chance := 0.0
	for l := range n {
		chance += float64(ratio(is[l], len(truth)) * ratio(said[l], len(truth)))
	}
	if chance < 1 {
		r.Kappa = (r.Accuracy - chance) / (1 - chance)
	}
	return r
}

// A wordRule is a rule of one word; without one, word is −1.
type wordRule struct{ word, has, lacks int }

func (r wordRule) label(words []int) int {
	if slices.Contains(words, r.word) {
		return r.has
	}
	return r.lacks
}

// oneWord returns the rule that is right most often on c, of two the word that comes first.
func (b *bags) oneWord(c counts) wordRule {
	n := len(b.labels)
	rule := wordRule{-1, 0, top(c.labels)}
	best := c.labels[rule.lacks]
	lacks := make([]int, n)
	for w := range b.names {
		with := c.with[w*n : w*n+n]
		for l := range n {
			lacks[l] = c.labels[l] - with[l]
		}
		has, lack := top(with), top(lacks)
		if right := with[has] + lacks[lack]; right > best {
			best, rule = right, wordRule{w, has, lack}
		}
	}
	return rule
}

// telling returns the word that says most about a label on c, −1 for none.
func (b *bags) telling(c counts, label int) int {
	n := len(b.labels)
	word, best := -1, 0.0
	for w := range b.names {
		both, lines := c.with[w*n+label], 0
		for l := range n {
			lines += c.with[w*n+l]
		}
		if lines < guessWord || both*c.lines <= lines*c.labels[label] {
			continue
		}
		if g := likelihoodRatio(both, lines-both, c.labels[label]-both, c.lines-lines-c.labels[label]+both); g > best {
			word, best = w, g
		}
	}
	return word
}

// likelihoodRatio is G² of a table of two by two.
func likelihoodRatio(a, b, c, d int) float64 {
	n := float64(a + b + c + d)
	term := func(k, row, column int) float64 {
		if k == 0 {
			return 0
		}
		return float64(float64(k) * math.Log(float64(k)*n/(float64(row)*float64(column)))) // rounded before the sum, so that it is the same on every machine
	}
	return 2 * (term(a, a+b, a+c) + term(b, a+b, b+d) + term(c, c+d, a+c) + term(d, c+d, b+d))
}

// A bayes is multinomial naive Bayes: the logarithms of its probabilities.
type bayes struct {
	prior []float64
	word  []float64 // by word and label
}

func newBayes(c counts, labels, words int) bayes {
	m := bayes{make([]float64, labels), make([]float64, len(c.with))}
	for l := range labels {
		m.prior[l] = math.Log(float64(c.labels[l]+1) / float64(c.lines+labels))
		for w := range words {
			m.word[w*labels+l] = math.Log(float64(c.with[w*labels+l]+1) / float64(c.mass[l]+words))
		}
	}
	return m
}

func (m bayes) label(words []int) int {
	sum := slices.Clone(m.prior)
	for _, w := range words {
		for l := range sum {
			sum[l] += m.word[w*len(sum)+l]
		}
	}
	return top(sum)
}

// top returns the index of the largest, the first of several.
func top[T cmp.Ordered](list []T) int {
	best := 0
	for i := range list {
		if list[i] > list[best] {
			best = i
		}
	}
	return best
}
