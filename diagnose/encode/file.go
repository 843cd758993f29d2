package encode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"parley/diagnose/internal/seal"
	"parley/diagnose/internal/vec"
)

// The file: magic, then the pieces, then every layer in the order of network.parts, and a checksum of all before. Numbers are little-endian. A
// matrix has a scale for each row and then a byte for each weight.
const magic = "PARLEYE1"

// A coder reads or writes the file, part by part, so that the order is written down once. Names are those of the encoder's authors, shortened.
type coder interface {
	pieces(p **pieces)
	matrix(name string, m *matrix, rows, cols int)
	vector(name string, v *[]float32, n int)
}

// parts hands every part of n to c, in the order of the file.
func (n *network) parts(c coder) {
	layerOf := func(name string, l *layer, out, in int) {
		c.matrix(name+"/kernel", &l.weights, out, in)
		c.vector(name+"/bias", &l.bias, out)
	}
	normOf := func(name string, n *layerNorm, size int) {
		c.vector(name+"/layer_norm_scale", &n.scale, size)
		c.vector(name+"/layer_norm_bias", &n.bias, size)
	}
	const narrow, inner = 256, 1536
	c.pieces(&n.pieces)
	c.matrix(pieceVectors, &n.pieceVectors, 8002, narrow)
	layerOf("Layer_0/dense", &n.widen, Size, narrow)
	for i, width := range []int{narrow, Size} {
		b, name := &n.blocks[i], fmt.Sprintf("Layer_%d/", i)
		normOf(fmt.Sprintf("Layer_%d", i), &b.before, width)
		layerOf(name+"MultiheadAttention/qkv_transform_single", &b.ask, 3*width, width)
		layerOf(name+"MultiheadAttention/output_transform_single", &b.answer, Size, width)
		normOf(name+"FFN", &b.between, Size)
		layerOf(name+"FFN/conv1", &b.wide, inner, Size)
		layerOf(name+"FFN/conv2", &b.back, Size, inner)
	}
	layerOf("tanh_layer_0", &n.last, Size, Size)
}

// pieceVectors is the name of the matrix that has a row for each piece, and two more.
const pieceVectors = "Embeddings_en"

// A reader reads parts from what is left of a file; the first error stays.
type reader struct {
	left *bytes.Reader
	err  error
}

// parse reads a network from its file.
func parse(data []byte) (*network, error) {
	body, err := seal.Open(data, magic)
	if err != nil {
		return nil, fmt.Errorf("not a usable file of an encoder: %w", err)
	}
	r := &reader{left: bytes.NewReader(body)}
	n := &network{}
	n.parts(r)
	n.places = places(most, n.pieceVectors.Cols)
	if r.err == nil && r.left.Len() > 0 {
		r.err = errors.New("the file of the encoder is too long")
	}
	return n, r.err
}

func (r *reader) read(x any) {
	if r.err == nil {
		r.err = binary.Read(r.left, binary.LittleEndian, x)
	}
}

func (r *reader) pieces(p **pieces) {
	var count uint16
	r.read(&count)
	names, score := make([]string, count), make([]float64, count)
	for i := range names {
		var size uint8
		r.read(&size)
		name := make([]byte, size)
		r.read(name)
		r.read(&score[i])
		names[i] = string(name)
	}
	if r.err == nil && count < reserved {
		r.err = io.ErrUnexpectedEOF
	}
	if r.err == nil {
		*p = newPieces(names, score)
	}
}

func (r *reader) matrix(_ string, m *matrix, rows, cols int) {
	*m = vec.Zeros(rows, cols)
	codes := make([]int8, cols)
	for i := range rows {
		var scale float32
		r.read(&scale)
		r.read(codes)
		for j, c := range codes {
			m.Row(i)[j] = scale * float32(c)
		}
	}
}

func (r *reader) vector(_ string, v *[]float32, n int) {
	*v = make([]float32, n)
	r.read(*v)
}

// A writer appends the parts of an encoder to its file.
type writer struct {
	out     []byte
	names   []string
	scores  []float64
	tensors map[string][]float32
	err     error
}

// Pack returns the file of an encoder: its pieces, with the logarithm of how often each occurs, and its tensors by name, kernels with a row for each input.
func Pack(pieces []string, scores []float64, tensors map[string][]float32) ([]byte, error) {
	w := &writer{out: []byte(magic), names: pieces, scores: scores, tensors: tensors}
	(&network{}).parts(w)
	return seal.Close(w.out), w.err
}

func (w *writer) append(x any) {
	var err error
	if w.out, err = binary.Append(w.out, binary.LittleEndian, x); err != nil {
		w.err = err
	}
}

func (w *writer) pieces(**pieces) {
	w.append(uint16(len(w.names)))
	for i, name := range w.names {
		w.append(uint8(len(name)))
		w.append([]byte(name))
		w.append(w.scores[i])
	}
}

// tensor returns a tensor of n numbers.
func (w *writer) tensor(name string, n int) []float32 {
	t := w.tensors[name]
	if len(t) != n {
		w.err = fmt.Errorf("tensor %q has %d numbers instead of %d", name, len(t), n)
		return make([]float32, n)
	}
	return t
}

func (w *writer) matrix(name string, _ *matrix, rows, cols int) {
	t := w.tensor(name, rows*cols)
	row, codes := make([]float32, cols), make([]int8, cols)
	for i := range rows {
		var top float32
		for j := range row {
			if row[j] = t[j*rows+i]; name == pieceVectors {
				row[j] = t[i*cols+j]
			}
			top = max(top, row[j], -row[j])
		}
		scale := top / 127
		for j, x := range row {
			if codes[j] = 0; scale > 0 {
				codes[j] = int8(math.Round(float64(x / scale)))
			}
		}
		w.append(scale)
		w.append(codes)
	}
}

func (w *writer) vector(name string, _ *[]float32, n int) { w.append(w.tensor(name, n)) }
