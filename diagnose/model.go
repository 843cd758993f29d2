package diagnose

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"parley"
	"parley/diagnose/encode"
	"parley/diagnose/internal/rows"
	"parley/diagnose/internal/seal"
)

// A Model scores units: for each of its heads, the probability of each label. It is safe for
// concurrent use; each goroutine scores through a Scorer of its own.
type Model struct {
	Info
	table []cell // by fine bucket
	rest  []byte // weights of the rows but the gate's, by bucket and row, as the file has them
	rows  int    // of them

	encoded *Encoded // nil without an encoder

	added *added // what an adaptation adds; nil if nothing
	once  sync.Once
	print string // Fingerprint, once it was asked for
}

// Encoded is the part of a model that goes by what an encoder makes of sentences.
type Encoded struct {
	Mean    []float32   // of the vectors that it learned from: encode.Size numbers
	Weights [][]float32 // by row, those of the gates first: what each of encode.Wide numbers of an expanded vector weighs, in units of the row
}

// Info is a model's header: what it answers, how its features are made, and what it was trained on.
type Info struct {
	Version   string             `json:"version"`        // of the recipe that made it
	Heads     []Head             `json:"heads"`          // with a gate, the gate first
	Gate      bool               `json:"gate,omitempty"` // the first head decides whether the others matter
	Setting                      // of the gate
	Client    *Gate              `json:"client,omitempty"`  // of those who are known to speak for the client; nil: the gate is everybody's
	Single    bool               `json:"single,omitempty"`  // trained from "label", not from "labels"
	Bits      int                `json:"bits"`              // 2^Bits buckets
	Fine      int                `json:"fine,omitempty"`    // the gates tell 2^Fine apart in each of them
	Spaces    map[string]float32 `json:"spaces"`            // weight of each namespace, by name
	IDFScale  float32            `json:"idf_scale"`         // idf of a bucket is its byte times this
	Seed      uint64             `json:"seed"`              // of the order in which examples were seen
	Lexicon   string             `json:"lexicon,omitempty"` // fingerprint of the lexicon it was trained with
	Encoder   string             `json:"encoder,omitempty"` // encode.Name, where sentences are encoded as well
	Data      string             `json:"data"`              // SHA-256 of the training data
	Examples  int                `json:"examples"`
	Dialogues int                `json:"dialogues"`
}

// A Setting is how a gate's margins become probabilities and decisions, beyond its head.
type Setting struct {
	Threshold  float64            `json:"threshold"`         // from which probability it counts as true
	Kinds      map[string]float64 `json:"kinds,omitempty"`   // the threshold for a kind of conversation, where it has its own
	Shifts     map[string]float64 `json:"shifts,omitempty"`  // what a kind of conversation adds to the log-odds, where it does
	Calibrated float64            `json:"calibration_error"` // expected calibration error, out of fold
}

// A Gate is another separator for the question of a model's first head.
type Gate struct {
	Head
	Setting
}

// A Head is one question with its labels. A head of two labels has one row, for the second label; one
// of more has a row for each.
type Head struct {
	Name   string    `json:"name"`
	Labels []string  `json:"labels"`
	Scale  float64   `json:"scale"` // of margins, before softmax
	Bias   []float64 `json:"bias"`  // by row, added to the scaled margin
	Unit   []float32 `json:"unit"`  // by row: the least weight but 0
	Prior  []float64 `json:"prior"` // by label: its share of the training examples
}

// ThresholdOf returns the probability from which the gate counts as true of what somebody in a role says in conversations of a kind; ""
// is any.
func (i *Info) ThresholdOf(role, kind string) float64 {
	_, s := i.gate(i.gateOf(role))
	if t, ok := s.Kinds[kind]; ok {
		return t
	}
	return s.Threshold
}

// gates is how many gates a model has at most: everybody's, number 0, and the client's, number 1.
const gates = 2

// gateOf returns the number of the gate that is for a role.
func (i *Info) gateOf(role string) int {
	if i.Client != nil && role == string(parley.ClientSide) {
		return 1
	}
	return 0
}

