// Package encode turns an English sentence into a vector of what it says: sentences that say like things have like vectors, even
// where they share no word.
//
// The encoder is the light Universal Sentence Encoder (Cer et al., "Universal Sentence Encoder for English", EMNLP 2018), trained by
// Google on text of the web and published under Apache-2.0: a transformer of two layers over pieces of words. Its weights are compiled in,
// a byte each; ./gen makes their file.
package encode

import (
	_ "embed"
	"math"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Size is the length of a vector.
const Size = 512

// Name names the encoder: a model that learned from its vectors can be used with no other.
const Name = "universal-sentence-encoder-lite-1"

// most is how many pieces of a text are looked at, the first ones.
const most = 128

//go:embed encoder.bin
var file []byte

var encoder = sync.OnceValue(func() *network {
	n, err := parse(file)
	if err != nil {
		panic("diagnose/encode: " + err.Error())
	}
	return n
})

// Vector returns the vector of a text of at most some hundred words, the first 128 pieces of it; its length is 1. The cost is linear in the pieces, about ten million
// multiplications each; the first call unpacks the weights, which takes 28 MB. It is safe for concurrent use.
func Vector(text string) []float32 {
	n := encoder()
	return n.encode(n.pieces.split(text))
}

// A network is the encoder, ready to use.
type network struct {
	pieces       *pieces
	pieceVectors matrix // by piece
	widen        layer  // what goes past the first attention, in the second layer's width
	blocks       [2]block
	last         layer
}

// A block is one layer of the transformer.
type block struct {
	before     layerNorm // of what attention sees
	ask        layer     // queries, keys and values, one after the other
	answer     layer
	between    layerNorm
	wide, back layer
}

// A matrix is by row.
type matrix struct {
	rows, cols int
	data       []float32
}

func zeros(rows, cols int) matrix { return matrix{rows, cols, make([]float32, rows*cols)} }

func (m matrix) row(i int) []float32 { return m.data[i*m.cols:][:m.cols] }

func (m matrix) general() blas32.General {
	return blas32.General{Rows: m.rows, Cols: m.cols, Stride: m.cols, Data: m.data}
}

// add adds x to m.
func (m matrix) add(x matrix) {
	for i, v := range x.data {
		m.data[i] += v
	}
}

// A layer maps rows x to x·weightsᵀ + bias.
type layer struct {
	weights matrix // by output
	bias    []float32
}

func (l layer) of(x matrix) matrix {
	out := zeros(x.rows, l.weights.rows)
	for i := range out.rows {
		copy(out.row(i), l.bias)
	}
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, x.general(), l.weights.general(), 1, out.general())
	return out
}

// A layerNorm shifts and scales each row to mean 0 and variance 1, and then by what it learned.
type layerNorm struct{ scale, bias []float32 }

func (n layerNorm) of(x matrix) matrix {
	out := zeros(x.rows, x.cols)
	for i := range x.rows {
		in, row := x.row(i), out.row(i)
		var mean, variance float64
		for _, v := range in {
			mean += float64(v)
		}
		mean /= float64(len(in))
		for _, v := range in {
			variance += (float64(v) - mean) * (float64(v) - mean)
		}
		by := 1 / math.Sqrt(variance/float64(len(in))+1e-6)
		for j, v := range in {
			row[j] = float32((float64(v)-mean)*by)*n.scale[j] + n.bias[j]
		}
	}
	return out
}

// encode returns the vector of a text's pieces.
func (n *network) encode(ids []int32) []float32 {
	if len(ids) == 0 {
		return make([]float32, Size)
	}
	ids = ids[:min(len(ids), most)]
	x := zeros(len(ids), n.pieceVectors.cols)
	for i, id := range ids {
		addPlace(x.row(i), i)
		for j, v := range n.pieceVectors.row(int(id)) {
			x.data[i*x.cols+j] += 2 * v // once for itself, once with its place
		}
	}
	x = n.blocks[0].of(x, n.widen.of(x))
	x = n.blocks[1].of(x, x)
	mean := zeros(1, x.cols)
	for i := range x.rows {
		for j, v := range x.row(i) {
			mean.data[j] += v / float32(x.rows)
		}
	}
	out := n.last.of(mean).data
	var square float64
	for j, v := range out {
		out[j] = float32(math.Tanh(float64(v)))
		square += float64(out[j]) * float64(out[j])
	}
	for j := range out {
		out[j] *= float32(1 / math.Sqrt(max(square, 1e-12)))
	}
	return out
}

// addPlace adds the sines and then the cosines of a place, of wavelengths from 2π to 10,000 times that (Vaswani et al., "Attention is
// all you need", NeurIPS 2017, as its authors' library has it).
func addPlace(row []float32, place int) {
	half := len(row) / 2
	for j := range half {
		angle := float64(place) * math.Pow(10_000, -float64(j)/float64(half-1))
		row[j] += float32(math.Sin(angle))
		row[half+j] += float32(math.Cos(angle))
	}
}

// of returns what a block makes of x; past is what goes past its attention.
func (b block) of(x, past matrix) matrix {
	x = b.answer.of(b.attend(b.ask.of(b.before.of(x))))
	x.add(past)
	wide := b.wide.of(b.between.of(x))
	for i, v := range wide.data {
		wide.data[i] = max(0, v)
	}
	out := b.back.of(wide)
	out.add(x)
	return out
}

// heads is how many parts of a row attend each by itself.
const heads = 4

// attend lets every row look at every other: qkv has queries, keys and values.
func (b block) attend(qkv matrix) matrix {
	width := qkv.cols / 3
	size := width / heads
	out := zeros(qkv.rows, width)
	weights := make([]float64, qkv.rows)
	for h := range heads {
		for i := range qkv.rows {
			query := qkv.row(i)[h*size:][:size]
			var top float64
			for k := range qkv.rows {
				weights[k] = float64(dot(query, qkv.row(k)[width+h*size:][:size])) / math.Sqrt(float64(size))
				if k == 0 || weights[k] > top {
					top = weights[k]
				}
			}
			var sum float64
			for k, w := range weights {
				weights[k] = math.Exp(w - top)
				sum += weights[k]
			}
			to := out.row(i)[h*size:][:size]
			for k, w := range weights {
				by := float32(w / sum)
				for j, v := range qkv.row(k)[2*width+h*size:][:size] {
					to[j] += by * v
				}
			}
		}
	}
	return out
}

func dot(a, b []float32) (sum float32) {
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}
