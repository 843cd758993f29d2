package diagnose

import (
	"parley/diagnose/encode"
	"parley/diagnose/internal/vec"
)

// A Scorer scores units with a model. It keeps memory between calls and is not safe for concurrent use.
//
// A score is a sum over grams, each space by its own scale; so what a word's letters add is summed up once
// and remembered, and what a turn's words add to the answer to it as well.
type Scorer struct {
	model    *Model
	weights  [spaces]float32
	memo     []word
	memoRows []float32 // by word of memo and row
	grams    []gram
	touched  byte   // what addTo read ahead, kept so that the reading is not left out
	letters  []pull // of a word
	pulls    []pull // of a unit
	sums     []float32
	more     []float64 // by row: what an adaptation adds, in log-odds
	shares   []float64
	Probs    [][]float64 // by head and label, of the unit scored last

	// Of the unit scored last.
	unit     Unit
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
	text    [24]byte
	size    uint8 // 0: none yet
	rowed   bool  // its rows are in memoRows
	letters moment
	meaning meaning
}

// memoBits is the size of the memo: 2^memoBits words, a place for each hash.
const memoBits = 15

// Scorer returns a new scorer.
func (m *Model) Scorer() *Scorer {
	s := &Scorer{model: m, sums: make([]float32, m.rows), more: make([]float64, max(1, m.rows)), memo: make([]word, 1<<memoBits+1), memoRows: make([]float32, m.rows<<memoBits+m.rows)}
	if m.encoded != nil {
		s.expanded = make([]float32, encode.Wide)
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
	a.meant = a.meant[:0]
	var letters moment
	for i := range a.tokens {
		w := &s.memo[s.word(a, i)]
		a.meant = append(a.meant, w.meaning)
		letters.add(w.letters)
	}
	a.readMeanings(text)
	a.by, a.known = s, [spaces]bool{Chars: true}
	a.moments[Chars] = letters
}

// Score fills Probs for u. Where the model has a gate and the gate's probability is below least, the
// other heads are left as they are, and Score returns false. What u refers to must not change before
// the next call.
func (s *Scorer) Score(u Unit, least float64) bool {
	m := s.model
	s.unit = u
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
		h := m.Heads[i]
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
	switch u := &s.unit; sp {
	case Words, Chars, Cues, About:
		return s.of(u.Self, sp)
	case Prev, PrevCues:
		for _, a := range u.Prev {
			m.add(s.of(a, sp))
		}
	default:
		s.grams = u.appendGrams(s.grams[:0], sp)
		return s.add(s.grams, sp)
	}
	return m
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
	switch sp {
	case Chars:
		for i := range a.tokens {
			m.add(s.memo[s.word(a, i)].letters)
		}
		return m
	case Cues, PrevCues:
		return s.add(a.cues, sp)
	case About:
		return s.add(a.about, sp)
	}
	return s.add(a.words, sp)
}

func (s *Scorer) add(grams []gram, sp Space) (m moment) {
	table, bits, unit := s.model.table, s.model.Bits, s.model.IDFScale
	for _, g := range grams {
		c := table[bucketOf(g.hash, sp, bits)]
		x := unit * float32(c.idf)
		m.sum[0] += float32(x * decoded[uint8(c.gate[0])])
		m.sum[1] += float32(x * decoded[uint8(c.gate[1])])
		m.square += float32(x * x)
	}
	return m
}

// word returns the place in memo of token i of a. It holds until the next call.
func (s *Scorer) word(a *Analysis, i int) int {
	text := a.word(i)
	at := int(a.words[2*i].hash * mix >> (64 - memoBits))
	if len(text) > len(s.memo[at].text) {
		at = 1 << memoBits // too long to keep
	}
	w := &s.memo[at]
	if int(w.size) != len(text) || string(w.text[:w.size]) != string(text) {
		w.size = uint8(copy(w.text[:], text))
		w.rowed = false
		s.grams = appendLetters(s.grams[:0], text, int32(i))
		w.letters = s.add(s.grams, Chars)
		w.meaning = meaningOf(text)
	}
	return at
}

// addRows fills sums with the margins of the rows but the gate's.
func (s *Scorer) addRows() {
	clear(s.sums)
	s.pulls = s.pulls[:0]
	for sp, scale := range s.scale {
		switch {
		case scale == 0:
		case Space(sp) == Chars:
			for i := range s.unit.Self.tokens {
				for r, x := range s.letterRows(i) {
					s.sums[r] += float32(scale * x)
				}
			}
		default:
			s.grams = s.unit.appendGrams(s.grams[:0], Space(sp))
			s.pulls = s.model.appendPulls(s.pulls, s.grams, Space(sp), scale)
		}
	}
	s.addTo(s.sums, s.pulls)
}

// letterRows returns what the letters of token i add up to by row, before the space is scaled.
func (s *Scorer) letterRows(i int) []float32 {
	at := s.word(s.unit.Self, i)
	rows := s.memoRows[at*len(s.sums):][:len(s.sums)]
	if w := &s.memo[at]; !w.rowed {
		clear(rows)
		s.grams = appendLetters(s.grams[:0], s.unit.Self.word(i), int32(i))
		s.letters = s.model.appendPulls(s.letters[:0], s.grams, Chars, 1)
		s.addTo(rows, s.letters)
		w.rowed = true
	}
	return rows
}

// A pull is what one gram does: the weights of its bucket, times value.
type pull struct {
	bucket uint32
	value  float32
}

// appendPulls appends those of grams of space sp, scaled.
func (m *Model) appendPulls(dst []pull, grams []gram, sp Space, scale float32) []pull {
	for _, g := range grams {
		b := bucketOf(g.hash, sp, m.Bits)
		dst = append(dst, pull{b, scale * m.idf(b)})
	}
	return dst
}

// addTo adds the pulls to sums, by row. Their weights lie all over the memory: going to each first, without
// waiting for any, takes half the time that waiting for them one by one does.
func (s *Scorer) addTo(sums []float32, pulls []pull) {
	if len(sums) == 0 {
		return
	}
	var first byte
	for _, x := range pulls {
		first |= s.model.at(x.bucket)[0]
	}
	s.touched = first
	for _, x := range pulls {
		codes := s.model.at(x.bucket)[:len(sums)]
		for r := range sums {
			sums[r] += float32(x.value * decoded[codes[r]])
		}
	}
}

// addedRows fills z with what the model's adaptation adds to the log-odds of rows from first on.
func (s *Scorer) addedRows(z []float64, first int) {
	m := s.model
	copy(z, m.added.of.Bias[first:])
	for _, sp := range adaptable {
		s.grams = s.unit.appendGrams(s.grams[:0], sp)
		for _, g := range s.grams {
			bucket := bucketOf(g.hash, sp, m.Bits)
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
	for i := range self.tokens {
		letters := s.memo[s.word(self, i)].letters.sum[number]
		s.shares = append(s.shares, float64(s.scale[Chars]*letters))
	}
	for _, sp := range []Space{Words, Cues, About} {
		s.grams = s.unit.appendGrams(s.grams[:0], sp)
		for i, g := range s.grams {
			if g.token >= 0 {
				s.shares[g.token] += float64(s.scale[sp] * s.add(s.grams[i:i+1], sp).sum[number])
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
			bucket := bucketOf(g.hash, sp, m.Bits)
			if w := m.added.at(bucket); g.token >= 0 && w != nil {
				s.shares[g.token] += float64(s.scale[sp] * m.idf(bucket) * w[0])
			}
		}
	}
}
