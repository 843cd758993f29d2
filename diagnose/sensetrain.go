package diagnose

import (
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
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
	return min(1.5, max(0.05, (math.Log(float64(len(l.texts))/(float64(l.seen[l.number[name]])+0.5))-1.5)/4))
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
	steps := l.descents()
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
			l.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			for some := range slices.Chunk(list, of.size) {
				batches = append(batches, slices.Concat(some...))
			}
		}
		l.rng.Shuffle(len(batches), func(i, j int) { batches[i], batches[j] = batches[j], batches[i] })
		for _, b := range batches {
			l.slope(b, senseDrop, steps)
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

// descents are those of what a learner learns.
type descents struct{ at, loud, turned, sharp *descent }

func (d *descents) all() []*descent { return []*descent{d.at, d.loud, d.turned, d.sharp} }

// descents returns those of l, at the rates they begin with.
func (l *senseLearner) descents() *descents {
	return &descents{newDescent(l.at, 0.003), newDescent(l.loud, 0.02), newDescent(l.turned, 0.001), newDescent(l.sharp[:], 0.01)}
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

// A batch is utterances on the way to their directions, senseSize numbers for each.
type batch struct {
	of      []utterance
	said    [][]part  // of each, what was not left out
	sums    []float64 // of their parts
	lengths []float64 // of these, turned
	units   []float64 // the directions
}

// rowOf returns the senseSize numbers of i.
func rowOf(m []float64, i int) []float64 { return m[i*senseSize:][:senseSize] }

// slope adds the slope of the loss of a batch, of which a share is left out by chance, to steps. It returns the loss.
func (l *senseLearner) slope(of []utterance, drop float64, steps *descents) (loss float64) {
	b := l.batch(of, drop)
	slopes, loss := b.pull(math.Exp(l.sharp[0]), steps.sharp.slope)
	back := make([]float64, senseSize)
	for i := range of {
		g := rowOf(slopes, i)
		addTo(g, -product(g, rowOf(b.units, i)), rowOf(b.units, i))
		clear(back)
		for r := range senseSize {
			x := g[r] / b.lengths[i]
			addTo(back, x, rowOf(l.turned, r))
			addTo(rowOf(steps.turned.slope, r), x, rowOf(b.sums, i))
		}
		for _, p := range b.said[i] {
			addTo(rowOf(steps.at.slope, int(p.number)), p.times, back)
			steps.loud.slope[p.number] += float64(p.times * product(rowOf(l.at, int(p.number)), back))
		}
	}
	return loss
}

// batch finds the directions of utterances.
func (l *senseLearner) batch(of []utterance, drop float64) *batch {
	n := len(of)
	b := &batch{of: of, said: make([][]part, n), sums: make([]float64, n*senseSize), lengths: make([]float64, n), units: make([]float64, n*senseSize)}
	for i, u := range of {
		for _, p := range u.parts {
			if l.rng.Float64() < drop {
				continue
			}
			p.times *= math.Exp(l.loud[p.number])
			b.said[i] = append(b.said[i], p)
			addTo(rowOf(b.sums, i), p.times, rowOf(l.at, int(p.number)))
		}
		turned := l.turn(rowOf(b.sums, i))
		b.lengths[i] = max(1e-6, math.Sqrt(product(turned, turned)))
		addTo(rowOf(b.units, i), 1/b.lengths[i], turned)
	}
	return b
}

// turn returns a sum of parts, turned.
func (l *senseLearner) turn(sum []float64) []float64 {
	out := make([]float64, senseSize)
	for r := range out {
		out[r] = product(rowOf(l.turned, r), sum)
	}
	return out
}

// pull returns the slope of the loss along the directions, and the loss: for each utterance, how little of a softmax over the cosines with the others, times sharp,
// goes to those of the same reason, in logarithms. It adds the slope along the logarithm of sharp to bySharp.
func (b *batch) pull(sharp float64, bySharp []float64) (slopes []float64, loss float64) {
	n := len(b.of)
	slopes = make([]float64, n*senseSize)
	like, share := make([]float64, n), make([]float64, n)
	for i := range n {
		same := 0
		for j := range n {
			like[j] = product(rowOf(b.units, i), rowOf(b.units, j))
			share[j] = sharp * like[j]
			if j != i && b.of[j].reason == b.of[i].reason {
				same++
			}
		}
		if same == 0 {
			continue
		}
		share[i] = math.Inf(-1)
		softmaxInPlace(share)
		for j, g := range share {
			if j != i && b.of[j].reason == b.of[i].reason {
				loss -= math.Log(g) / float64(same*n)
				g -= 1 / float64(same)
			}
			g *= sharp / float64(n)
			bySharp[0] += float64(g * like[j])
			addTo(rowOf(slopes, i), g, rowOf(b.units, j))
			addTo(rowOf(slopes, j), g, rowOf(b.units, i))
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

// vectors returns the vector of each trait.
func (l *senseLearner) vectors() map[uint64][]float32 {
	out := map[uint64][]float32{}
	vector := func(parts ...part) []float32 {
		sum := make([]float64, senseSize)
		for _, p := range parts {
			addTo(sum, p.times*math.Exp(l.loud[p.number]), rowOf(l.at, int(p.number)))
		}
		v := make([]float32, senseSize)
		for r, x := range l.turn(sum) {
			v[r] = float32(x)
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
		if concept, ok := strings.CutPrefix(name, conceptPart); ok {
			if p, ok := known(name, aboutCounts); ok {
				out[conceptTrait(slices.Index(concepts().Names, concept))] = vector(p)
			}
		} else if stem, ok := strings.CutPrefix(name, stemPart); ok {
			if p, ok := known(name, 1); ok {
				out[stemTrait([]byte(stem))] = vector(p)
			}
		}
	}
	return out
}
