package diagnose

import (
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
)

// How senses are learned; chosen on projects left out of the sayings.
const (
	oftenSeen     = 3   // sentences of the corpus that a gloss must stand in to have a place from its company
	company       = 8   // glosses on either side that are its company
	turnsOfBase   = 12  // of the iteration that finds main directions
	aboutCounts   = 0.4 // a concept, next to a rare gloss
	relatedCounts = 0.3 // a gloss that another has to do with, next to that
	placeSize     = 128 // numbers that each learner goes by
	senseTeam     = 3   // learners
	senseRounds   = 12
	senseBatch    = 7   // projects
	groundBatch   = 30  // grounds
	senseDrop     = 0.5 // share of what a text says that is left out, another each time
)

// TrainSenses returns the file senses.bin: a vector for each word of the glossary, for how these begin, for the first letters of others, and for each concept, and what the shipped model's
// diagnosis of the sayings is on average. files is the folder of this package. Glosses, which are the same in the three languages, and first letters get their places from the company they
// keep in the training corpus (positive pointwise mutual information, Levy & Goldberg, "Neural word embedding as implicit matrix factorization", NIPS 2014); then three learners, each from
// another chance, move these so that sayings of one reason point the same way and those of others, of the same project and of six more, do not (the loss of Khosla et al., "Supervised
// contrastive learning", NeurIPS 2020); the main directions of what they make of the sayings, side by side, are kept. It gives the same bytes each time on one kind of processor. Cost: about
// two minutes of two processors for 51,000 sayings.
func TrainSenses(files fs.FS) ([]byte, error) {
	l := &senseLearner{number: map[string]int32{}}
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
	l.weigh(slices.Concat(projects, grounds))
	team := make([]*senseMember, senseTeam)
	var wg sync.WaitGroup
	for i := range team {
		wg.Go(func() {
			team[i] = l.member(uint64(i))
			team[i].learn(projects, grounds)
		})
	}
	wg.Wait()
	said := slices.Concat(projects...)
	return senseBytes(l.vectors(narrowed(team, said)), l.usual), nil
}

