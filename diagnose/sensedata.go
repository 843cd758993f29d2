package diagnose

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"

	"parley"
)

// readGlossary reads what words mean, and what that has to do with. Errors say the line.
func (l *senseLearner) readGlossary(files fs.FS) error {
	for i, lang := range parley.Langs {
		glosses := map[string][]string{}
		err := eachEntry(files, "lexicon/glossary/"+string(lang)+".txt", func(word string, list []string) error {
			folded, toks := fold(nil, nil, word)
			if len(toks) != 1 {
				return fmt.Errorf("%q is not one word", word)
			}
			key := string(folded[toks[0].foldStart:toks[0].foldEnd])
			if _, twice := glosses[key]; twice {
				return fmt.Errorf("%q stands twice", word)
			}
			glosses[key] = list
			return nil
		})
		if err != nil {
			return err
		}
		l.glosses[i], l.starts[i] = glosses, map[string]string{}
		for word := range glosses {
			for start := range starts(word) {
				if w, ok := l.starts[i][start]; !ok || len(word) < len(w) || len(word) == len(w) && word < w {
					l.starts[i][start] = word
				}
			}
		}
	}
	l.related = map[string][]string{}
	return eachEntry(files, "lexicon/glossary/related.txt", func(gloss string, list []string) error {
		if _, twice := l.related[gloss]; twice {
			return fmt.Errorf("%q stands twice", gloss)
		}
		l.related[gloss] = list
		return nil
	})
}

// eachEntry calls do with each entry of a file: a word, a tab and others, until it fails. Errors say the line.
func eachEntry(files fs.FS, name string, do func(word string, list []string) error) error {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		if strings.HasPrefix(line, "#") {
			continue
		}
		word, list, ok := strings.Cut(strings.TrimRight(line, " \r\n"), "\t")
		if word == "" || !ok && strings.Contains(word, " ") {
			return fmt.Errorf("%s line %d: want a word, a tab and its glosses", name, n)
		}
		if err := do(word, strings.Fields(list)); err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
	}
	return nil
}

// num returns the number of a part.
func (l *senseLearner) num(name string) int32 {
	n, ok := l.number[name]
	if !ok {
		n = int32(len(l.seen))
		l.number[name] = n
		l.seen = append(l.seen, 0)
	}
	return n
}

// What the names of parts that are no glosses begin with.
const (
	conceptPart = "concept "
	stemPart    = "~"
)

// glossesOf returns what a word of a language means, or one that begins like it.
func (l *senseLearner) glossesOf(lang int, word string) (glosses []string, ok bool) {
	for name, whole := range names(word) {
		if !whole {
			name, ok = l.starts[lang][name]
		}
		if whole || ok {
			glosses, ok = l.glosses[lang][name]
		}
		if ok {
			return glosses, true
		}
	}
	return nil, false
}

// meant calls yield with the parts that a word with some glosses stands for, with what they have to do with as well if related.
func (l *senseLearner) meant(glosses []string, related bool, yield func(name string, times float64)) {
	times := 1 / math.Sqrt(float64(len(glosses)))
	for _, g := range glosses {
		yield(g, times)
		if !related {
			continue
		}
		for _, r := range l.related[g] {
			yield(r, times*relatedCounts)
		}
	}
}

// says calls yield with the parts of a text, word by word; of glosses as meant does.
func (l *senseLearner) says(folded []byte, toks []token, lang parley.Lang, related bool, yield func(name string, times float64)) {
	bit := langBit(lang)
	for _, t := range toks {
		word := string(folded[t.foldStart:t.foldEnd])
		glosses, ok := l.glossesOf(bits.TrailingZeros8(bit), word)
		l.meant(glosses, related, yield)
		if !ok && len(word) > stemLeast {
			yield(stemPart+word[:min(len(word), stemLetters)], 1)
		}
		found, _ := concepts().match(folded, int(t.foldStart))
		for _, c := range found {
			if c.in(bit) {
				yield(conceptPart+concepts().Names[c.concept()], aboutCounts)
			}
		}
	}
}

