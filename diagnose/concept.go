package diagnose

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"parley"
	"parley/diagnose/internal/seal"
)

var (
	//go:embed lexicon/concepts/en.txt
	conceptsEN string
	//go:embed lexicon/concepts/es.txt
	conceptsES string
	//go:embed lexicon/concepts/fr.txt
	conceptsFR string
)

//go:embed concepts.bin
var conceptData []byte

// concepts returns those of the package, read once. Parsing the files at every start would take longer than all else that a
// start takes.
var concepts = sync.OnceValue(func() *Concepts {
	c, err := readConcepts(conceptData)
	if err != nil {
		panic("the concepts compiled in are damaged: " + err.Error())
	}
	return c
})

// PackConcepts returns the file concepts.bin, made of the files in lexicon/concepts.
func PackConcepts() ([]byte, error) {
	c, err := ParseConcepts(map[parley.Lang]string{parley.English: conceptsEN, parley.Spanish: conceptsES, parley.French: conceptsFR})
	if err != nil {
		return nil, err
	}
	return c.pack(), nil
}

// ConceptsHash returns a fingerprint of the concepts: weights over them work only with those they were made with.
func ConceptsHash() string {
	return fmt.Sprintf("%016x", pair(pair(hashString(conceptsEN), hashString(conceptsES)), hashString(conceptsFR)))
}

// Concepts know what words are about (price, training, jobs …), the same in every language. It is a trie
// over folded bytes, walked from the start of every word. It is safe for concurrent use.
type Concepts struct {
	Names []string // in the order of the files
	nodes []conceptNode
	lists []mention // of all sets
	sets  []uint32  // where each set starts in lists; the next one's start is its end

	openings openings
}

// A mention is a concept, and the languages in which the words mean it.
type mention uint16

func (m mention) concept() int { return int(m >> 3) }

// in reports whether the words mean it in a language of langs, a bit set in the order of parley.Langs.
func (m mention) in(langs uint8) bool { return uint8(m)&langs != 0 }

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

// A conceptNode is one prefix of phrases. Its children are next to each other, in order of symbol.
type conceptNode struct {
	symbols       uint32 // of its children, a bit each
	first         uint32 // its first child
	inside, whole uint16 // sets: what the phrases met so far mean if the word goes on, and if it ends here
	insideEnd     uint8  // length of the longest of them
	wholeEnd      uint8
}

const maxConceptPhrase = 200 // bytes, folded

// ParseConcepts reads a file for each language: lines "concept: word; phrase; stem*", # before a note. A concept may be
// missing in a language, and stands once in each. Errors say file and line. At most 8,000 concepts. Cost is linear.
func ParseConcepts(files map[parley.Lang]string) (*Concepts, error) {
	c := &Concepts{}
	b := conceptBuilder{ids: map[string]int{}, at: map[string]uint16{}, grown: map[[2]uint16]uint16{}, sets: [][]mention{nil}}
	for i, lang := range parley.Langs {
		n := 0
		clear(b.seen)
		for line := range strings.Lines(files[lang]) {
			n++
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if err := b.line(line, i); err != nil {
				return nil, fmt.Errorf("concepts %s line %d: %w", lang, n, err)
			}
		}
	}
	c.nodes, c.openings = b.build(), b.openings
	if len(b.sets) > 1<<16 {
		return nil, fmt.Errorf("concepts: too many kinds of phrases")
	}
	c.Names, c.sets = b.names, []uint32{0}
	for _, set := range b.sets {
		c.lists = append(c.lists, set...)
		c.sets = append(c.sets, uint32(len(c.lists)))
	}
	return c, nil
}

// A conceptBuilder gathers phrases and makes the trie of them.
type conceptBuilder struct {
	names   []string
	ids     map[string]int
	seen    []bool // concepts of this language, by id
	symbols []byte // of all phrases
	toks    []token
	phrases []conceptPhrase

	openings openings

	sets  [][]mention // equal ones once; the first is empty
	at    map[string]uint16
	grown map[[2]uint16]uint16 // by set and mention: the set with it
}

// A conceptPhrase is a phrase: where its symbols are, one for each folded byte.
type conceptPhrase struct {
	start int32
	size  uint8
	star  bool
	means mention
}

