package train

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"parley"
	"parley/diagnose"
)

// What Check holds data to. A share is of the sentences the check looks at.
const (
	LimitDuplicates = 0.02 // share of sentences that have a near-duplicate in the same data
	LimitLeaks      = 0.01 // share of held-out sentences that are near-duplicates of one that is not
	LimitShared     = 0    // dialogues that are in the data and in what is held out
	LimitOpening    = 0.02 // share of a language's sentences that open with the same three words, if twenty or more do
	LimitVariants   = 0.02 // share of sentences that are another but for one or two words
	LimitFrames     = 0.02 // share of sentences in a frame that several dialogues have
	LimitPhrases    = 0.05 // share of sentences with a phrase that many dialogues have
	LimitOneWord    = 0.2  // kappa of a head's best one-word rule
	LimitBayes      = 0.8  // kappa of naive Bayes on single words
	LimitGiveaway   = 0.9  // how often a word is right about a label, if a tenth of the label's sentences have it
)

// CheckOptions say what Check looks at beside the data. The zero value is right for data without a held-out part.
type CheckOptions struct {
	Heldout  *Set // searched for what the data has too; nil if there is none
	Examples int  // of each kind of finding; 0 is 10
}

// A CheckReport is what [Check] saw. Lists are in a fixed order, the worst first.
type CheckReport struct {
	Lines      int          `json:"lines"`
	Labelled   int          `json:"labelled"`
	Dialogues  int          `json:"dialogues"`
	Heldout    int          `json:"heldout"` // lines
	Shared     []string     `json:"shared"`  // dialogues that are in the data and held out too
	Heads      []HeadLabels `json:"heads"`
	Counts     []KindCount  `json:"counts"`
	Cells      []CellCount  `json:"cells,omitempty"` // the thinnest first; none unless the data has the taxonomy's heads
	Duplicates Duplicates   `json:"duplicates"`
	Templates  Templates    `json:"templates"`
	Guesses    []Guess      `json:"guesses"`
	Found      []Excess     `json:"found"` // what is above its limit
}

// HeadLabels are the labels that a head has in the data, in the taxonomy's order or by name.
type HeadLabels struct {
	Head   string   `json:"head"`
	Labels []string `json:"labels"`
}

// An Excess is one figure above its limit.
type Excess struct {
	Check string  `json:"check"` // shared, leaks, duplicates, opening, variants, frames, phrases, one_word, naive_bayes or giveaway
	What  string  `json:"what"`
	Value float64 `json:"value"`
	Limit float64 `json:"limit"`
}

// A KindCount is how many sentences of one language and kind of conversation have which label.
type KindCount struct {
	Lang      string                    `json:"lang"`
	Kind      string                    `json:"kind"`
	Dialogues int                       `json:"dialogues"`
	Lines     int                       `json:"lines"`
	Labelled  int                       `json:"labelled"`
	Negatives int                       `json:"negatives"` // labelled with resistance false
	Hard      int                       `json:"hard"`      // of the negatives those marked "hard"; of all labelled without that head
	Labels    map[string]map[string]int `json:"labels"`    // by head and label
}

// A CellCount is how many sentences have one driver, perception and form together.
type CellCount struct {
	Driver     parley.Driver     `json:"driver"`
	Perception parley.Perception `json:"perception"`
	Form       parley.Form       `json:"form"`
	Sentences  int               `json:"sentences"`
}

// A Place is a line of the data.
type Place struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Dialogue string `json:"dialogue"`
	Text     string `json:"text"`
}

func placeOf(l Line) Place { return Place{l.File, l.Number, l.Dialogue, l.Text} }

// Check looks for what makes labelled data worse than its size: sentences that are nearly the same
// ([Duplicates]), sentences made from a template ([Templates]), and labels that single words give away
// ([Guess]); and it counts what there is of each language, kind and label. Found has what is above the
// limits. Templates, guesses and counts are of set alone.
//
// It is deterministic. Cost grows with the lines times the logarithm of their number, a second for 30,000
// lines and a minute for a million; a line is compared with a bounded number of others, so that a million lines of
// one template end too (in two minutes), and figures are then lower bounds. Memory is about 2.5 KB a line.
func Check(set *Set, o CheckOptions) CheckReport {
	o.Examples = cmp.Or(o.Examples, 10)
	var heldout []Line
	if o.Heldout != nil {
		heldout = o.Heldout.Lines
	}
	lines := slices.Concat(set.Lines, heldout)
	t := foldLines(lines)
	r := CheckReport{Lines: len(set.Lines), Heldout: len(heldout), Shared: []string{}, Counts: kindCounts(set.Lines), Cells: cellCounts(set)}
	for _, head := range set.Heads {
		r.Heads = append(r.Heads, HeadLabels{head, labelsOf(set.Lines, head)})
	}
	dialogues := map[string]bool{}
	for _, l := range set.Lines {
		dialogues[l.Dialogue] = true
		if l.labelled() {
			r.Labelled++
		}
	}
	delete(dialogues, "")
	r.Dialogues = len(dialogues)
	for _, l := range heldout {
		if dialogues[l.Dialogue] {
			r.Shared = append(r.Shared, l.Dialogue)
			delete(dialogues, l.Dialogue)
		}
	}
	r.Duplicates = findDuplicates(t, len(set.Lines), o.Examples)
	t = t.first(len(set.Lines))
	r.Templates = findTemplates(t, o.Examples)
	r.Guesses = guesses(t, set.Heads)
	r.Found = r.excesses()
	return r
}