// gate returns how the gate with a number reads its margins.
func (i *Info) gate(number int) (*Head, *Setting) {
	if number == 1 {
		return &i.Client.Head, &i.Client.Setting
	}
	return &i.Heads[0], &i.Setting
}

// Rows returns the number of weight rows of the head.
func (h *Head) Rows() int {
	if len(h.Labels) == 2 {
		return 1
	}
	return len(h.Labels)
}

const (
	modelMagic = "PARLEYM1"
	maxRows    = 1024
)

// A model has from 2^MinBits to 2^MaxBits buckets, fine ones included.
const MinBits, MaxBits = 8, 22

// ErrModel is in the chain of every error that says a model file is damaged or not a model.
var ErrModel = errors.New("not a usable model file")

// A cell is what a model needs of a bucket for every sentence: three bytes, so that all of them fit in a
// large cache.
type cell struct {
	gate [gates]int8 // the weights of the gates' rows, 0 without them
	idf  uint8       // in units of IDFScale
}

// NewModel makes a model from its header and trained parts: idf as bytes by bucket, weights as one
// byte by bucket and row, those of the gates by fine bucket; gate and client are nil without these gates,
// encoded unless info names an encoder. The cost is linear in the weights.
func NewModel(info Info, idf []byte, gate, client, rest []int8, encoded *Encoded) (*Model, error) {
	return newModel(info, idf, asBytes(gate), asBytes(client), asBytes(rest), encoded)
}

func asBytes(codes []int8) []byte {
	out := make([]byte, len(codes))
	for i, x := range codes {
		out[i] = byte(x)
	}
	return out
}