func (b *conceptBuilder) line(line string, lang int) error {
	name, list, ok := strings.Cut(line, ":")
	if !ok || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return fmt.Errorf("want \"concept: word; phrase\"")
	}
	id, ok := b.ids[name]
	if !ok {
		if id = len(b.names); id == 8000 {
			return fmt.Errorf("more than 8,000 concepts")
		}
		b.ids[name], b.names, b.seen = id, append(b.names, name), append(b.seen, false)
	}
	if b.seen[id] {
		return fmt.Errorf("%q stands twice", name)
	}
	b.seen[id] = true
	for p := range strings.SplitSeq(list, ";") {
		if err := b.phrase(strings.TrimSpace(p), mention(id<<3|1<<lang)); err != nil {
			return err
		}
	}
	return nil
}

func (b *conceptBuilder) phrase(phrase string, means mention) error {
	text, star := strings.CutSuffix(phrase, "*")
	start := len(b.symbols)
	b.symbols, b.toks = fold(b.symbols, b.toks[:0], text)
	if len(b.toks) == 0 {
		return fmt.Errorf("phrase %q has no words", phrase)
	}
	b.symbols = b.symbols[:len(b.symbols)-1] // without the space after it, and the one before it
	start++
	if len(b.symbols)-start > maxConceptPhrase {
		return fmt.Errorf("phrase %q is too long", phrase)
	}
	for i := start; i < len(b.symbols); i++ {
		if b.symbols[i] = lexiconSymbol[b.symbols[i]]; b.symbols[i] == 0 {
			return fmt.Errorf("phrase %q has a letter outside the lexicon's alphabet", phrase)
		}
	}
	b.openings.add(b.toks, star)
	b.phrases = append(b.phrases, conceptPhrase{int32(start), uint8(len(b.symbols) - start), star, means})
	return nil
}

// build makes the trie, a level at a time; phrases are brought into its order.
func (b *conceptBuilder) build() []conceptNode {
	type work struct {
		start, end uint32 // of the phrases that go through the node
		depth      uint8
		met        uint16 // what holds if the word goes on, and its length
		metEnd     uint8
	}
	queue := append(make([]work, 0, len(b.symbols)/2), work{end: uint32(len(b.phrases))})
	nodes := make([]conceptNode, 0, len(b.symbols)/2)
	var sorted []conceptPhrase
	for at := 0; at < len(queue); at++ {
		w := queue[at]
		n := conceptNode{inside: w.met, whole: w.met, insideEnd: w.metEnd, wholeEnd: w.metEnd, first: uint32(len(queue))}
		list := b.phrases[w.start:w.end]
		if p := list; len(p) == 1 && p[0].size > w.depth { // the most common kind by far
			s := b.symbols[p[0].start+int32(w.depth)]
			n.symbols = 1 << s
			nodes, queue = append(nodes, n), append(queue, work{w.start, w.end, w.depth + 1, w.met, w.metEnd})
			continue
		}
		var ends [33]uint32 // by symbol plus one: where its phrases end; of 0, those that end here
		for _, p := range list {
			if p.size > w.depth {
				ends[b.symbols[p.start+int32(w.depth)]+1]++
				continue
			}
			ends[1]++
			n.whole, n.wholeEnd = b.grow(n.whole, p.means), w.depth
			if p.star {
				n.inside, n.insideEnd = b.grow(n.inside, p.means), w.depth
			}
		}
		for s := range 32 {
			if count := ends[s+1]; count > 0 && s > 0 {
				n.symbols |= 1 << s
				child := work{w.start + ends[s], w.start + ends[s] + count, w.depth + 1, n.inside, n.insideEnd}
				if s == symbolSpace { // the word ended here
					child.met, child.metEnd = n.whole, n.wholeEnd
				}
				queue = append(queue, child)
			}
			ends[s+1] += ends[s]
		}
		nodes = append(nodes, n)
		if len(list) == 1 {
			continue
		}
		sorted = append(sorted[:0], list...)
		for _, p := range sorted {
			s := byte(0)
			if p.size > w.depth {
				s = b.symbols[p.start+int32(w.depth)]
			}
			list[ends[s]] = p
			ends[s]++
		}
	}
	return nodes
}

