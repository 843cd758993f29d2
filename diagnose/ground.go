package diagnose

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"parley"
	"parley/diagnose/internal/seal"
)

var (
	//go:embed lexicon/grounds.txt
	groundData string
	//go:embed grounds.bin
	groundWeights []byte
)

// A groundLexicon is what lexicon/grounds.txt holds.
type groundLexicon struct {
	names    []string
	examples []groundExample
	turns    *Lexicon // one category
}

// A groundExample is something that people say on a ground.
type groundExample struct {
	ground int
	lang   parley.Lang
	text   string
}

const turnSection = "turn"

// parseGrounds reads a lexicon of grounds. Errors say the line.
func parseGrounds(data string) (*groundLexicon, error) {
	g := &groundLexicon{}
	turns := "[turn]\n"
	n, inTurn := 0, false
	for line := range strings.Lines(data) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			name := line[1 : len(line)-1]
			if inTurn = name == turnSection; !inTurn {
				g.names = append(g.names, name)
			}
			if name == "" || len(g.names) > maxGrounds {
				return nil, fmt.Errorf("grounds line %d: a ground without a name, or more than %d", n, maxGrounds)
			}
			continue
		}
		lang, list, ok := strings.Cut(line, ":")
		if !ok || langBit(parley.Lang(lang)) == anyLang || !inTurn && len(g.names) == 0 {
			return nil, fmt.Errorf("grounds line %d: want \"lang: words; words\" under a [ground]", n)
		}
		if inTurn {
			turns += line + "\n"
			continue
		}
		for text := range strings.SplitSeq(list, ";") {
			if text = strings.TrimSpace(text); text == "" {
				return nil, fmt.Errorf("grounds line %d: nothing between two semicolons", n)
			}
			g.examples = append(g.examples, groundExample{len(g.names) - 1, parley.Lang(lang), text})
		}
	}
	var err error
	if g.turns, err = ParseLexicon(turns); err != nil {
		return nil, fmt.Errorf("grounds, turns: %w", err)
	}
	return g, nil
}

const anyLang = 7

// langBit returns the bit of a language in the order of parley.Langs, all of them if it is unknown.
func langBit(lang parley.Lang) uint8 {
	for i, l := range parley.Langs {
		if l == lang {
			return 1 << i
		}
	}
	return anyLang
}

// A trait is one feature of what a text says: a concept, the beginning of a word, or two of these in a row.
type trait struct {
	hash  uint32
	value float32 // how much it counts, then times how rare it is
	at    int32   // in the model's features, −1 if it has none
	token int32
}

const (
	pairCounts = 0.7 // two words in a row, next to one word
	stemBytes  = 6   // of a word: most endings of the three languages are beyond
)

// traits appends those of a text in lang to dst, each once, in order of hash.
func traits(dst []trait, folded []byte, toks []token, langs uint8) []trait {
	start := len(dst)
	before := uint64(0)
	for i, t := range toks {
		h := hashWord(folded[t.foldStart:min(t.foldEnd, t.foldStart+stemBytes)])
		dst = append(dst, trait{hash: uint32((h * mix) >> 32), value: 1, token: int32(i)})
		if i > 0 {
			dst = append(dst, trait{hash: uint32(pair(before, h) >> 32), value: pairCounts, token: int32(i)})
		}
		before = h
		found, _ := concepts().match(folded, int(t.foldStart))
		for _, m := range found {
			if m.in(langs) {
				dst = append(dst, trait{hash: uint32((uint64(m.concept()) + 1) * mix >> 32), value: 1, token: int32(i)})
			}
		}
	}
	return dst[:start+len(uniqueTraits(dst[start:]))]
}

// A groundModel says what a text rests on: a linear model over traits.
type groundModel struct {
	names []string
	turns *Lexicon
	slots []groundSlot // open-addressed by hash
	idf   []float32    // by feature
	rows  []uint32     // by feature and one more: where its weights begin
	kinds []uint8      // by weight: its ground
	w     []float32
	count int // of grounds
}

type groundSlot struct {
	hash uint32
	at   int32 // −1 if empty
}

const (
	groundMagic = "PARLEYG1"
	maxGrounds  = 255
)