// A senseLearner knows the parts of what texts say: glosses, the first letters of words without one, and concepts.
type senseLearner struct {
	glosses [3]map[string][]string // by language and word
	starts  [3]map[string]string   // by language and how words begin, the shortest that begins so
	related map[string][]string    // by gloss: others that it has to do with
	number  map[string]int32       // of a part, by its name
	seen    []int                  // by part: sentences of the corpus that have it
	texts   [][]int32              // of the corpus, as the numbers of their glosses and first letters
	usual   [diagnosisSize]float32 // what diagnosisOf the sayings is on average

	places table  // by part: where it stands by the company it keeps
	placed []bool // by part: there is a reason for where it stands
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

// rarity is what a part counts by how rare it is in the corpus; a concept counts the same wherever it is.
func (l *senseLearner) rarity(name string) float64 {
	if strings.HasPrefix(name, conceptPart) {
		return 1
	}
	return min(1.5, max(0.05, (math.Log(float64(len(l.texts))/(float64(l.seen[l.number[name]])+0.5))-1.5)/4))
}

// weigh multiplies the parts of what was said by their rarity.
func (l *senseLearner) weigh(list [][]utterance) {
	rare := make([]float64, len(l.seen))
	for name, k := range l.number {
		rare[k] = l.rarity(name)
	}
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

// A senseMember learns a vector for each part.
type senseMember struct {
	at     table     // by part
	loud   []float64 // by part: the logarithm of what it counts beyond its rarity
	turned table     // what sums of parts go through
	sharp  [1]float64
	rng    *rand.Rand
}

// member returns a learner that begins where the parts are placed, and by chance where they are not.
func (l *senseLearner) member(number uint64) *senseMember {
	m := &senseMember{l.places.clone(), make([]float64, len(l.seen)), newTable(placeSize, placeSize), [1]float64{math.Log(10)}, rand.New(rand.NewPCG(1, number))}
	for k := range l.seen {
		if product(m.at.row(k), m.at.row(k)) == 0 {
			byChance(m.at.row(k), 0.1, m.rng)
		}
	}
	for i := range placeSize {
		m.turned.row(i)[i] = 1
	}
	return m
}

// learn moves the parts so that what is said for one reason points the same way.
func (m *senseMember) learn(projects, grounds [][]utterance) {
	steps := m.descents()
	for range senseRounds {
		for _, s := range steps.all() {
			s.rate *= 0.9
		}
		var batches [][]utterance
		for _, of := range []struct {
			list [][]utterance
			size int
		}{{projects, senseBatch}, {grounds, groundBatch}} {
			list := slices.Clone(of.list)
			m.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			for some := range slices.Chunk(list, of.size) {
				batches = append(batches, slices.Concat(some...))
			}
		}
		m.rng.Shuffle(len(batches), func(i, j int) { batches[i], batches[j] = batches[j], batches[i] })
		for _, b := range batches {
			m.slope(b, senseDrop, steps)
			for _, s := range steps.all() {
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

// descents are those of what a member learns.
type descents struct{ at, loud, turned, sharp *descent }

func (d *descents) all() []*descent { return []*descent{d.at, d.loud, d.turned, d.sharp} }

// descents returns those of m, at the rates they begin with.
func (m *senseMember) descents() *descents {
	return &descents{newDescent(m.at.numbers, 0.003), newDescent(m.loud, 0.02), newDescent(m.turned.numbers, 0.001), newDescent(m.sharp[:], 0.01)}
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

// A batch is utterances on the way to their directions.
type batch struct {
	of      []utterance
	said    [][]part  // of each, what was not left out
	sums    table     // of their parts
	lengths []float64 // of these, turned
	units   table     // the directions
}

// slope adds the slope of the loss of a batch, of which a share is left out by chance, to steps. It returns the loss.
func (m *senseMember) slope(of []utterance, drop float64, steps *descents) (loss float64) {
	b := m.batch(of, drop)
	slopes, loss := b.pull(math.Exp(m.sharp[0]), steps.sharp.slope)
	back := make([]float64, m.at.width)
	turned, at := table{m.turned.width, steps.turned.slope}, table{m.at.width, steps.at.slope}
	for i := range of {
		g := slopes.row(i)
		addTo(g, -product(g, b.units.row(i)), b.units.row(i))
		clear(back)
		for r := range g {
			x := g[r] / b.lengths[i]
			addTo(back, x, m.turned.row(r))
			addTo(turned.row(r), x, b.sums.row(i))
		}
		for _, p := range b.said[i] {
			addTo(at.row(int(p.number)), p.times, back)
			steps.loud.slope[p.number] += float64(p.times * product(m.at.row(int(p.number)), back))
		}
	}
	return loss
}

// batch finds the directions of utterances.
func (m *senseMember) batch(of []utterance, drop float64) *batch {
	n := len(of)
	b := &batch{of: of, said: make([][]part, n), sums: newTable(n, m.at.width), lengths: make([]float64, n), units: newTable(n, m.at.width)}
	for i, u := range of {
		for _, p := range u.parts {
			if m.rng.Float64() < drop {
				continue
			}
			p.times *= math.Exp(m.loud[p.number])
			b.said[i] = append(b.said[i], p)
			addTo(b.sums.row(i), p.times, m.at.row(int(p.number)))
		}
		turned := m.turn(b.sums.row(i))
		b.lengths[i] = max(1e-6, lengthOf(turned))
		addTo(b.units.row(i), 1/b.lengths[i], turned)
	}
	return b
}

// turn returns a sum of parts, turned.
func (m *senseMember) turn(sum []float64) []float64 {
	out := make([]float64, len(sum))
	for r := range out {
		out[r] = product(m.turned.row(r), sum)
	}
	return out
}

// pull returns the slope of the loss along the directions, and the loss: for each utterance, how little of a softmax over the cosines with the others, times sharp,
// goes to those of the same reason, in logarithms. It adds the slope along the logarithm of sharp to bySharp.
func (b *batch) pull(sharp float64, bySharp []float64) (slopes table, loss float64) {
	n := len(b.of)
	likes, pulls := newTable(n, n), newTable(n, n)
	for i := range n {
		for j := range i + 1 {
			likes.row(i)[j] = product(b.units.row(i), b.units.row(j))
			likes.row(j)[i] = likes.row(i)[j]
		}
	}
	for i := range n {
		same, share := 0, pulls.row(i)
		for j, like := range likes.row(i) {
			share[j] = sharp * like
			if j != i && b.of[j].reason == b.of[i].reason {
				same++
			}
		}
		if same == 0 {
			clear(share)
			continue
		}
		share[i] = math.Inf(-1)
		softmaxInPlace(share)
		for j, g := range share {
			if j != i && b.of[j].reason == b.of[i].reason {
				loss -= math.Log(g) / float64(same*n)
				g -= 1 / float64(same)
			}
			share[j] = g * sharp / float64(n)
			bySharp[0] += float64(share[j] * likes.row(i)[j])
		}
	}
	slopes = newTable(n, b.units.width)
	for i := range n {
		for j := range n {
			addTo(slopes.row(i), pulls.row(i)[j]+pulls.row(j)[i], b.units.row(j))
		}
	}
	return slopes, loss
}

func softmaxInPlace(p []float64) {
	top := slices.Max(p)
	var sum float64
	for i, x := range p {
		p[i] = math.Exp(x - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
}

// vector returns what parts point to.
func (m *senseMember) vector(parts []part) []float64 {
	sum := make([]float64, m.at.width)
	for _, p := range parts {
		addTo(sum, p.times*math.Exp(m.loud[p.number]), m.at.row(int(p.number)))
	}
	return m.turn(sum)
}

// narrowed returns what a team makes of parts: the vectors of its members side by side, each as long as the others on average, along the main directions of
// what was said.
func narrowed(team []*senseMember, said []utterance) func(parts []part) []float64 {
	scales := make([]float64, len(team))
	for i, m := range team {
		var sum float64
		for _, u := range said {
			sum += lengthOf(m.vector(u.parts))
		}
		scales[i] = float64(len(said)) / max(sum, 1e-12)
	}
	wide := func(parts []part) (v []float64) {
		for i, m := range team {
			for _, x := range m.vector(parts) {
				v = append(v, scales[i]*x)
			}
		}
		return v
	}
	size := len(team) * placeSize
	products := newTable(size, size)
	for _, u := range said {
		v := wide(u.parts)
		square := max(product(v, v), 1e-12)
		for i, x := range v {
			addTo(products.row(i), x/square, v)
		}
	}
	main := mainDirections(products, size, meaningSize)
	return func(parts []part) []float64 {
		v := make([]float64, meaningSize)
		for i, x := range wide(parts) {
			addTo(v, x, main.row(i))
		}
		return v
	}
}

// vectors returns the vector of each trait, which vector makes of its parts.
func (l *senseLearner) vectors(vector func(parts []part) []float64) map[uint64][]float32 {
	out := map[uint64][]float32{}
	add := func(trait uint64, parts ...part) {
		v := make([]float32, meaningSize)
		for r, x := range vector(parts) {
			v[r] = float32(x)
		}
		out[trait] = v
	}
	known := func(name string, times float64) (part, bool) {
		k, ok := l.number[name]
		if !ok || !l.placed[k] {
			return part{}, false
		}
		return part{k, times * l.rarity(name)}, true
	}
	for i, glosses := range l.glosses {
		for word, list := range glosses {
			var parts []part
			l.meant(list, true, func(gloss string, times float64) {
				if p, ok := known(gloss, times); ok {
					parts = append(parts, p)
				}
			})
			add(wordTrait(1<<i, []byte(word)), parts...) // of a word that says nothing, nothing
		}
		for start, word := range l.starts[i] {
			out[startTrait(1<<i, []byte(start))] = out[wordTrait(1<<i, []byte(word))]
		}
	}
	for name := range l.number {
		if concept, ok := strings.CutPrefix(name, conceptPart); ok {
			if p, ok := known(name, aboutCounts); ok {
				add(conceptTrait(slices.Index(concepts().Names, concept)), p)
			}
		} else if stem, ok := strings.CutPrefix(name, stemPart); ok {
			if p, ok := known(name, 1); ok {
				add(stemTrait([]byte(stem)), p)
			}
		}
	}
	return out
}
