package train

import (
	"context"
	"fmt"
	"slices"

	"parley"
	"parley/diagnose/encode"
	"parley/diagnose/internal/vec"
)

// encoded has the encoded vectors of texts; nil has none.
type encoded map[string][]float32

// of returns the vector of a line; nil if it is not known.
func (e encoded) of(l Line) []float32 { return e[l.Text] }

// withEncoded returns o with the encoded vectors of the labelled lines, where they are asked for and not there yet. It calls
// Progress for each of them, apart from what comes after. It takes 2 kB a line, and training 10 kB more.
func (o Options) withEncoded(ctx context.Context, lines []Line) (Options, error) {
	if !o.Encoder || o.encoded != nil {
		return o, nil
	}
	texts, english, other := textsOf(lines)
	if other > english {
		return o, &parley.Error{Code: parley.Invalid, Field: "encoder", Message: fmt.Sprintf("the encoder knows English only, and %d of %d lines are in another language: train without it", other, len(texts))}
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	vectors := make([][]float32, len(texts))
	step := counter(len(texts), o.Progress)
	err := inParallel(ctx, len(texts), func(i int) {
		vectors[i] = encode.Vector(texts[i])
		step()
	})
	if err != nil {
		return o, err
	}
	o.encoded = encoded{}
	for i, text := range texts {
		o.encoded[text] = vectors[i]
	}
	return o, nil
}

// EncoderPays reports whether the encoder is worth its time for set: for a single "label", where there are at most 20,000 labelled lines and more
// than half of them are known to be English. More lines teach much of what it knows, and sets with several heads are ours, read at speed in three languages.
func EncoderPays(set *Set) bool {
	if !set.Single {
		return false
	}
	texts, english, _ := textsOf(set.Lines)
	return len(texts) <= 20_000 && 2*english > len(texts)
}

// textsOf returns the texts of the labelled lines in order, and how many are known to be English or in another language.
func textsOf(lines []Line) (texts []string, english, other int) {
	for _, i := range examplesOf(lines) {
		texts = append(texts, lines[i].Text)
		switch parley.LangOf(lines[i].Text) {
		case parley.English:
			english++
		case "":
		default:
			other++
		}
	}
	return texts, english, other
}

// expand returns the mean of the vectors of examples, and what they expand to, one after the other; nil without an encoder.
func (e encoded) expand(lines []Line, examples []int) (mean, expanded []float32) {
	if e == nil {
		return nil, nil
	}
	mean = make([]float32, encode.Size)
	for _, i := range examples {
		vec.Add(mean, 1/float32(len(examples)), e.of(lines[i]))
	}
	expanded = make([]float32, len(examples)*encode.Wide)
	for k, i := range examples {
		encode.Expand(expanded[k*encode.Wide:], e.of(lines[i]), mean)
	}
	return mean, expanded
}

// encodedRows returns the task's weights of expanded vectors, in the units of the rows.
func (t *task) encodedRows(units []float32) [][]float32 {
	rows := make([][]float32, len(t.encoded))
	for c, w := range t.encoded {
		rows[c] = make([]float32, len(w))
		vec.Add(rows[c], 1/units[c], w)
	}
	return rows
}
