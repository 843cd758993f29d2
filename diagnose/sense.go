package diagnose

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

	"parley"
	"parley/diagnose/internal/seal"
)

// A Sense is what a text says, made to be compared with that of others, in any of the languages: a direction in a space that was learned from
// what people say when they mean the same, and beside it the diagnosis of the text. It is not changed once made. The zero Sense is like no other.
type Sense struct {
	direction []float32 // of length 1; nil if the text says nothing that is known
	lang      uint8     // of the text, as langBit has it
	crowd     float32   // how much more crowded it is around it than elsewhere, see Among
}

// SenseOf returns the sense of a text in lang; if that is "", in the language it seems to be in, and if it seems to be in none, in any. After a turn of the kind "it works,
// but …" only what comes then counts. Cost is linear, of a very long text the first 8 KB.
func SenseOf(text string, lang parley.Lang) Sense {
	if lang == "" {
		lang = parley.LangOf(text)
	}
	after, folded, toks := afterTurn(text)
	sum := make([]float32, senseSize)
	meaning := sum[:meaningSize]
	for _, t := range senses().traits(folded, toks, langBit(lang)) {
		senses().add(meaning, t)
	}
	if !toLength(meaning, 1) {
		return Sense{}
	}
	diagnosis := sum[meaningSize:]
	diagnosisOf(after, diagnosis)
	for i, usual := range senses().usual {
		diagnosis[i] -= usual
	}
	toLength(diagnosis, diagnosisCounts)
	toLength(sum, 1)
	return Sense{direction: sum, lang: langBit(lang)}
}

// Joint returns the sense of what somebody says in several texts.
func Joint(list ...Sense) (joint Sense) {
	joint = Sense{direction: make([]float32, senseSize), lang: anyLang}
	for _, s := range list {
		if s.direction == nil {
			continue
		}
		joint.lang &= s.lang // of a text in no known language, nothing
		for i, x := range s.direction {
			joint.direction[i] += x
		}
	}
	if joint.lang == 0 { // in several
		joint.lang = anyLang
	}
	if !toLength(joint.direction, 1) {
		return Sense{}
	}
	return joint
}

// toLength scales v to a length, in place, and reports whether it has a direction.
func toLength(v []float32, length float64) bool {
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	if square == 0 {
		return false
	}
	by := float32(length / math.Sqrt(square))
	for i := range v {
		v[i] *= by
	}
	return true
}

// A diagnoser finds the diagnosis of single sentences. It is not safe for concurrent use.
type diagnoser struct {
	scorer   *Scorer
	analysis Analysis
}

var diagnosers = sync.Pool{New: func() any { return &diagnoser{scorer: Shipped().Scorer()} }}

// diagnosisOf writes the diagnosis of a text, read by itself as a client's by the shipped model, into dst: the logarithm of how likely each form,
// driver, perception and subject is, if somebody resists. What is less likely than some 0.02 counts as that.
func diagnosisOf(text string, dst []float32) {
	d := diagnosers.Get().(*diagnoser)
	defer diagnosers.Put(d)
	d.scorer.Analyze(&d.analysis, text)
	d.scorer.Score(Unit{Self: &d.analysis, Role: string(parley.ClientSide)}, 0)
	d.analysis.text = "" // which may be part of a long message
	at := 0
	for _, probabilities := range d.scorer.Probs[1:] {
		for _, p := range probabilities {
			dst[at] = float32(math.Log(p + 0.02))
			at++
		}
	}
}

// inner returns the inner product of two vectors of a multiple of four numbers, the same on every processor; 0 if one is nil.
func inner(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += float32(a[0] * b[0])
		s1 += float32(a[1] * b[1])
		s2 += float32(a[2] * b[2])
		s3 += float32(a[3] * b[3])
		a, b = a[4:], b[4:]
	}
	return s0 + s1 + (s2 + s3)
}

// Alike returns how alike what s and o say is, 0…1: the cosine of their directions, from Same on more likely than not the same reason where
// half of all pairs give the same. It is symmetric, and 1, but for rounding, for equal texts that say
// something known. Senses of what people say in one place tell more when they are held against all that is said there, see Among; for how crowded it is there, up to 0.2
// is taken off or added then, for equal texts as well.
func (s Sense) Alike(o Sense) float64 { return float64(min(1, max(0, s.like(o)))) }

