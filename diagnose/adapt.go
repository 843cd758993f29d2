package diagnose

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"

	"parley/diagnose/internal/seal"
)

// An Adaptation is what some people's decisions change about a model: weights to be added to the model's
// own, in log-odds, for words and cues of the sentence itself that they saw. It says which model it is for and what it was made
// from. Model.With makes a model of both. It is immutable.
type Adaptation struct {
	AdaptationInfo
	buckets []uint32 // ascending
	codes   []int8   // by bucket, then by row: the gate's first, then the other heads'
}

// AdaptationInfo is an adaptation's header.
type AdaptationInfo struct {
	Version   string    `json:"version"`   // of the recipe that made it
	Base      string    `json:"base"`      // Fingerprint of the model it is for
	Data      string    `json:"data"`      // fingerprint of the decisions it was made from
	Examples  int       `json:"examples"`  // how many they are
	Threshold float64   `json:"threshold"` // added to the model's
	Bias      []float64 `json:"bias"`      // by row, added to the log-odds
	Unit      []float32 `json:"unit"`      // by row: the least weight but 0
}

const (
	adaptationMagic = "PARLEYA1"
	maxTouched      = 1 << MaxBits
)

// ErrAdaptation is in the chain of every error that says that an adaptation is damaged, or for another model.
var ErrAdaptation = errors.New("not a usable adaptation")

// NewAdaptation makes an adaptation: codes are one byte by bucket and row, decoded as those of a model. The
// slices are kept.
func NewAdaptation(info AdaptationInfo, buckets []uint32, codes []int8) (*Adaptation, error) {
	a := &Adaptation{AdaptationInfo: info, buckets: buckets, codes: codes}
	rows := len(info.Bias)
	if rows == 0 || rows > maxRows+1 || len(info.Unit) != rows || len(codes) != rows*len(buckets) || len(buckets) > maxTouched || !finite(info.Bias...) {
		return nil, fmt.Errorf("%w: its parts do not fit", ErrAdaptation)
	}
	for _, u := range info.Unit {
		if !finite(float64(u)) {
			return nil, fmt.Errorf("%w: a number is not finite", ErrAdaptation)
		}
	}
	for i := 1; i < len(buckets); i++ {
		if buckets[i] <= buckets[i-1] {
			return nil, fmt.Errorf("%w: its buckets are out of order", ErrAdaptation)
		}
	}
	return a, nil
}

// MarshalBinary returns the adaptation as bytes, the same for the same adaptation: a header as JSON, then
// for each row the codes that are not 0, each after its distance from the one before, and a checksum.
func (a *Adaptation) MarshalBinary() ([]byte, error) {
	out, err := appendHeader(adaptationMagic, a.AdaptationInfo)
	if err != nil {
		return nil, err
	}
	rows := len(a.Bias)
	for r := range rows {
		n := 0
		for i := range a.buckets {
			if a.codes[i*rows+r] != 0 {
				n++
			}
		}
		out = binary.AppendUvarint(out, uint64(n))
		before := uint32(0)
		for i, b := range a.buckets {
			if code := a.codes[i*rows+r]; code != 0 {
				out = binary.AppendUvarint(out, uint64(b-before))
				out = append(out, byte(code))
				before = b
			}
		}
	}
	return seal.Close(out), nil
}

// ParseAdaptation reads what MarshalBinary wrote and checks it.
func ParseAdaptation(data []byte) (*Adaptation, error) {
	bad := func(what string) (*Adaptation, error) { return nil, fmt.Errorf("%w: %s", ErrAdaptation, what) }
	var info AdaptationInfo
	rest, err := unsealHeader(data, adaptationMagic, &info)
	if err != nil {
		return bad(err.Error())
	}
	if len(info.Bias) > maxRows+1 {
		return bad("its number of rows")
	}
	entries, err := parseEntries(rest, len(info.Bias))
	if err != nil {
		return bad(err.Error())
	}
	buckets, codes := pack(entries, len(info.Bias))
	return NewAdaptation(info, buckets, codes)
}

// An entry is one weight of an adaptation.
type entry struct {
	bucket uint32
	row    int
	code   int8
}