// grow returns the number of the set that is set with m, in order of concept. The number is cut short where there are too many sets.
func (b *conceptBuilder) grow(set uint16, m mention) uint16 {
	if grown, ok := b.grown[[2]uint16{set, uint16(m)}]; ok {
		return grown
	}
	list := slices.Clone(b.sets[set])
	i, found := slices.BinarySearchFunc(list, m, func(have, want mention) int { return have.concept() - want.concept() })
	if found {
		list[i] |= m
	} else {
		list = slices.Insert(list, i, m)
	}
	var key []byte
	for _, m := range list {
		key = binary.LittleEndian.AppendUint16(key, uint16(m))
	}
	grown, ok := b.at[string(key)]
	if !ok {
		grown = uint16(len(b.sets))
		b.sets, b.at[string(key)] = append(b.sets, list), grown
	}
	b.grown[[2]uint16{set, uint16(m)}] = grown
	return grown
}

// match returns what the phrases mean that start at folded[at], the start of a word, in order of concept, and the end of
// the longest of them; nil and at if there is none. It allocates nothing, and what it returns is not to be changed.
func (c *Concepts) match(folded []byte, at int) (found []mention, end int) {
	set, length, _ := c.follow(0, folded[at:])
	return c.set(set), at + int(length)
}

// set returns the mentions of a set, in order of concept.
func (c *Concepts) set(set uint16) []mention { return c.lists[c.sets[set]:c.sets[set+1]] }

// follow goes on from node over words, which end in a space. It returns the set of what the phrases mean that were met
// from their start on, the length of the longest, and the node from which more words may go on, 0 if there is none.
func (c *Concepts) follow(node uint32, words []byte) (set uint16, length uint8, next uint32) {
	for _, b := range words {
		n := &c.nodes[node]
		bit := uint32(1) << lexiconSymbol[b]
		if n.symbols&bit == 0 {
			if b == ' ' { // the word ended, as all folded text does
				return n.whole, n.wholeEnd, 0
			}
			return n.inside, n.insideEnd, 0
		}
		node = n.first + uint32(bits.OnesCount32(n.symbols&(bit-1)))
	}
	return c.nodes[node].whole, c.nodes[node].wholeEnd, node
}

const conceptMagic = "PARLEYC2"

// pack returns the concepts as a file: how many names, nodes and sets there are, then these and the openings. Where a node's children are follows
// from the symbols of those before it.
func (c *Concepts) pack() []byte {
	order := binary.LittleEndian
	names := strings.Join(c.Names, "\n")
	out := []byte(conceptMagic)
	for _, n := range []int{len(names), len(c.nodes), len(c.sets), len(c.lists)} {
		out = order.AppendUint32(out, uint32(n))
	}
	out = append(out, names...)
	for _, n := range c.nodes {
		out = order.AppendUint16(order.AppendUint16(order.AppendUint32(out, n.symbols), n.inside), n.whole)
		out = append(out, n.insideEnd, n.wholeEnd)
	}
	for _, start := range c.sets {
		out = order.AppendUint32(out, start)
	}
	for _, m := range c.lists {
		out = order.AppendUint16(out, uint16(m))
	}
	for _, x := range c.openings {
		out = order.AppendUint64(out, x)
	}
	return seal.Close(out)
}

// readConcepts reads what pack wrote. It is for the file compiled in: beyond its checksum it is taken to be right.
func readConcepts(data []byte) (*Concepts, error) {
	const nodeSize = 10
	order := binary.LittleEndian
	body, err := seal.Open(data, conceptMagic)
	if err != nil {
		return nil, err
	}
	names, nodes, sets, lists := order.Uint32(body), order.Uint32(body[4:]), order.Uint32(body[8:]), order.Uint32(body[12:])
	body = body[16:]
	c := &Concepts{Names: strings.Split(string(body[:names]), "\n"), nodes: make([]conceptNode, nodes), sets: make([]uint32, sets), lists: make([]mention, lists)}
	body = body[names:]
	next := uint32(1)
	for i := range c.nodes {
		b := body[i*nodeSize:][:nodeSize]
		c.nodes[i] = conceptNode{order.Uint32(b), next, order.Uint16(b[4:]), order.Uint16(b[6:]), b[8], b[9]}
		next += uint32(bits.OnesCount32(c.nodes[i].symbols))
	}
	body = body[nodes*nodeSize:]
	for i := range c.sets {
		c.sets[i] = order.Uint32(body[4*i:])
	}
	body = body[4*sets:]
	for i := range c.lists {
		c.lists[i] = mention(order.Uint16(body[2*i:]))
	}
	body = body[2*lists:]
	for i := range c.openings {
		c.openings[i] = order.Uint64(body[8*i:])
	}
	return c, nil
}
