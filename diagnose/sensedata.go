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

// readGlossary reads what words mean. Errors say the line.
func (l *senseLearner) readGlossary(files fs.FS) error {
	for i, lang := range parley.Langs {
		l.glosses[i] = map[string][]string{}
		name := "lexicon/glossary/" + string(lang) + ".txt"
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
			word, glosses, ok := strings.Cut(strings.TrimSpace(line), "\t")
			if strings.TrimSpace(line) == "" || !ok && strings.ContainsAny(line, " ") {
				return fmt.Errorf("%s line %d: want a word, a tab and its glosses", name, n)
			}
			folded, toks := fold(nil, nil, word)
			if len(toks) != 1 {
				return fmt.Errorf("%s line %d: %q is not one word", name, n, word)
			}
			key := string(folded[toks[0].foldStart:toks[0].foldEnd])
			if _, twice := l.glosses[i][key]; twice {
				return fmt.Errorf("%s line %d: %q stands twice", name, n, word)
			}
			l.glosses[i][key] = strings.Fields(glosses)
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

// says calls yield with the parts of a text, word by word.
func (l *senseLearner) says(folded []byte, toks []token, lang parley.Lang, yield func(name string, times float64)) {
	bit := langBit(lang)
	for _, t := range toks {
		word := string(folded[t.foldStart:t.foldEnd])
		glosses, ok := l.glosses[bits.TrailingZeros8(bit)][word]
		for _, g := range glosses {
			yield(g, 1/math.Sqrt(float64(len(glosses))))
		}
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
			l.says(folded, toks, lang, func(name string, _ float64) {
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
	folded, toks := afterTurn(text)
	l.says(folded, toks, lang, func(name string, times float64) { list = append(list, part{l.num(name), times}) })
	return list
}

// readSayings reads what people say of projects, by project.
func (l *senseLearner) readSayings(files fs.FS) ([][]utterance, error) {
	by := map[string][]utterance{}
	err := eachLine(files, "corpus/sayings/train.jsonl", func(s struct {
		Project, Reason, Text string
		Lang                  parley.Lang
	}) error {
		if langBit(s.Lang) == anyLang || s.Project == "" || s.Reason == "" || s.Text == "" {
			return errors.New("a saying lacks its project, reason, text or language")
		}
		by[s.Project] = append(by[s.Project], utterance{s.Project + " " + s.Reason, l.parts(s.Text, s.Lang)})
		return nil
	})
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
	n := 0
	for line := range strings.Lines(data) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			if line == "[]" {
				return nil, fmt.Errorf("grounds line %d: a ground without a name", n)
			}
			list = append(list, ground{name: line[1 : len(line)-1]})
			continue
		}
		lang, texts, ok := strings.Cut(line, ":")
		if !ok || langBit(parley.Lang(lang)) == anyLang || len(list) == 0 {
			return nil, fmt.Errorf("grounds line %d: want \"lang: words; words\" under a [ground]", n)
		}
		for text := range strings.SplitSeq(texts, ";") {
			if text = strings.TrimSpace(text); text == "" {
				return nil, fmt.Errorf("grounds line %d: nothing between two semicolons", n)
			}
			g := &list[len(list)-1]
			g.said = append(g.said, saying{parley.Lang(lang), text})
		}
	}
	return list, nil
}
