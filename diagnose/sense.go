package diagnose

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"

	"parley"
	"parley/diagnose/internal/seal"
)

// A Sense is what a text says, made to be compared with that of others, in any of the languages: a direction in a space that was learned from
// what people say when they mean the same. It is not changed once made. The zero Sense is like no other.
type Sense struct {
	direction []float32 // of length 1; nil if the text says nothing that is known
}

// SenseOf returns the sense of a text in lang; if that is "", in the language it seems to be in, and if it seems to be in none, in any. After a turn of the kind "it works,
// but …" only what comes then counts. Cost is linear, of a very long text the first 8 KB.
func SenseOf(text string, lang parley.Lang) Sense {
	if lang == "" {
		lang = parley.LangOf(text)
	}
	folded, toks := afterTurn(text)
	sum := make([]float32, senseSize)
	for _, t := range senses().traits(folded, toks, lang) {
		senses().add(sum, t)
	}
	return Sense{direction(sum)}
}

// direction scales v to length 1, in place; nil if it has none.
func direction(v []float32) []float32 {
	length := float32(math.Sqrt(float64(inner(v, v))))
	if length == 0 {
		return nil
	}
	for i := range v {
		v[i] /= length
	}
	return v
}

// inner returns the inner product of two vectors of senseSize numbers, the same on every processor; 0 if one is nil.
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
// something known.
func (s Sense) Alike(o Sense) float64 {
	return float64(min(1, max(0, inner(s.direction, o.direction))))
}

// Same is the likeness from which two texts are taken to give the same reason; chosen on sayings that were left out of learning.
const Same = 0.15

// A Likeness says why two texts may give the same reason.
type Likeness struct {
	Score float64  `json:"score"` // as of Sense.Alike
	A     []string `json:"a"`     // the words of the first text that speak for it, most telling first
	B     []string `json:"b"`     // and of the second
}

// Compare returns how alike two texts are, and the words that make them so, at most three of each.
func Compare(a string, langA parley.Lang, b string, langB parley.Lang) Likeness {
	if langA == "" {
		langA = parley.LangOf(a)
	}
	if langB == "" {
		langB = parley.LangOf(b)
	}
	sa, sb := SenseOf(a, langA), SenseOf(b, langB)
	l := Likeness{Score: sa.Alike(sb)}
	if l.Score > 0 {
		l.A, l.B = telling(a, langA, sb), telling(b, langB, sa)
	}
	return l
}

// telling returns the words of text that point most to where another text does.
func telling(text string, lang parley.Lang, to Sense) []string {
	folded, toks := afterTurn(text)
	weights := make([]float32, len(toks))
	one := make([]float32, senseSize)
	for _, t := range senses().traits(folded, toks, lang) {
		clear(one)
		senses().add(one, t)
		weights[t.token] += inner(one, to.direction)
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

// senseSize is how many numbers the direction of a text has.
const senseSize = 64

// stemLetters are how many letters stand for a word that is in no glossary, if it has more than stemLeast.
const stemLetters, stemLeast = 5, 3

// wordTrait is the hash of a word of a language, stemTrait that of the first letters of one in any, conceptTrait that of a concept.
func wordTrait(lang uint8, word []byte) uint64 { return pair(uint64(lang)+1, hashWord(word)) }
func stemTrait(word []byte) uint64             { return pair(16, hashWord(word[:min(len(word), stemLetters)])) }
func conceptTrait(concept int) uint64          { return pair(17, uint64(concept)+1) }

// A senseModel has a vector for each trait.
type senseModel struct {
	at      map[uint64]int32
	scales  []float32
	numbers []int8 // senseSize for each
}

// traits returns those of a text's words that the model knows.
func (m *senseModel) traits(folded []byte, toks []token, lang parley.Lang) (list []trait) {
	bit := langBit(lang)
	for i, t := range toks {
		word := folded[t.foldStart:t.foldEnd]
		known := false
		for l := range parley.Langs { // of an unknown language: as each of them has it
			if bit>>l&1 == 0 {
				continue
			}
			if at, ok := m.at[wordTrait(1<<l, word)]; ok {
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
			if at, ok := m.at[conceptTrait(c.concept())]; ok && c.in(bit) {
				list = append(list, trait{at: at, token: int32(i)})
			}
		}
	}
	return list
}

// add adds the vector of a trait to sum.
func (m *senseModel) add(sum []float32, t trait) {
	scale := m.scales[t.at]
	for i, x := range m.numbers[int(t.at)*senseSize:][:senseSize] {
		sum[i] += float32(scale * float32(x))
	}
}

//go:embed senses.bin
var senseData []byte

const senseMagic = "PARLEYS1"

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
	const entry = 8 + 4 + senseSize
	body, err := seal.Open(data, senseMagic)
	if err != nil {
		return nil, err
	}
	if len(body)%entry != 0 {
		return nil, errors.New("it is cut short")
	}
	n := len(body) / entry
	m := &senseModel{at: make(map[uint64]int32, n), scales: make([]float32, n), numbers: make([]int8, 0, n*senseSize)}
	for i := range n {
		m.at[binary.LittleEndian.Uint64(body)] = int32(i)
		m.scales[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[8:]))
		for _, x := range body[12:entry] {
			m.numbers = append(m.numbers, int8(x))
		}
		body = body[entry:]
	}
	return m, nil
}

// senseBytes returns a file of vectors by trait, in order of trait: its hash, a scale and a byte for each number.
func senseBytes(vectors map[uint64][]float32) []byte {
	var hashes []uint64
	for h := range vectors {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	b := []byte(senseMagic)
	for _, h := range hashes {
		var top float32
		for _, x := range vectors[h] {
			top = max(top, x, -x)
		}
		scale := top / math.MaxInt8
		b = binary.LittleEndian.AppendUint64(b, h)
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(scale))
		for _, x := range vectors[h] {
			code := int8(0)
			if scale > 0 {
				code = int8(math.Round(float64(x / scale)))
			}
			b = append(b, byte(code))
		}
	}
	return seal.Close(b)
}