// readCorpus reads the sentences of the training corpus.
func (l *senseLearner) readCorpus(files fs.FS) error {
	for _, lang := range parley.Langs {
		err := eachLine(files, "corpus/train/"+string(lang)+".jsonl", func(line struct{ Text string }) error {
			folded, toks := fold(nil, nil, line.Text)
			var text []int32
			had := map[int32]bool{}
			l.says(folded, toks, lang, false, func(name string, _ float64) {
				n := l.num(name)
				if !had[n] {
					had[n] = true
					l.seen[n]++
				}
				if !strings.HasPrefix(name, conceptPart) {
					text = append(text, n)
				}
			})
			l.texts = append(l.texts, text)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eachLine calls do with each line of a file of JSON lines, until it fails. Errors say the line.
func eachLine[T any](files fs.FS, name string, do func(T) error) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var line T
		err := json.Unmarshal(lines.Bytes(), &line)
		if err == nil {
			err = do(line)
		}
		if err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
	}
	return lines.Err()
}

// parts returns what a text says.
func (l *senseLearner) parts(text string, lang parley.Lang) (list []part) {
	_, folded, toks := afterTurn(text)
	l.says(folded, toks, lang, true, func(name string, times float64) { list = append(list, part{l.num(name), times}) })
	return list
}

// readSayings reads what people say of projects, by project, and finds their usual diagnosis.
func (l *senseLearner) readSayings(files fs.FS) ([][]utterance, error) {
	by := map[string][]utterance{}
	var diagnosis [diagnosisSize]float32
	var sum [diagnosisSize]float64
	n := 0
	err := eachLine(files, "corpus/sayings/train.jsonl", func(s struct {
		Project, Reason, Text string
		Lang                  parley.Lang
	}) error {
		if langBit(s.Lang) == anyLang || s.Project == "" || s.Reason == "" || s.Text == "" {
			return errors.New("a saying lacks its project, reason, text or language")
		}
		by[s.Project] = append(by[s.Project], utterance{s.Project + " " + s.Reason, l.parts(s.Text, s.Lang)})
		after, _, _ := afterTurn(s.Text)
		diagnosisOf(after, diagnosis[:])
		for i, x := range diagnosis {
			sum[i] += float64(x)
		}
		n++
		return nil
	})
	for i, x := range sum {
		l.usual[i] = float32(x / float64(max(1, n)))
	}
	var projects [][]utterance
	for _, name := range slices.Sorted(maps.Keys(by)) {
		projects = append(projects, by[name])
	}
	return projects, err
}

// readGrounds reads what people say on grounds, by ground. Errors say the line.
func (l *senseLearner) readGrounds(files fs.FS) ([][]utterance, error) {
	data, err := fs.ReadFile(files, "lexicon/grounds.txt")
	if err != nil {
		return nil, err
	}
	grounds, err := parseGrounds(string(data))
	if err != nil {
		return nil, err
	}
	var list [][]utterance
	for _, g := range grounds {
		var said []utterance
		for _, s := range g.said {
			said = append(said, utterance{g.name, l.parts(s.text, s.lang)})
		}
		list = append(list, said)
	}
	return list, nil
}

// A ground is something that people resist on, and what they say of it, in any language.
type ground struct {
	name string
	said []saying
}

// A saying is a text in a language.
type saying struct {
	lang parley.Lang
	text string
}

// parseGrounds reads a lexicon of grounds. Errors say the line.
func parseGrounds(data string) (list []ground, err error) {
	const want = `want "lang: words; words" under a [ground]`
	err = eachPhrase(data, "grounds", want, func(name string) error {
		if name == "" {
			return errors.New("a ground without a name")
		}
		list = append(list, ground{name: name})
		return nil
	}, func(lang, text string) error {
		if langBit(parley.Lang(lang)) == anyLang {
			return errors.New(want)
		}
		if text == "" {
			return errors.New("nothing between two semicolons")
		}
		g := &list[len(list)-1]
		g.said = append(g.said, saying{parley.Lang(lang), text})
		return nil
	})
	return list, err
}
