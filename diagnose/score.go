package diagnose

import (
	"slices"

	"parley/diagnose/encode"
	"parley/diagnose/internal/rows"
	"parley/diagnose/internal/vec"
)

// A Scorer scores units with a model. It keeps memory between calls and is not safe for concurrent use.
//
// A score is a sum over grams, each space by its own scale; so what a word's letters add is summed up once
// and remembered, and what a turn's words add to the answer to it as well.
type Scorer struct {
	model    *Model
	phrases  phrases
	weights  [spaces]float32
	idf      [256]float32 // by byte
	memo     []word
	memoRows []float32 // by word of memo and row
	grams    []gram
	places   []uint32    // of a sentence's grams in the model's table
	letters  []rows.Pull // of a word
	pulls    []rows.Pull // of a unit
	sums     []float32   // by row, and what fills them up for package rows
	more     []float64   // by row: what an adaptation adds, in log-odds
	shares   []float64
	Probs    [][]float64 // by head and label, of the unit scored last

	// Of the unit scored last.
	unit     Unit
	self     [1]*Analysis // its sentence
	scale    [spaces]float32
	expanded []float32 // its sentence encoded, with an encoder
}

// A moment is what grams of one space add up to: their share of each gate's margin and their square
// length, before the space is scaled.
type moment struct {
	sum    [gates]float32
	square float32
}

func (m *moment) add(x moment) {
	m.sum[0] += x.sum[0]
	m.sum[1] += x.sum[1]
	m.square += x.square
}

// A word remembers what one word starts, and what its letters add up to.
type word struct {
	hash    uint64
	size    uint8 // of the word with the spaces around it; 0: none yet
	rowed   bool  // its rows are in memoRows
	letters moment
	meaning meaning
}

// memoBits is the size of the memo: 2^memoBits words, none of them longer than wordMost. Words are told apart by their length and 64 bits of hash.
const (
	memoBits = 16
	wordMost = 24
)

// Scorer returns a new scorer.
func (m *Model) Scorer() *Scorer {
	const words = 1<<memoBits + 1
	wide := rows.Padded(m.rows)
	s := &Scorer{model: m, phrases: allPhrases(), sums: make([]float32, wide), more: make([]float64, max(1, m.rows)), memo: make([]word, words), memoRows: make([]float32, words*wide)}
	if m.encoded != nil {
		s.expanded = make([]float32, encode.Wide)
	}
	for code := range s.idf {
		s.idf[code] = m.IDFScale * float32(code)
	}
	for name, w := range m.Spaces {
		s.weights[spaceByName(name)] = w
	}
	for _, h := range m.Heads {
		s.Probs = append(s.Probs, make([]float64, len(h.Labels)))
	}
	return s
}

// Analyze is Analysis.Analyze, with what s remembers of words that were there before.
func (s *Scorer) Analyze(a *Analysis, text string) {
	text = text[:min(len(text), maxSentence)]
	a.readWords(text)
	s.ask(a, Words)
	n := len(a.tokens)
	a.meant, a.letters = slices.Grow(a.meant[:0], n)[:n], slices.Grow(a.letters[:0], n)[:n]
	var letters moment
	for i := range a.tokens {
		w := &s.memo[s.word(a, i)]
		a.meant[i], a.letters[i] = w.meaning, w.letters
		letters.add(w.letters)
	}
	a.readMeanings(s.phrases, text)
	a.by, a.known = s, [spaces]bool{Chars: true}
	a.moments[Chars] = letters
}

// expect tells s that sentences will be the turn before the units scored next.
func (s *Scorer) expect(sentences []*Analysis) {
	for _, a := range sentences {
		if a.by != s || !a.known[Prev] {
			s.ask(a, Prev)
		}
	}
}

// ask asks for the cells of a's words and pairs, most of which are in no near cache: until they are needed there is something else to do.
func (s *Scorer) ask(a *Analysis, sp Space) {
	salt, shift := salt(sp), 64-s.model.fineBits()
	s.places = s.places[:0]
	for i := range a.words {
		s.places = append(s.places, bucket(a.words[i].hash, salt, shift))
	}
	rows.Ask(s.model.table, s.places)
}

