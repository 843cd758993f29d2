package train

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

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
// Progress for each of them, apart from what comes after. It takes 2 kB a line.
func (o Options) withEncoded(ctx context.Context, lines []Line) (Options, error) {
	if !o.Encoder || o.encoded != nil {
		return o, nil
	}
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
		return o, &parley.Error{Code: parley.Invalid, Field: "encoder", Message: fmt.Sprintf("the encoder knows English only, and %d of %d lines are in another language: train without it", other, len(texts))}
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	vectors := make([][]float32, len(texts))
	var next, done atomic.Int64
	var report sync.Mutex
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(texts) || ctx.Err() != nil {
					return
				}
				vectors[i] = encode.Vector(texts[i])
				d := done.Add(1)
				if o.Progress != nil {
					report.Lock()
					o.Progress(int(d), len(texts))
					report.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return o, err
	}
	o.encoded = encoded{}
	for i, text := range texts {
		o.encoded[text] = vectors[i]
	}
	return o, nil
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