// like is Alike, below 0 and above 1 as well.
func (s Sense) like(o Sense) float32 {
	if s.direction == nil || o.direction == nil {
		return 0
	}
	return inner(s.direction, o.direction) - (s.crowd + o.crowd)
}

// Same is the likeness from which two texts are taken to give the same reason; chosen on sayings that were left out of learning.
const Same = 0.19

// SameAmong is the likeness from which two texts are taken to give the same reason among others, see Among.
const SameAmong = 0.1

// Telling returns the words of a text, at most three, that point most to where another text does, as it is or as Among has it. Language is as for SenseOf.
func Telling(text string, lang parley.Lang, to Sense) []string {
	if to.direction == nil {
		return nil
	}
	if lang == "" {
		lang = parley.LangOf(text)
	}
	_, folded, toks := afterTurn(text)
	weights := make([]float32, len(toks))
	one := make([]float32, meaningSize)
	for _, t := range senses().traits(folded, toks, langBit(lang)) {
		clear(one)
		senses().add(one, t)
		weights[t.token] += inner(one, to.direction[:meaningSize])
	}
	var words []string
	for len(words) < 3 && len(weights) > 0 {
		best := 0
		for i := range weights {
			if weights[i] > weights[best] {
				best = i
			}
		}
		if weights[best] <= 0 {
			break
		}
		weights[best] = 0
		word := strings.ToLower(text[toks[best].start:toks[best].end])
		if len(word) > 2 && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// A trait is what a word of a text has to do with: itself in its language, the first letters of one that is in no glossary, or a concept.
type trait struct {
	at    int32 // its vector in senseModel
	token int32
}

// The direction of a text has senseSize numbers: first its meaning, by its words, then its diagnosis.
const (
	meaningSize     = 64
	diagnosisSize   = 24 // the 19 labels of form, driver, perception and subject, and five more to have a multiple of eight
	senseSize       = meaningSize + diagnosisSize
	diagnosisCounts = 0.3 // next to the meaning
)

// stemLetters are how many letters stand for a word that is in no glossary, if it has more than stemLeast.
const stemLetters, stemLeast = 5, 3

// A word that is not in the glossary is taken for one that begins the same, but for at most startLess bytes of each; startLeast must be the same.
const startLeast, startLess = 5, 3

// starts calls yield with the beginnings by which a word is known, the longest first, until it returns false.
func starts[T string | []byte](word T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for n := len(word); n >= max(startLeast, len(word)-startLess); n-- {
			if !yield(word[:n]) {
				return
			}
		}
	}
}

// names calls yield with what a word may be known by, the surest first, until it returns false: whole, itself and whose it is ("nurse's"), then how that begins.
func names[T string | []byte](word T) iter.Seq2[T, bool] {
	return func(yield func(name T, whole bool) bool) {
		if !yield(word, true) {
			return
		}
		owner := word
		for i := range len(word) {
			if word[i] == '\'' {
				owner = word[:i]
				break
			}
		}
		if len(owner) < len(word) && !yield(owner, true) {
			return
		}
		for start := range starts(owner) {
			if !yield(start, false) {
				return
			}
		}
	}
}

// wordTrait is the hash of a word of a language, startTrait that of the beginning of one, stemTrait that of the first letters of a word that begins like none, in any
// language, conceptTrait that of a concept.
func wordTrait(lang uint8, word []byte) uint64   { return pair(uint64(lang)+1, hashWord(word)) }
func startTrait(lang uint8, start []byte) uint64 { return pair(uint64(lang)+32, hashWord(start)) }
func stemTrait(word []byte) uint64               { return pair(16, hashWord(word[:min(len(word), stemLetters)])) }
func conceptTrait(concept int) uint64            { return pair(17, uint64(concept)+1) }

// A senseModel has a vector for each trait.
type senseModel struct {
	at      map[uint64]int32
	scales  []float32
	numbers []int8                 // meaningSize for each
	usual   [diagnosisSize]float32 // what diagnosisOf has on average
}

// traits returns those of a text's words that the model knows.
func (m *senseModel) traits(folded []byte, toks []token, lang uint8) (list []trait) {
	for i, t := range toks {
		word := folded[t.foldStart:t.foldEnd]
		known := false
		for l := range parley.Langs { // of an unknown language: as each of them has it
			if lang>>l&1 == 0 {
				continue
			}
			if at, ok := m.word(1<<l, word); ok {
				list, known = append(list, trait{at: at, token: int32(i)}), true
			}
		}
		if !known && len(word) > stemLeast {
			if at, ok := m.at[stemTrait(word)]; ok {
				list = append(list, trait{at: at, token: int32(i)})
			}
		}
		found, _ := concepts().match(folded, int(t.foldStart))
		for _, c := range found {
			if at, ok := m.at[conceptTrait(c.concept())]; ok && c.in(lang) {
				list = append(list, trait{at: at, token: int32(i)})
			}
		}
	}
	return list
}

// word returns where the vector of a word of a language is, or that of one that begins like it.
func (m *senseModel) word(lang uint8, word []byte) (at int32, ok bool) {
	for name, whole := range names(word) {
		trait := startTrait
		if whole {
			trait = wordTrait
		}
		if at, ok = m.at[trait(lang, name)]; ok {
			return at, true
		}
	}
	return 0, false
}

// add adds the vector of a trait to sum, which has meaningSize numbers.
func (m *senseModel) add(sum []float32, t trait) {
	scale := m.scales[t.at]
	for i, x := range m.numbers[int(t.at)*meaningSize:][:meaningSize] {
		sum[i] += float32(scale * float32(x))
	}
}

//go:embed senses.bin
var senseData []byte

const senseMagic = "PARLEYS2"

// senses returns the model compiled in, read once.
var senses = sync.OnceValue(func() *senseModel {
	m, err := readSenses(senseData)
	if err != nil {
		panic("the senses compiled in are damaged: " + err.Error())
	}
	return m
})

// readSenses reads what senseBytes wrote.
func readSenses(data []byte) (*senseModel, error) {
	const vector, entry = 4 + meaningSize, 8 + 4
	body, err := seal.Open(data, senseMagic)
	if err != nil {
		return nil, err
	}
	m := &senseModel{}
	head := 4*len(m.usual) + 4
	if len(body) < head {
		return nil, errSensesCut
	}
	for i := range m.usual {
		m.usual[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
	}
	count := binary.LittleEndian.Uint32(body[head-4:])
	body = body[head:]
	if uint64(count) > uint64(len(body)/vector) || (len(body)-int(count)*vector)%entry != 0 {
		return nil, errSensesCut
	}
	vectors := int(count)
	m.scales, m.numbers = make([]float32, 0, vectors), make([]int8, 0, vectors*meaningSize)
	for ; len(m.scales) < vectors; body = body[vector:] {
		scale := math.Float32frombits(binary.LittleEndian.Uint32(body))
		if !(scale >= 0 && scale <= math.MaxFloat32) {
			return nil, errors.New("a scale is no size")
		}
		m.scales = append(m.scales, scale)
		for _, x := range body[4:vector] {
			m.numbers = append(m.numbers, int8(x))
		}
	}
	m.at = make(map[uint64]int32, len(body)/entry)
	for ; len(body) > 0; body = body[entry:] {
		at := binary.LittleEndian.Uint32(body[8:])
		if at >= count {
			return nil, errors.New("a vector is missing")
		}
		m.at[binary.LittleEndian.Uint64(body)] = int32(at)
	}
	return m, nil
}

var errSensesCut = errors.New("it is cut short")

// senseBytes returns a file of vectors by trait, those that are the same once: what diagnoses usually are, the vectors, a scale and a byte for each number, and for each trait, in
// order, its hash and the number of its vector.
func senseBytes(vectors map[uint64][]float32, usual [diagnosisSize]float32) []byte {
	number := map[string]uint32{}
	var packed, entries []byte
	for _, h := range slices.Sorted(maps.Keys(vectors)) {
		v := string(packVector(vectors[h]))
		at, ok := number[v]
		if !ok {
			at = uint32(len(number))
			number[v] = at
			packed = append(packed, v...)
		}
		entries = binary.LittleEndian.AppendUint64(entries, h)
		entries = binary.LittleEndian.AppendUint32(entries, at)
	}
	b := []byte(senseMagic)
	for _, x := range usual {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(number)))
	return seal.Close(slices.Concat(b, packed, entries))
}

// packVector returns a scale and a byte for each number.
func packVector(v []float32) []byte {
	var top float32
	for _, x := range v {
		top = max(top, x, -x)
	}
	scale := top / math.MaxInt8
	b := binary.LittleEndian.AppendUint32(nil, math.Float32bits(scale))
	for _, x := range v {
		code := int8(0)
		if scale > 0 {
			code = int8(math.Round(float64(x / scale)))
		}
		b = append(b, byte(code))
	}
	return b
}