// parseEntries reads the weights of all rows, which must be all there is in data.
func parseEntries(data []byte, rows int) ([]entry, error) {
	var entries []entry
	for r := range rows {
		n, size := binary.Uvarint(data)
		if size <= 0 || n > uint64(len(data))/2 {
			return nil, errors.New("its weights are cut short")
		}
		data = data[size:]
		bucket := uint64(0)
		for i := range n {
			step, size := binary.Uvarint(data)
			if size <= 0 || size >= len(data) || step >= maxTouched || step == 0 && i > 0 || data[size] == 0 {
				return nil, errors.New("a weight is not as it should be")
			}
			if bucket += step; bucket >= maxTouched {
				return nil, errors.New("a bucket is out of bounds")
			}
			entries = append(entries, entry{uint32(bucket), r, int8(data[size])})
			data = data[size+1:]
		}
	}
	if len(data) > 0 {
		return nil, errors.New("there is something after its end")
	}
	return entries, nil
}

// pack returns the buckets of entries in order, and the codes by bucket and row.
func pack(entries []entry, rows int) (buckets []uint32, codes []int8) {
	for _, e := range entries {
		buckets = append(buckets, e.bucket)
	}
	slices.Sort(buckets)
	buckets = slices.Compact(buckets)
	codes = make([]int8, len(buckets)*rows)
	for _, e := range entries {
		i, _ := slices.BinarySearch(buckets, e.bucket)
		codes[i*rows+e.row] = e.code
	}
	return buckets, codes
}

// Fingerprint returns the SHA-256 of the model file, in hex. It is computed once.
func (m *Model) Fingerprint() string {
	m.once.Do(func() {
		h := sha256.New()
		if _, err := m.WriteTo(h); err != nil {
			panic(err) // a header of plain values, and a hash takes all
		}
		m.print = hex.EncodeToString(h.Sum(nil))
	})
	return m.print
}

// adaptable are the spaces whose weights an adaptation may change. Letters within words and what stands
// around were tried: they made adaptations ten times as large and no better.
var adaptable = []Space{Words, Cues}

// Adaptable returns a new vectorizer of the features whose weights an adaptation may change, with the
// values that m scores them by.
func (m *Model) Adaptable() *Vectorizer {
	v := &Vectorizer{Bits: m.fineBits(), IDF: m.idfs()}
	for _, sp := range adaptable {
		v.Weights[sp] = m.Spaces[SpaceNames[sp]]
	}
	return v
}

// allRows is how many rows all heads have together, the gate's with them.
func (m *Model) allRows() int {
	n := m.rows
	if m.Gate {
		n++
	}
	return n
}

// With returns a model that scores as m does with a added. It shares m's weights. Adaptations do not add
// up: a must be for m, and m not be adapted itself. With nil it returns m.
func (m *Model) With(a *Adaptation) (*Model, error) {
	if a == nil {
		return m, nil
	}
	if m.added != nil || a.Base != m.Fingerprint() || len(a.Bias) != m.allRows() {
		return nil, fmt.Errorf("%w: it is for another model", ErrAdaptation)
	}
	if n := len(a.buckets); n > 0 && a.buckets[n-1] >= 1<<m.fineBits() {
		return nil, fmt.Errorf("%w: a bucket is out of bounds", ErrAdaptation)
	}
	info := m.Info
	info.Setting = m.Setting.raised(a.Threshold)
	if m.Client != nil {
		info.Client = &Gate{m.Client.Head, m.Client.Setting.raised(a.Threshold)}
	}
	return &Model{Info: info, table: m.table, rest: m.rest, rows: m.rows, encoded: m.encoded, added: newAdded(m, a)}, nil
}

// raised returns the setting with its thresholds higher by x.
func (s Setting) raised(x float64) Setting {
	s.Threshold += x
	s.Kinds = maps.Clone(s.Kinds)
	for kind := range s.Kinds {
		s.Kinds[kind] += x
	}
	return s
}

// Adaptation returns what m was adapted with, nil if nothing.
func (m *Model) Adaptation() *Adaptation {
	if m.added == nil {
		return nil
	}
	return m.added.of
}

// added is an adaptation made ready for scoring: a bit for each bucket says whether it is touched, and
// counting bits where its weights are.
type added struct {
	of      *Adaptation
	rows    int
	touched []uint64
	before  []uint32  // by word of touched: buckets in the words before it
	weights []float32 // by touched bucket, then row, in log-odds
}

func newAdded(m *Model, a *Adaptation) *added {
	words := max(1, 1<<m.fineBits()/64)
	d := &added{of: a, rows: len(a.Bias), touched: make([]uint64, words), before: make([]uint32, words), weights: make([]float32, len(a.codes))}
	for _, b := range a.buckets {
		d.touched[b/64] |= 1 << (b % 64)
	}
	n := uint32(0)
	for i, w := range d.touched {
		d.before[i] = n
		n += uint32(bits.OnesCount64(w))
	}
	for i, code := range a.codes {
		d.weights[i] = Decode(code) * a.Unit[i%d.rows]
	}
	return d
}

