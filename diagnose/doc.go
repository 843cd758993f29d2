// Package diagnose finds resistance in messages and says of which kind it is and why.
//
// A [Reader] takes the messages of a conversation in order and gives findings. Behind it, [Sentences]
// splits, an [Analysis] looks at one sentence, a [Vectorizer] turns it and what stands around it into
// features, and a [Model] scores them. The model is linear: a head for each question of the taxonomy, of
// which the first, resistance, decides whether the others matter. It is compiled in; package
// diagnose/train makes it from diagnose/corpus.
//
//	r := diagnose.NewReader(diagnose.Shipped())
//	for _, f := range r.Read(message) {
//		fmt.Println(f.Text(), f.Labels.Driver, f.Why)
//	}
package diagnose

//go:generate go run ./gen concepts.bin
//go:generate go run parley/cmd/parley model train --data corpus/train/en.jsonl --data corpus/train/es.jsonl --data corpus/train/fr.jsonl --out model.bin
//go:generate go run ./gen senses.bin
