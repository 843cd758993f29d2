package diagnose

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"parley"
)

// How senses are learned; chosen on projects left out of the sayings.
const (
	oftenSeen   = 5   // sentences of the corpus that a gloss must stand in to have a place from its company
	company     = 8   // glosses on either side that are its company
	turnsOfBase = 12  // of the iteration that finds these places
	aboutCounts = 0.4 // a concept, next to a rare gloss
	senseRounds = 4
	senseBatch  = 7   // projects
	groundBatch = 12  // grounds
	senseDrop   = 0.3 // share of what a text says that is left out, another each time
)

// TrainSenses returns the file senses.bin: a vector for each word of the glossary, for the first letters of others, and for each concept. files is
// the folder of this package. Glosses, which are the same in the three languages, get their places from the company they keep in the
// training corpus (positive pointwise mutual information, Levy & Goldberg, "Neural word embedding as implicit matrix factorization", NIPS
// 2014); then these are moved so that sayings of one reason point the same way and those of others of the same project do not (the loss of
// Khosla et al., "Supervised contrastive learning", NeurIPS 2020). It gives the same bytes each time.
func TrainSenses(files fs.FS) ([]byte, error) {
	l := &senseLearner{number: map[string]int32{}, rng: rand.New(rand.NewPCG(1, 2))}
	if err := l.readGlossary(files); err != nil {
		return nil, err
	}
	if err := l.readCorpus(files); err != nil {
		return nil, err
	}
	projects, err := l.readSayings(files)
	if err != nil {
		return nil, err
	}
	grounds, err := l.readGrounds(files)
	if err != nil {
		return nil, err
	}
	l.place()
	l.learn(projects, grounds)
	return senseBytes(l.vectors()), nil
}

// A senseLearner learns a vector for each part of what texts say: a gloss, the first letters of a word without one, or a concept.
type senseLearner struct {
	glosses [3]map[string][]string // by language and word
	number  map[string]int32       // of a part, by its name
	seen    []int                  // by part: sentences of the corpus that have it
	texts   [][]int32              // of the corpus, as the numbers of their glosses
	total   int                    // sentences of the corpus

	at     []float64 // by part: senseSize numbers
	loud   []float64 // by part: the logarithm of what it counts beyond its rarity
	placed []bool    // by part: there is a reason for where it is
	turned []float64 // what directions go through: senseSize rows
	sharp  [1]float64
	rng    *rand.Rand
}

// A part is a part of what a text says, and how much of it.
type part struct {
	number int32
	times  float64
}

// An utterance is what somebody says, and for which reason.
type utterance struct {
	reason string
	parts  []part
}

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
			l.glosses[i][string(folded[toks[0].foldStart:toks[0].foldEnd])] = strings.Fields(glosses)
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

const conceptPart = "concept "