// excesses collects the figures above their limits.
func (r CheckReport) excesses() []Excess {
	out := []Excess{}
	add := func(check, what string, value, limit float64) {
		if value > limit {
			out = append(out, Excess{check, what, value, limit})
		}
	}
	d, t := r.Duplicates, r.Templates
	add("shared", "dialogues that are held out and are not", float64(len(r.Shared)), LimitShared)
	add("leaks", "share of held-out sentences that the data has nearly the same", ratio(d.Leaks, d.Heldout), LimitLeaks)
	add("duplicates", "share of sentences with a near-duplicate", ratio(d.Near, d.Sentences), LimitDuplicates)
	add("variants", "share of sentences that are another but for one or two words", ratio(t.Variants, t.Sentences), LimitVariants)
	add("frames", "share of sentences in a frame", ratio(t.Framed, t.Sentences), LimitFrames)
	add("phrases", "share of sentences with a phrase of many dialogues", ratio(t.Phrased, t.Sentences), LimitPhrases)
	for _, run := range t.Openings {
		if run.Sentences >= 20 {
			add("opening", fmt.Sprintf("share of sentences (%s) that open with %q", cmp.Or(run.Lang, "no language"), run.Pattern), run.Share, LimitOpening)
		}
	}
	for _, g := range r.Guesses {
		of := strings.TrimSpace(g.Head + " " + g.Lang)
		add("one_word", fmt.Sprintf("kappa of the word %q for %s", g.Word, of), g.OneWord.Kappa, LimitOneWord)
		add("naive_bayes", "kappa of naive Bayes on single words for "+of, g.Bayes.Kappa, LimitBayes)
		for _, l := range g.Labels {
			if l.Recall >= 0.1 && l.Share < LimitGiveaway {
				add("giveaway", fmt.Sprintf("how often %q is right about %s %s", l.Word, of, l.Label), l.Precision, LimitGiveaway)
			}
		}
	}
	return out
}

// kindCounts counts by language and kind, in their order.
func kindCounts(lines []Line) []KindCount {
	at := map[[2]string]*KindCount{}
	seen := map[[3]string]bool{}
	for _, l := range lines {
		kind := cmp.Or(l.DataKind, l.Kind)
		key := [2]string{l.Lang, kind}
		c := at[key]
		if c == nil {
			c = &KindCount{Lang: l.Lang, Kind: kind, Labels: map[string]map[string]int{}}
			at[key] = c
		}
		c.Lines++
		if d := [3]string{l.Lang, kind, l.Dialogue}; l.Dialogue != "" && !seen[d] {
			seen[d] = true
			c.Dialogues++
		}
		c.label(l)
	}
	out := make([]KindCount, 0, len(at))
	for _, c := range at {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b KindCount) int {
		return cmp.Or(cmp.Compare(a.Lang, b.Lang), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

func (c *KindCount) label(l Line) {
	if !l.labelled() {
		return
	}
	c.Labelled++
	gate, gated := l.Labels[GateHead]
	if gate == "false" {
		c.Negatives++
	}
	if l.Hard && (gate == "false" || !gated) {
		c.Hard++
	}
	for head, v := range l.Labels {
		if c.Labels[head] == nil {
			c.Labels[head] = map[string]int{}
		}
		c.Labels[head][v]++
	}
}

// cellCounts counts every combination of driver, perception and form, the thinnest first.
func cellCounts(set *Set) []CellCount {
	for _, head := range []string{"driver", "perception", "form"} {
		if !slices.Contains(set.Heads, head) {
			return nil
		}
	}
	count := map[[3]string]int{}
	for _, l := range set.Lines {
		count[[3]string{l.Labels["driver"], l.Labels["perception"], l.Labels["form"]}]++
	}
	var out []CellCount
	for _, d := range parley.Drivers {
		for _, p := range parley.Perceptions {
			for _, f := range parley.Forms {
				out = append(out, CellCount{d, p, f, count[[3]string{string(d), string(p), string(f)}]})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b CellCount) int { return a.Sentences - b.Sentences })
	return out
}

// texts are lines as folded words, each word a number.
type texts struct {
	lines []Line
	at    []int // line i is words[at[i]:at[i+1]]
	words []uint32
	names []string // by word
}

func foldLines(lines []Line) texts {
	t := texts{lines: lines, at: make([]int, 1, len(lines)+1)}
	ids := map[string]uint32{}
	for _, l := range lines {
		for _, w := range diagnose.FoldedWords(l.Text) {
			id, ok := ids[w]
			if !ok {
				id = uint32(len(t.names))
				ids[w] = id
				t.names = append(t.names, w)
			}
			t.words = append(t.words, id)
		}
		t.at = append(t.at, len(t.words))
	}
	return t
}

func (t texts) of(line int) []uint32 { return t.words[t.at[line]:t.at[line+1]] }

// first returns the texts of the first n lines.
func (t texts) first(n int) texts {
	return texts{lines: t.lines[:n], at: t.at[:n+1], words: t.words[:t.at[n]], names: t.names}
}

// spell writes words, those that are gap as "…".
func (t texts) spell(words []uint32) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = "…"
		if w != gap {
			out[i] = t.names[w]
		}
	}
	return strings.Join(out, " ")
}

const gap = ^uint32(0) // in a pattern, any word

// hashWords hashes words so that their order counts (FNV-1a over the words, then a finalizer of MurmurHash3).
func hashWords(seed uint64, words []uint32) uint64 {
	h := 14695981039346656037 ^ seed
	for _, w := range words {
		h = (h ^ uint64(w)) * 1099511628211
	}
	return finish(h)
}

func finish(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