// at returns what is added to the weights of a bucket, by row; nil if nothing.
func (d *added) at(bucket uint32) []float32 {
	word, bit := d.touched[bucket/64], uint64(1)<<(bucket%64)
	if word&bit == 0 {
		return nil
	}
	i := (int(d.before[bucket/64]) + bits.OnesCount64(word&(bit-1))) * d.rows
	return d.weights[i : i+d.rows]
}

// shift adds z, by row, to the log-odds that p, by label, stands for.
func shift(p, z []float64) {
	if len(p) == 2 {
		odds := math.Log(max(p[1], 1e-300)/max(p[0], 1e-300)) + z[0]
		p[1] = 1 / (1 + math.Exp(-odds))
		p[0] = 1 - p[1]
		return
	}
	top := slices.Max(z)
	var total float64
	for i := range p {
		p[i] *= math.Exp(z[i] - top)
		total += p[i]
	}
	for i := range p {
		p[i] /= total
	}
}

// A Change is a word that weighs otherwise since an adaptation: what it adds, on average over the texts it
// stands in, to the log-odds of a label, together with the words and cues beside it.
type Change struct {
	Head   string
	Label  string
	Word   string // in lower case, as it stands where it adds or takes most
	Weight float64
	Texts  []int // where it stands, those first in which it adds or takes most
}

// Changes returns the words of texts whose weight m's adaptation changed most: for each label of each head up to
// most that gained and as many that lost, the strongest first. Words of fewer than three letters are passed
// over, and what is less than least. It returns nothing if m is not adapted.
func (m *Model) Changes(texts []string, most int, least float64) []Change {
	if m.added == nil {
		return nil
	}
	stands := map[string][]standing{}
	var order []string
	var a Analysis
	vec := m.Adaptable()
	for i, text := range texts {
		a.Analyze(text)
		weights := make([][]float64, len(a.tokens))
		for t := range weights {
			weights[t] = make([]float64, m.added.rows)
		}
		for _, f := range vec.Vector(nil, Unit{Self: &a}) {
			if w := m.added.at(f.Bucket); w != nil && f.Token >= 0 {
				for r, x := range w {
					weights[f.Token][r] += float64(f.Value * x)
				}
			}
		}
		for t, token := range a.tokens {
			if token.foldEnd-token.foldStart < 3 {
				continue
			}
			word := string(a.folded[token.foldStart:token.foldEnd])
			if stands[word] == nil {
				order = append(order, word)
			}
			stands[word] = append(stands[word], standing{i, strings.ToLower(text[token.start:token.end]), weights[t]})
		}
	}
	slices.Sort(order)
	var out []Change
	first := 0
	for _, h := range m.Heads {
		for label := range h.Labels {
			if h.Rows() == 1 && label == 0 { // it loses what the other gains
				continue
			}
			out = append(out, changesOf(h, label, first, order, stands, most, least)...)
		}
		first += h.Rows()
	}
	return out
}

// A standing is a place where a word stands, with what was added to its weights by row.
type standing struct {
	text    int
	word    string
	weights []float64
}

// changesOf returns the words that gained and lost most for one label of h, whose rows begin at first.
func changesOf(h Head, label, first int, words []string, stands map[string][]standing, most int, least float64) []Change {
	// Of several labels only what one gains over the mean of all moves the probability.
	gain := func(w []float64) float64 {
		if h.Rows() == 1 {
			return w[first]
		}
		mean := 0.0
		for r := range h.Rows() {
			mean += w[first+r] / float64(h.Rows())
		}
		return w[first+label] - mean
	}
	var up, down []Change
	for _, word := range words {
		c := Change{Head: h.Name, Label: h.Labels[label]}
		at := slices.Clone(stands[word])
		for _, s := range at {
			c.Weight += gain(s.weights) / float64(len(at))
		}
		slices.SortStableFunc(at, func(x, y standing) int {
			return cmp.Compare(math.Abs(gain(y.weights)), math.Abs(gain(x.weights)))
		})
		c.Word = at[0].word
		for _, s := range at {
			if !slices.Contains(c.Texts, s.text) {
				c.Texts = append(c.Texts, s.text)
			}
		}
		switch {
		case c.Weight >= least:
			up = append(up, c)
		case c.Weight <= -least:
			down = append(down, c)
		}
	}
	slices.SortStableFunc(up, func(x, y Change) int { return cmp.Compare(y.Weight, x.Weight) })
	slices.SortStableFunc(down, func(x, y Change) int { return cmp.Compare(x.Weight, y.Weight) })
	return append(up[:min(most, len(up))], down[:min(most, len(down))]...)
}