// says calls yield with the parts of a text, word by word.
func (l *senseLearner) says(folded []byte, toks []token, lang parley.Lang, yield func(name string, times float64)) {
	bit := langBit(lang)
	for _, t := range toks {
		word := string(folded[t.foldStart:t.foldEnd])
		glosses, ok := l.glosses[slices.Index(parley.Langs, lang)][word]
		for _, g := range glosses {
			yield(g, 1/math.Sqrt(float64(len(glosses))))
		}
		if !ok && len(word) > stemLeast {
			yield("~"+word[:min(len(word), stemLetters)], 1)
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
		err := eachLine(files, "corpus/train/"+string(lang)+".jsonl", func(line struct{ Text string }) {
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
		})
		if err != nil {
			return err
		}
	}
	l.total = len(l.texts)
	return nil
}

// eachLine calls do with each line of a file of JSON lines.
func eachLine[T any](files fs.FS, name string, do func(T)) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var line T
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
		do(line)
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
	}) {
		by[s.Project] = append(by[s.Project], utterance{s.Project + " " + s.Reason, l.parts(s.Text, s.Lang)})
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

// place gives every part its place: a gloss that the corpus has often by the company it keeps, others one by chance.
func (l *senseLearner) place() {
	n := len(l.seen)
	l.at, l.loud, l.placed = make([]float64, n*senseSize), make([]float64, n), make([]bool, n)
	for i := range l.at {
		l.at[i] = 0.1 * l.rng.NormFloat64()
	}
	row := make([]int, n) // by part: its row in the matrix, from 1
	var parts []int
	for name, k := range l.number {
		if l.seen[k] >= oftenSeen && !strings.HasPrefix(name, conceptPart) {
			parts = append(parts, int(k))
		}
	}
	slices.Sort(parts)
	for i, k := range parts {
		row[k] = i + 1
	}
	m := l.associations(row, len(parts))
	q := make([]float64, len(parts)*senseSize)
	for i := range q {
		q[i] = l.rng.NormFloat64()
	}
	for range turnsOfBase {
		q = m.times(q)
		orthogonalize(q)
	}
	for i, k := range parts {
		v := q[i*senseSize:][:senseSize]
		length := math.Sqrt(product(v, v))
		for j, x := range v {
			if length > 0 {
				l.at[k*senseSize+j] = x / length
			}
		}
		l.placed[k] = true
	}
	l.turned = make([]float64, senseSize*senseSize)
	for i := range senseSize {
		l.turned[i*senseSize+i] = 1
	}
	l.sharp[0] = math.Log(10)
}

// A sparse is a symmetric matrix: by row, its columns and values.
type sparse struct {
	columns [][]int32
	values  [][]float64
}

// associations returns how much more often two glosses keep company than chance would have them: the positive pointwise mutual
// information, less where it rests on few cases.
func (l *senseLearner) associations(row []int, n int) *sparse {
	together := make([]map[int32]float64, n)
	for i := range together {
		together[i] = map[int32]float64{}
	}
	sums := make([]float64, n)
	total := 0.0
	for _, text := range l.texts {
		for i, a := range text {
			for d := 1; d <= company && i+d < len(text); d++ {
				x, y := row[a]-1, row[text[i+d]]-1
				if x < 0 || y < 0 || x == y {
					continue
				}
				w := 1 / math.Sqrt(float64(d))
				together[x][int32(y)] += w
				together[y][int32(x)] += w
				sums[x], sums[y] = sums[x]+w, sums[y]+w
				total += 2 * w
			}
		}
	}
	m := &sparse{columns: make([][]int32, n), values: make([][]float64, n)}
	for i, with := range together {
		for _, j := range slices.Sorted(maps.Keys(with)) {
			w := with[j]
			if x := math.Log(w * total / (sums[i] * sums[j])); x > 0 {
				m.columns[i], m.values[i] = append(m.columns[i], j), append(m.values[i], x*w/(w+1))
			}
		}
	}
	return m
}

// times returns the product of m and q, whose rows have senseSize numbers.
func (m *sparse) times(q []float64) []float64 {
	out := make([]float64, len(q))
	for i, columns := range m.columns {
		to := out[i*senseSize:][:senseSize]
		for k, j := range columns {
			addTo(to, m.values[i][k], q[int(j)*senseSize:][:senseSize])
		}
	}
	return out
}

// orthogonalize makes the columns of q, whose rows have senseSize numbers, orthogonal and of length 1 (Gram and Schmidt, modified).
func orthogonalize(q []float64) {
	for c := range senseSize {
		length := 0.0
		for at := c; at < len(q); at += senseSize {
			length += float64(q[at] * q[at])
		}
		length = math.Sqrt(length)
		for at := c; at < len(q); at += senseSize {
			q[at] /= max(length, 1e-12)
		}
		for d := c + 1; d < senseSize; d++ {
			sum := 0.0
			for at := 0; at < len(q); at += senseSize {
				sum += float64(q[at+c] * q[at+d])
			}
			for at := 0; at < len(q); at += senseSize {
				q[at+d] -= float64(sum * q[at+c])
			}
		}
	}
}

func product(a, b []float64) (sum float64) {
	for i, x := range a {
		sum += float64(x * b[i])
	}
	return sum
}

func addTo(dst []float64, by float64, x []float64) {
	for i, y := range x {
		dst[i] += float64(by * y)
	}
}

// rarity is what a part counts by how rare it is in the corpus; a concept counts the same wherever it is.
func (l *senseLearner) rarity(name string) float64 {
	if strings.HasPrefix(name, conceptPart) {
		return 1
	}
	return min(1.5, max(0.05, (math.Log(float64(l.total)/(float64(l.seen[l.number[name]])+0.5))-1.5)/4))
}

// learn moves the parts so that what is said for one reason points the same way.
func (l *senseLearner) learn(projects, grounds [][]utterance) {
	rare := make([]float64, len(l.seen))
	for name, k := range l.number {
		rare[k] = l.rarity(name)
	}
	for _, list := range [][][]utterance{projects, grounds} {
		for _, said := range list {
			for _, u := range said {
				for i := range u.parts {
					p := &u.parts[i]
					p.times *= rare[p.number]
					l.placed[p.number] = true
				}
			}
		}
	}
	steps := []*descent{newDescent(l.at, 0.003), newDescent(l.loud, 0.02), newDescent(l.turned, 0.001), newDescent(l.sharp[:], 0.01)}
	for range senseRounds {
		for _, s := range steps {
			s.rate *= 0.9
		}
		var batches [][]utterance
		for _, of := range []struct {
			list [][]utterance
			size int
		}{{projects, senseBatch}, {grounds, groundBatch}} {
			list := slices.Clone(of.list)
			l.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			for some := range slices.Chunk(list, of.size) {
				batches = append(batches, slices.Concat(some...))
			}
		}
		l.rng.Shuffle(len(batches), func(i, j int) { batches[i], batches[j] = batches[j], batches[i] })
		for _, b := range batches {
			l.slope(b, senseDrop, steps)
			for _, s := range steps {
				s.step()
			}
		}
	}
}

// A descent moves numbers along the slope of a loss (Kingma & Ba, "Adam", ICLR 2015).
type descent struct {
	numbers, slope, mean, square []float64
	rate                         float64
	first, second                float64 // powers of the shares of the past that are kept
}

func newDescent(numbers []float64, rate float64) *descent {
	n := len(numbers)
	return &descent{numbers, make([]float64, n), make([]float64, n), make([]float64, n), rate, 1, 1}
}

// step moves the numbers, and forgets the slope.
func (d *descent) step() {
	const keepMean, keepSquare, least = 0.9, 0.999, 1e-8
	d.first, d.second = d.first*keepMean, d.second*keepSquare
	for i, g := range d.slope {
		d.mean[i] = float64(keepMean*d.mean[i]) + float64((1-keepMean)*g)
		d.square[i] = float64(keepSquare*d.square[i]) + float64((1-keepSquare)*float64(g*g))
		d.numbers[i] -= d.rate * d.mean[i] / (1 - d.first) / (math.Sqrt(d.square[i]/(1-d.second)) + least)
	}
	clear(d.slope)
}

// slope adds the slope of the loss of a batch, of which a share is left out by chance, to steps: those of at, loud, turned and sharp. It returns the loss.
func (l *senseLearner) slope(batch []utterance, drop float64, steps []*descent) (loss float64) {
	n := len(batch)
	said := make([][]part, n)
	sums, turned, units := make([]float64, n*senseSize), make([]float64, n*senseSize), make([]float64, n*senseSize)
	lengths := make([]float64, n)
	row := func(m []float64, i int) []float64 { return m[i*senseSize:][:senseSize] }
	for i, u := range batch {
		for _, p := range u.parts {
			if l.rng.Float64() < drop {
				continue
			}
			p.times *= math.Exp(l.loud[p.number])
			said[i] = append(said[i], p)
			addTo(row(sums, i), p.times, row(l.at, int(p.number)))
		}
		for r := range senseSize {
			turned[i*senseSize+r] = product(row(l.turned, r), row(sums, i))
		}
		lengths[i] = max(1e-6, math.Sqrt(product(row(turned, i), row(turned, i))))
		addTo(row(units, i), 1/lengths[i], row(turned, i))
	}
	slopes := make([]float64, n*senseSize) // of units
	sharp := math.Exp(l.sharp[0])
	p := make([]float64, n)
	like := make([]float64, n)
	for i := range n {
		same, top := 0, math.Inf(-1)
		for j := range n {
			like[j] = product(row(units, i), row(units, j))
			if p[j] = sharp * like[j]; j == i {
				p[j] = math.Inf(-1)
			} else if batch[j].reason == batch[i].reason {
				same++
			}
			top = max(top, p[j])
		}
		if same == 0 {
			continue
		}
		total := 0.0
		for j := range p {
			p[j] = math.Exp(p[j] - top)
			total += p[j]
		}
		for j := range p {
			g := p[j] / total
			if j != i && batch[j].reason == batch[i].reason {
				loss -= math.Log(g) / float64(same*n)
				g -= 1 / float64(same)
			}
			g *= sharp / float64(n)
			steps[3].slope[0] += float64(g * like[j])
			addTo(row(slopes, i), g, row(units, j))
			addTo(row(slopes, j), g, row(units, i))
		}
	}
	back := make([]float64, senseSize)
	for i := range n {
		g := row(slopes, i)
		addTo(g, -product(g, row(units, i)), row(units, i))
		clear(back)
		for r := range senseSize {
			x := g[r] / lengths[i]
			addTo(back, x, row(l.turned, r))
			addTo(row(steps[2].slope, r), x, row(sums, i))
		}
		for _, p := range said[i] {
			addTo(row(steps[0].slope, int(p.number)), p.times, back)
			steps[1].slope[p.number] += float64(p.times * product(row(l.at, int(p.number)), back))
		}
	}
	return loss
}

// vectors returns the vector of each trait.
func (l *senseLearner) vectors() map[uint64][]float32 {
	out := map[uint64][]float32{}
	vector := func(parts ...part) []float32 {
		sum := make([]float64, senseSize)
		for _, p := range parts {
			addTo(sum, p.times*math.Exp(l.loud[p.number]), l.at[int(p.number)*senseSize:][:senseSize])
		}
		v := make([]float32, senseSize)
		for r := range v {
			v[r] = float32(product(l.turned[r*senseSize:][:senseSize], sum))
		}
		return v
	}
	known := func(name string, times float64) (part, bool) {
		k, ok := l.number[name]
		return part{k, times * l.rarity(name)}, ok && l.placed[k]
	}
	for i, glosses := range l.glosses {
		for word, list := range glosses {
			var parts []part
			for _, g := range list {
				if p, ok := known(g, 1/math.Sqrt(float64(len(list)))); ok {
					parts = append(parts, p)
				}
			}
			out[wordTrait(1<<i, []byte(word))] = vector(parts...) // of a word that says nothing, nothing
		}
	}
	for name := range l.number {
		p, ok := known(name, 1)
		switch concept, isConcept := strings.CutPrefix(name, conceptPart); {
		case !ok:
		case isConcept:
			p.times = aboutCounts
			out[conceptTrait(slices.Index(concepts().Names, concept))] = vector(p)
		case strings.HasPrefix(name, "~"):
			out[stemTrait([]byte(name[1:]))] = vector(p)
		}
	}
	return out
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