// Score fills Probs for u. Where the model has a gate and the gate's probability is below least, the
// other heads are left as they are, and Score returns false. What u refers to must not change before
// the next call.
func (s *Scorer) Score(u Unit, least float64) bool {
	m := s.model
	s.unit, s.self[0] = u, u.Self
	if m.encoded != nil {
		if len(u.Encoded) != encode.Size {
			u.Encoded = encode.Vector(u.Self.text)
		}
		encode.Expand(s.expanded, u.Encoded, m.encoded.Mean)
	}
	number := m.gateOf(u.Role)
	var gate float32
	for sp := range spaces {
		if s.scale[sp] = 0; s.weights[sp] == 0 {
			continue
		}
		x := s.moment(sp)
		s.scale[sp] = lengthScale(s.weights[sp], x.square)
		gate += float32(s.scale[sp] * x.sum[number])
	}
	first := 0
	if m.Gate {
		first = 1
		head, setting := m.gate(number)
		if m.encoded != nil {
			gate += vec.Dot(m.encoded.Weights[number], s.expanded)
		}
		head.Probabilities(s.Probs[0], []float32{gate})
		if x := setting.Shifts[u.Kind]; x != 0 {
			shift(s.Probs[0], []float64{x})
		}
		if m.added != nil {
			s.addedRows(s.more[:1], 0)
			shift(s.Probs[0], s.more[:1])
		}
		if s.Probs[0][1] < least {
			return false
		}
	}
	s.addRows()
	if m.encoded != nil {
		weights := m.encoded.Weights
		for r, w := range weights[len(weights)-m.rows:] {
			s.sums[r] += vec.Dot(w, s.expanded)
		}
	}
	if m.added != nil {
		s.addedRows(s.more[:m.rows], first)
	}
	at := 0
	for i := first; i < len(m.Heads); i++ {
		h := &m.Heads[i]
		h.Probabilities(s.Probs[i], s.sums[at:at+h.Rows()])
		if m.added != nil {
			shift(s.Probs[i], s.more[at:at+h.Rows()])
		}
		at += h.Rows()
	}
	return true
}

// moment returns what space sp of the unit adds up to.
func (s *Scorer) moment(sp Space) (m moment) {
	if sp == Role {
		s.grams = s.unit.appendGrams(s.grams[:0], sp)
		return s.add(s.grams, sp)
	}
	for _, a := range s.sentences(sp) {
		m.add(s.of(a, sp))
	}
	return m
}

// sentences returns those of the unit that space sp is about.
func (s *Scorer) sentences(sp Space) []*Analysis {
	if sp == Prev || sp == PrevCues {
		return s.unit.Prev
	}
	return s.self[:]
}

// of returns what a adds up to in space sp, the sentence's own or one of the turn before.
func (s *Scorer) of(a *Analysis, sp Space) moment {
	if a.by != s {
		a.by, a.known = s, [spaces]bool{}
	}
	if !a.known[sp] {
		a.moments[sp], a.known[sp] = s.sum(a, sp), true
	}
	return a.moments[sp]
}

func (s *Scorer) sum(a *Analysis, sp Space) (m moment) {
	if sp != Chars {
		return s.add(a.grams(sp), sp)
	}
	a.letters = a.letters[:0]
	for i := range a.tokens {
		w := &s.memo[s.word(a, i)]
		a.letters = append(a.letters, w.letters)
		m.add(w.letters)
	}
	return m
}

func (s *Scorer) add(grams []gram, sp Space) moment {
	table, salt, shift := s.model.table, salt(sp), 64-s.model.fineBits()
	var everybody, client, square float32
	for i := range grams {
		c := &table[bucket(grams[i].hash, salt, shift)]
		x := s.idf[c.idf]
		everybody += float32(x * rows.Decoded[uint8(c.gate[0])])
		client += float32(x * rows.Decoded[uint8(c.gate[1])])
		square += float32(x * x)
	}
	return moment{[gates]float32{everybody, client}, square}
}

// word returns the place in memo of token i of a. It holds until the next call. A word is in one of two places, its own
// or the one beside it, which it takes while that is free.
func (s *Scorer) word(a *Analysis, i int) int {
	hash, size := a.tokens[i].hash, len(a.word(i))
	if size > wordMost {
		return s.fill(1<<memoBits, a, i)
	}
	own := int(hash >> (64 - memoBits))
	beside := own ^ 1
	switch {
	case s.memo[own].is(hash, size):
		return own
	case s.memo[beside].is(hash, size):
		return beside
	case s.memo[own].size > 0 && s.memo[beside].size == 0:
		return s.fill(beside, a, i)
	}
	return s.fill(own, a, i)
}

func (w *word) is(hash uint64, size int) bool { return w.hash == hash && int(w.size) == size }

// fill makes a place in memo that of token i of a, and returns it.
func (s *Scorer) fill(at int, a *Analysis, i int) int {
	w, text := &s.memo[at], a.word(i)
	w.hash, w.size, w.rowed = a.tokens[i].hash, uint8(len(text)), false
	s.grams = appendLetters(s.grams[:0], text, 0)
	w.letters = s.add(s.grams, Chars)
	w.meaning = s.phrases.meaningOf(text, w.hash)
	return at
}

