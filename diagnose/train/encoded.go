package train

import (
	"context"
	"fmt"
	"slices"

	"parley"
	"parley/diagnose/encode"
)

// encodedWeight is the length of an encoded vector, beside the weights of the namespaces.
const encodedWeight = 1.5

// encoded has the encoded vectors of texts; nil has none.
type encoded map[string][]float32

func (e encoded) size() int {
	if e == nil {
		return 0
	}
	return encode.Size
}

// of returns the vector of a line; nil if it is not known.
func (e encoded) of(l Line) []float32 { return e[l.Text] }

// withEncoded returns o with the encoded vectors of the labelled lines, where they are asked for and not there yet. It calls
// Progress for each of them, apart from what comes after. It takes 2 kB a line, and training as much again.
func (o Options) withEncoded(ctx context.Context, lines []Line) (Options, error) {
	if !o.Encoder || o.encoded != nil {
		return o, nil
	}
	texts, err := englishTexts(lines)
	if err != nil {
		return o, err
	}
	vectors := make([][]float32, len(texts))
	step := counter(len(texts), o.Progress)
	err = inParallel(ctx, len(texts), func(i int) {
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

// englishTexts returns the texts of the labelled lines, each once, in order. That most are in another language is an error.
func englishTexts(lines []Line) ([]string, error) {
	var texts []string
	english, other := 0, 0
	for _, l := range lines {
		if len(l.Labels) == 0 {
			continue
		}
		texts = append(texts, l.Text)
		switch parley.LangOf(l.Text) {
		case parley.English:
			english++
		case "":
		default:
			other++
		}
	}
	if other > english {
		return nil, &parley.Error{Code: parley.Invalid, Field: "encoder", Message: fmt.Sprintf("the encoder knows English only, and %d of %d lines are in another language: train without it", other, len(texts))}
	}
	slices.Sort(texts)
	return slices.Compact(texts), nil
}

// encodedRows returns the task's weights of encoded vectors, in the units of the rows.
func (t *task) encodedRows(units []float32) [][]float32 {
	rows := make([][]float32, len(t.encoded))
	for c, w := range t.encoded {
		rows[c] = make([]float32, len(w))
		axpy(rows[c], encodedWeight/units[c], w)
	}
	return rows
}