// newModel is NewModel with weights as the bytes of a file. It keeps rest.
func newModel(info Info, idf, gate, client, rest []byte, encoded *Encoded) (*Model, error) {
	m := &Model{Info: info, rest: rest, encoded: encoded}
	err := m.check(len(idf), len(gate), len(client), len(rest))
	if err == nil {
		err = m.checkEncoded()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	m.table = make([]cell, 1<<m.fineBits())
	for b := range m.table {
		m.table[b].idf = idf[b>>m.Fine]
		if info.Gate {
			m.table[b].gate[0] = int8(gate[b])
		}
		if info.Client != nil {
			m.table[b].gate[1] = int8(client[b])
		}
	}
	return m, nil
}

// idf returns the idf of a fine bucket.
func (m *Model) idf(bucket uint32) float32 { return float32(m.table[bucket].idf) * m.IDFScale }

// idfs returns the idf of every fine bucket.
func (m *Model) idfs() []float32 {
	out := make([]float32, len(m.table))
	for b := range out {
		out[b] = m.idf(uint32(b))
	}
	return out
}

func (m *Model) check(buckets, gate, client, rest int) error {
	if !m.bucketed() || buckets != 1<<m.Bits {
		return fmt.Errorf("%d buckets", buckets)
	}
	if len(m.Heads) == 0 || m.Gate && len(m.Heads[0].Labels) != 2 || m.Client != nil && (!m.Gate || len(m.Client.Labels) != 2) {
		return errors.New("heads")
	}
	if !finite(float64(m.IDFScale)) {
		return errors.New("a number is not finite")
	}
	if err := m.Setting.check(); err != nil {
		return err
	}
	if m.Client != nil {
		if err := errors.Join(m.Client.Setting.check(), m.Client.Head.check()); err != nil {
			return err
		}
	}
	m.rows = 0
	if m.Encoder != "" && m.Encoder != encode.Name {
		return fmt.Errorf("it was trained with the encoder %q; this program has %q", m.Encoder, encode.Name)
	}
	for i, h := range m.Heads {
		if err := h.check(); err != nil {
			return err
		}
		if i > 0 || !m.Gate {
			m.rows += h.Rows()
		}
	}
	if m.rows > maxRows {
		return fmt.Errorf("%d rows", m.rows)
	}
	wantGate, wantClient := m.gateBytes()
	if gate != wantGate || client != wantClient || rest != buckets*m.rows {
		return errors.New("weights do not fit the header")
	}
	for name, w := range m.Spaces {
		if !finite(float64(w)) || spaceByName(name) < 0 {
			return fmt.Errorf("space %q", name)
		}
	}
	return nil
}

// fineBits is the logarithm of the number of fine buckets. The one of a gram starts with the bits of its bucket.
func (i *Info) fineBits() int { return i.Bits + i.Fine }

// bucketed reports whether the numbers of buckets are within bounds.
func (i *Info) bucketed() bool {
	return i.Bits >= MinBits && i.Bits <= MaxBits && i.Fine >= 0 && i.Fine <= MaxBits-i.Bits
}

// gateBytes returns how many bytes the gates have in a model file.
func (i *Info) gateBytes() (gate, client int) {
	if i.Gate {
		gate = 1 << i.fineBits()
	}
	if i.Client != nil {
		client = 1 << i.fineBits()
	}
	return gate, client
}

func (s *Setting) check() error {
	if !finite(s.Threshold, s.Calibrated) {
		return errors.New("a number is not finite")
	}
	for kind, t := range s.Kinds {
		if !finite(t) {
			return fmt.Errorf("threshold for %q", kind)
		}
	}
	for kind, x := range s.Shifts {
		if !finite(x) {
			return fmt.Errorf("shift for %q", kind)
		}
	}
	return nil
}

func (h *Head) check() error {
	if len(h.Labels) < 2 || len(h.Bias) != h.Rows() || len(h.Unit) != h.Rows() || len(h.Prior) != len(h.Labels) ||
		!finite(h.Scale) || !finite(h.Bias...) || !finite(h.Prior...) {
		return fmt.Errorf("head %q", h.Name)
	}
	for _, u := range h.Unit {
		if !finite(float64(u)) {
			return fmt.Errorf("head %q", h.Name)
		}
	}
	return nil
}

// encodedRows is how many rows of weights for encoded vectors there are, those of the gates first.
func (i *Info) encodedRows() (rows int) {
	if i.Encoder == "" {
		return 0
	}
	for _, h := range i.Heads {
		rows += h.Rows()
	}
	if i.Client != nil {
		rows++
	}
	return rows
}

// checkEncoded checks the part for encoded sentences.
func (m *Model) checkEncoded() error {
	if (m.encoded != nil) != (m.Encoder != "") {
		return errors.New("weights for encoded sentences and an encoder come together")
	}
	if m.encoded == nil {
		return nil
	}
	if rows := m.encodedRows(); len(m.encoded.Weights) != rows {
		return fmt.Errorf("%d rows for encoded sentences instead of %d", len(m.encoded.Weights), rows)
	}
	if err := checkNumbers(m.encoded.Mean, encode.Size); err != nil {
		return err
	}
	for _, row := range m.encoded.Weights {
		if err := checkNumbers(row, encode.Wide); err != nil {
			return err
		}
	}
	return nil
}

func checkNumbers(numbers []float32, want int) error {
	if len(numbers) != want {
		return fmt.Errorf("%d numbers for encoded sentences instead of %d", len(numbers), want)
	}
	for _, x := range numbers {
		if !finite(float64(x)) {
			return errors.New("a number for encoded sentences is not finite")
		}
	}
	return nil
}

func finite(xs ...float64) bool {
	for _, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

func spaceByName(name string) Space {
	for i, n := range SpaceNames {
		if n == name {
			return Space(i)
		}
	}
	return -1
}

// ReadModel reads a model file and checks it. Every error has ErrModel in its chain, but those of r.
func ReadModel(r io.Reader) (*Model, error) {
	// More than any model of use; a longer file is refused before it is held.
	const most = maxHeader + 1<<28
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	if len(data) > most {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrModel, most)
	}
	return parseModel(data)
}

func parseModel(data []byte) (*Model, error) {
	bad := func(what string) (*Model, error) { return nil, fmt.Errorf("%w: %s", ErrModel, what) }
	var info Info
	rest, err := unsealHeader(data, modelMagic, &info)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	if !info.bucketed() {
		return bad("its number of buckets")
	}
	buckets := 1 << info.Bits
	everybody, clients := info.gateBytes()
	if len(rest) < buckets+everybody+clients {
		return bad("its weights are cut short")
	}
	idf, rest := rest[:buckets], rest[buckets:]
	gate, rest := rest[:everybody], rest[everybody:]
	client, rest := rest[:clients], rest[clients:]
	rest, encoded, err := cutEncoded(info, rest)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	return newModel(info, idf, gate, client, rest, encoded)
}

// cutEncoded cuts the part for encoded sentences, which comes last in the file of a model with an encoder, off its other weights: the mean, then row by row. Of an encoder that
// is not ours it cuts nothing; check refuses it.
func cutEncoded(info Info, data []byte) (rest []byte, encoded *Encoded, err error) {
	if info.Encoder != encode.Name {
		return data, nil, nil
	}
	rows := info.encodedRows()
	if rows > maxRows+gates {
		return nil, nil, fmt.Errorf("%d rows", rows)
	}
	size := 4 * (encode.Size + rows*encode.Wide)
	if size > len(data) {
		return nil, nil, errors.New("its weights for encoded sentences are cut short")
	}
	rest, data = data[:len(data)-size], data[len(data)-size:]
	cut := func(n int) []float32 {
		numbers := make([]float32, n)
		for i := range numbers {
			numbers[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		data = data[4*n:]
		return numbers
	}
	encoded = &Encoded{Mean: cut(encode.Size)}
	for range rows {
		encoded.Weights = append(encoded.Weights, cut(encode.Wide))
	}
	return rest, encoded, nil
}

// WriteTo writes the model file. The same model gives the same bytes.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	header, err := appendHeader(modelMagic, m.Info)
	if err != nil {
		return 0, err
	}
	out := append(make([]byte, 0, len(header)+gates*len(m.table)+(1+m.rows)<<m.Bits+4), header...)
	for b := range 1 << m.Bits {
		out = append(out, m.table[b<<m.Fine].idf)
	}
	if m.Gate {
		for _, c := range m.table {
			out = append(out, byte(c.gate[0]))
		}
	}
	if m.Client != nil {
		for _, c := range m.table {
			out = append(out, byte(c.gate[1]))
		}
	}
	out = append(out, m.rest...)
	if m.encoded != nil {
		out = appendNumbers(out, m.encoded.Mean)
		for _, row := range m.encoded.Weights {
			out = appendNumbers(out, row)
		}
	}
	n, err := w.Write(seal.Close(out))
	return int64(n), err
}

func appendNumbers(dst []byte, numbers []float32) []byte {
	for _, x := range numbers {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(x))
	}
	return dst
}

// Decode returns what a weight's byte stands for, in its row's units: the byte times its size.
func Decode(code int8) float32 { return rows.Decode(code) }

// Probabilities fills p, by label, from the sums of the head's rows in units of Unit.
func (h *Head) Probabilities(p []float64, sums []float32) {
	if len(p) == 2 {
		z := float64(h.Scale*float64(sums[0]*h.Unit[0])) + h.Bias[0]
		p[1] = 1 / (1 + math.Exp(-z))
		p[0] = 1 - p[1]
		return
	}
	top := math.Inf(-1)
	for i, s := range sums {
		p[i] = float64(h.Scale*float64(s*h.Unit[i])) + h.Bias[i]
		top = max(top, p[i])
	}
	var total float64
	for i := range p {
		p[i] = math.Exp(p[i] - top)
		total += p[i]
	}
	for i := range p {
		p[i] /= total
	}
}

// best returns the index of the largest of p and of the next, the first where they are equal.
func best(p []float64) (first, second int) {
	second = -1
	for i := 1; i < len(p); i++ {
		if p[i] > p[first] {
			first, second = i, first
		} else if second < 0 || p[i] > p[second] {
			second = i
		}
	}
	return first, second
}
