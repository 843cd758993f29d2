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

	"parley/diagnose/internal/vec"
)

// Size is the length of a vector.
const Size = 512

// Name names the encoder and what Expand makes of its vectors: a model that learned from them can be used with no other.
const Name = "universal-sentence-encoder-lite-2"

// reach is how far apart the numbers are that Expand multiplies, at most.
const reach = 4

// Wide is the length of what Expand returns.
const Wide = Size * (1 + reach)

// Expand writes into dst, which has room for Wide numbers, what a linear separator goes by, and returns it: vector less mean, and the products of each of its numbers with those up to four
// places on, round the end. It is a sample of what a separator of degree two would go by, for the numbers are in no order. The parts have fixed lengths, which were measured to do well beside words.
func Expand(dst, vector, mean []float32) []float32 {
	out := dst[:Wide]
	centred, products := out[:Size], out[Size:]
	for j, x := range vector {
		centred[j] = x - mean[j]
	}
	setLength(centred, 1.22)
	for by := range reach {
		for j, x := range centred {
			products[by*Size+j] = x * centred[(j+by+1)%Size]
		}
	}
	setLength(products, 1.5)
	return out
}

// setLength scales v to a length; what is shorter than a millionth stays shorter.
func setLength(v []float32, length float64) {
	var square float64
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	by := float32(length / math.Sqrt(max(square, 1e-12)))
	for j := range v {
		v[j] *= by
	}
}

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

// Vector returns the vector of a text of at most some hundred words, the first 128 pieces of it; its length is 1. The cost is linear in the pieces, about five million
// multiplications each; the first call unpacks the weights, which takes 28 MB. It is safe for concurrent use.
func Vector(text string) []float32 {
	n := encoder()
	return n.encode(n.pieces.split(text))
}

// A network is the encoder, ready to use.
type network struct {
	pieces       *pieces
	pieceVectors matrix // by piece
	places       matrix // by place
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

type matrix = vec.Matrix

// add adds x to m.
func add(m, x matrix) {
	for i, v := range x.Data {
		m.Data[i] += v
	}
}

// A layer maps rows x to x·weightsᵀ + bias.
type layer struct {
	weights matrix // by output
	bias    []float32
}

func (l layer) of(x matrix) matrix {
	out := vec.Zeros(x.Rows, l.weights.Rows)
	for i := range out.Rows {
		copy(out.Row(i), l.bias)
	}
	vec.AddProduct(out, x, l.weights)
	return out
}

// A layerNorm shifts and scales each row to mean 0 and variance 1, and then by what it learned.
type layerNorm struct{ scale, bias []float32 }

func (n layerNorm) of(x matrix) matrix {
	out := vec.Zeros(x.Rows, x.Cols)
	for i := range x.Rows {
		in, row := x.Row(i), out.Row(i)
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
	x := vec.Zeros(len(ids), n.pieceVectors.Cols)
	for i, id := range ids {
		copy(x.Row(i), n.places.Row(i))
		vec.Add(x.Row(i), 2, n.pieceVectors.Row(int(id))) // once for itself, once with its place
	}
	x = n.blocks[0].of(x, n.widen.of(x))
	x = n.blocks[1].of(x, x)
	mean := vec.Zeros(1, x.Cols)
	for i := range x.Rows {
		vec.Add(mean.Data, 1/float32(x.Rows), x.Row(i))
	}
	out := n.last.of(mean).Data
	for j, v := range out {
		out[j] = float32(math.Tanh(float64(v)))
	}
	setLength(out, 1)
	return out
}

// places returns, by row, the sines and then the cosines of a place, of wavelengths from 2π to 10,000 times that (Vaswani et al., "Attention is
// all you need", NeurIPS 2017, as its authors' library has it).
func places(rows, cols int) matrix {
	out := vec.Zeros(rows, cols)
	half := cols / 2
	for i := range rows {
		for j := range half {
			angle := float64(i) * math.Pow(10_000, -float64(j)/float64(half-1))
			out.Row(i)[j] = float32(math.Sin(angle))
			out.Row(i)[half+j] = float32(math.Cos(angle))
		}
	}
	return out
}

// of returns what a block makes of x; past is what goes past its attention.
func (b block) of(x, past matrix) matrix {
	x = b.answer.of(b.attend(b.ask.of(b.before.of(x))))
	add(x, past)
	wide := b.wide.of(b.between.of(x))
	for i, v := range wide.Data {
		wide.Data[i] = max(0, v)
	}
	out := b.back.of(wide)
	add(out, x)
	return out
}

// heads is how many parts of a row attend each by itself.
const heads = 4

// attend lets every row look at every other: qkv has queries, keys and values.
func (b block) attend(qkv matrix) matrix {
	width := qkv.Cols / 3
	size := width / heads
	out := vec.Zeros(qkv.Rows, width)
	weights := make([]float64, qkv.Rows)
	for h := range heads {
		for i := range qkv.Rows {
			query := qkv.Row(i)[h*size:][:size]
			var top float64
			for k := range qkv.Rows {
				weights[k] = float64(vec.Dot(query, qkv.Row(k)[width+h*size:][:size])) / math.Sqrt(float64(size))
				if k == 0 || weights[k] > top {
					top = weights[k]
				}
			}
			var sum float64
			for k, w := range weights {
				weights[k] = math.Exp(w - top)
				sum += weights[k]
			}
			to := out.Row(i)[h*size:][:size]
			for k, w := range weights {
				vec.Add(to, float32(w/sum), qkv.Row(k)[2*width+h*size:][:size])
			}
		}
	}
	return out
}