// grounds returns the model compiled in, read once.
var grounds = sync.OnceValue(func() *groundModel {
	lexicon, err := parseGrounds(groundData)
	if err != nil {
		panic(err) // the embedded file is tested
	}
	m, err := readGrounds(groundWeights)
	if err != nil {
		panic("the weights of grounds compiled in are damaged: " + err.Error())
	}
	if m.count != len(lexicon.names) {
		panic("the weights of grounds compiled in are of other grounds")
	}
	m.names, m.turns = lexicon.names, lexicon.turns
	return m
})

// Grounds returns the names of what a reason may rest on, in the order of the lexicon.
func Grounds() []string { return append([]string(nil), grounds().names...) }

// groundsHash is a fingerprint of what the weights are made of.
func groundsHash() uint64 {
	return pair(pair(pair(hashString(groundData), hashString(conceptsEN)), hashString(conceptsES)), hashString(conceptsFR))
}

// pack returns the model as a file: a head, then for each feature its hash, rarity and weights, and a checksum.
func (m *groundModel) pack(hashes []uint32) []byte {
	var top float64
	for _, w := range m.w {
		top = max(top, math.Abs(float64(w)))
	}
	scale := float32(top / math.MaxInt16)
	b := []byte(groundMagic)
	b = binary.LittleEndian.AppendUint64(b, groundsHash())
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(scale))
	b = binary.LittleEndian.AppendUint32(b, uint32(m.count))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(hashes)))
	for i, h := range hashes {
		b = binary.LittleEndian.AppendUint32(b, h)
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(m.idf[i]))
		b = append(b, uint8(m.rows[i+1]-m.rows[i]))
		for j := m.rows[i]; j < m.rows[i+1]; j++ {
			b = append(b, m.kinds[j])
			b = binary.LittleEndian.AppendUint16(b, uint16(int16(math.Round(float64(m.w[j]/scale)))))
		}
	}
	return seal.Close(b)
}

// readGrounds reads what pack wrote.
func readGrounds(data []byte) (*groundModel, error) {
	const head = 8 + 12
	body, err := seal.Open(data, groundMagic)
	if err != nil {
		return nil, err
	}
	if len(body) < head {
		return nil, errors.New("it is cut short")
	}
	if binary.LittleEndian.Uint64(body) != groundsHash() {
		return nil, errors.New("it is of another lexicon; run go generate")
	}
	scale := math.Float32frombits(binary.LittleEndian.Uint32(body[8:]))
	kinds, features := int(binary.LittleEndian.Uint32(body[12:])), int(binary.LittleEndian.Uint32(body[16:]))
	body = body[head:]
	if kinds > maxGrounds || features > 1<<22 || len(body) < 9*features {
		return nil, errors.New("it is cut short")
	}
	m := &groundModel{count: kinds, idf: make([]float32, features), rows: make([]uint32, 1, features+1)}
	hashes := make([]uint32, features)
	for i := range features {
		if len(body) < 9 || len(body) < 9+3*int(body[8]) {
			return nil, errors.New("it is cut short")
		}
		hashes[i] = binary.LittleEndian.Uint32(body)
		m.idf[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4:]))
		n := int(body[8])
		body = body[9:]
		for j := range n {
			if int(body[3*j]) >= kinds {
				return nil, errors.New("a weight of no ground")
			}
			m.kinds = append(m.kinds, body[3*j])
			m.w = append(m.w, scale*float32(int16(binary.LittleEndian.Uint16(body[3*j+1:]))))
		}
		body = body[3*n:]
		m.rows = append(m.rows, uint32(len(m.w)))
	}
	m.index(hashes)
	return m, nil
}

// index makes the table of features by hash.
func (m *groundModel) index(hashes []uint32) {
	size := 16
	for size < 2*len(hashes) {
		size *= 2
	}
	m.slots = make([]groundSlot, size)
	for i := range m.slots {
		m.slots[i].at = -1
	}
	for i, h := range hashes {
		at := int(h) & (size - 1)
		for m.slots[at].at >= 0 {
			at = (at + 1) & (size - 1)
		}
		m.slots[at] = groundSlot{h, int32(i)}
	}
}

func (m *groundModel) find(hash uint32) int32 {
	for at := int(hash) & (len(m.slots) - 1); ; at = (at + 1) & (len(m.slots) - 1) {
		if s := m.slots[at]; s.at < 0 || s.hash == hash {
			return s.at
		}
	}
}