// addRows fills sums with the margins of the rows but the gate's.
func (s *Scorer) addRows() {
	clear(s.sums)
	s.pulls = s.pulls[:0]
	for sp, scale := range s.scale {
		switch {
		case scale == 0:
		case Space(sp) == Role:
			s.grams = s.unit.appendGrams(s.grams[:0], Role)
			s.pulls = s.appendPulls(s.pulls, s.grams, Role, scale)
		case Space(sp) == Chars:
			for i := range s.unit.Self.tokens {
				rows.AddRow(s.sums, s.letterRows(i), scale)
			}
		default:
			for _, a := range s.sentences(Space(sp)) {
				s.pulls = s.appendPulls(s.pulls, a.grams(Space(sp)), Space(sp), scale)
			}
		}
	}
	rows.AddPulls(s.sums, s.model.rest, s.model.rows, s.pulls)
}

// letterRows returns what the letters of token i add up to by row, before the space is scaled.
func (s *Scorer) letterRows(i int) []float32 {
	at := s.word(s.unit.Self, i)
	sums := s.memoRows[at*len(s.sums):][:len(s.sums)]
	if w := &s.memo[at]; !w.rowed {
		clear(sums)
		s.grams = appendLetters(s.grams[:0], s.unit.Self.word(i), int32(i))
		s.letters = s.appendPulls(s.letters[:0], s.grams, Chars, 1)
		rows.AddPulls(sums, s.model.rest, s.model.rows, s.letters)
		w.rowed = true
	}
	return sums
}

// appendPulls appends what grams of space sp do, scaled.
func (s *Scorer) appendPulls(dst []rows.Pull, grams []gram, sp Space, scale float32) []rows.Pull {
	table, salt, shift := s.model.table, salt(sp), 64-s.model.fineBits()
	fine := s.model.Fine
	dst = slices.Grow(dst, len(grams))
	pulls := dst[len(dst):][:len(grams)]
	for i := range grams {
		b := bucket(grams[i].hash, salt, shift)
		pulls[i] = rows.Pull{Bucket: b >> (fine & 31), Value: scale * s.idf[table[b].idf]}
	}
	return dst[:len(dst)+len(grams)]
}

// addedRows fills z with what the model's adaptation adds to the log-odds of rows from first on.
func (s *Scorer) addedRows(z []float64, first int) {
	m := s.model
	copy(z, m.added.of.Bias[first:])
	for _, sp := range adaptable {
		s.grams = s.unit.appendGrams(s.grams[:0], sp)
		for _, g := range s.grams {
			bucket := bucketOf(g.hash, sp, m.fineBits())
			w := m.added.at(bucket)
			if w == nil {
				continue
			}
			value := s.scale[sp] * m.idf(bucket)
			for r := range z {
				z[r] += float64(value * w[first+r])
			}
		}
	}
}

// gateShares returns, for the unit scored last, what each of its sentence's words adds to the gate's log-odds. What it
// returns holds until the next call.
func (s *Scorer) gateShares() []float64 {
	m, self := s.model, s.unit.Self
	number := m.gateOf(s.unit.Role)
	s.shares = s.shares[:0]
	for _, letters := range self.letters {
		s.shares = append(s.shares, float64(s.scale[Chars]*letters.sum[number]))
	}
	for _, sp := range [...]Space{Words, Cues, About} {
		for _, g := range self.grams(sp) {
			if g.token >= 0 {
				c := &m.table[bucketOf(g.hash, sp, m.fineBits())]
				s.shares[g.token] += float64(s.scale[sp] * float32(s.idf[c.idf]*rows.Decoded[uint8(c.gate[number])]))
			}
		}
	}
	h, _ := m.gate(number)
	for i := range s.shares {
		s.shares[i] *= float64(h.Unit[0]) * h.Scale
	}
	if m.added != nil {
		s.addShares()
	}
	return s.shares
}

// addShares adds to shares what the model's adaptation adds to the gate's log-odds.
func (s *Scorer) addShares() {
	m := s.model
	for _, sp := range adaptable {
		s.grams = s.unit.appendGrams(s.grams[:0], sp)
		for _, g := range s.grams {
			bucket := bucketOf(g.hash, sp, m.fineBits())
			if w := m.added.at(bucket); g.token >= 0 && w != nil {
				s.shares[g.token] += float64(s.scale[sp] * m.idf(bucket) * w[0])
			}
		}
	}
}
