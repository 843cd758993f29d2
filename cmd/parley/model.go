package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

	"parley"
	"parley/diagnose"
	"parley/diagnose/train"
)

// A modelCmd groups what is done with models.
type modelCmd struct {
	Info     modelInfoCmd     `cmd:"" help:"Show what a model answers and what it was trained on."`
	Classify modelClassifyCmd `cmd:"" help:"Label JSON lines of text from standard input."`
	Train    modelTrainCmd    `cmd:"" help:"Train a model from labelled JSON lines."`
	Eval     modelEvalCmd     `cmd:"" help:"Measure a model on labelled JSON lines."`
	Crossval modelCrossvalCmd `cmd:"" help:"Measure the recipe by cross-validation over fixed folds."`
	Pairs    modelPairsCmd    `cmd:"" help:"Measure what is taken for the same reason, on pairs of texts."`
	Check    modelCheckCmd    `cmd:"" help:"Check labelled JSON lines for copies, templates and words that give labels away."`
	Simulate modelSimulateCmd `cmd:"" help:"Simulate what learning from decisions would do."`
}

// modelOrShipped reads a model file, or returns the model that is built in for "".
func modelOrShipped(name string, s std) (*diagnose.Model, error) {
	if name == "" {
		return diagnose.Shipped(), nil
	}
	f, err := openFile(name, s)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := diagnose.ReadModel(f)
	if errors.Is(err, diagnose.ErrModel) {
		return nil, &parley.Error{Code: parley.Invalid, Field: "model", Message: name + " cannot be used", Err: err}
	}
	return m, err
}

// readData reads and joins labelled files.
func readData(names []string, s std) (*train.Set, error) {
	if len(names) == 0 {
		return nil, &parley.Error{Code: parley.Invalid, Field: "data", Message: "name at least one file with --data"}
	}
	var sets []*train.Set
	for _, name := range names {
		f, err := openFile(name, s)
		if err != nil {
			return nil, err
		}
		set, err := train.ReadData(name, f)
		f.Close()
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return train.Merge(sets...)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

type modelInfoCmd struct {
	Model  string `placeholder:"FILE" help:"The model. Default: the one built in."`
	Format string `enum:"table,json" default:"table" help:"How to print: ${enum}."`
}

// Run prints a model's header.
func (c *modelInfoCmd) Run(s std) error {
	m, err := modelOrShipped(c.Model, s)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return writeJSON(s.out, m.Info)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "trained by\trecipe %s, seed %d\n", m.Version, m.Seed)
	fmt.Fprintf(w, "trained on\t%d examples in %d dialogues\n", m.Examples, m.Dialogues)
	fmt.Fprintf(w, "data\tsha256:%s\n", m.Data)
	fmt.Fprintf(w, "buckets\t2^%d", m.Bits)
	if m.Fine > 0 {
		fmt.Fprintf(w, ", of the gates 2^%d", m.Bits+m.Fine)
	}
	fmt.Fprintln(w)
	if m.Encoder != "" {
		fmt.Fprintf(w, "encoder\t%s\n", m.Encoder)
	}
	if m.Gate {
		printSetting(w, "threshold", m.Setting)
		if m.Client != nil {
			printSetting(w, "of clients", m.Client.Setting)
		}
	}
	for _, h := range m.Heads {
		var labels []string
		for i, l := range h.Labels {
			labels = append(labels, fmt.Sprintf("%s %.0f %%", l, h.Prior[i]*100))
		}
		fmt.Fprintf(w, "%s\t%s\n", h.Name, strings.Join(labels, ", "))
	}
	return w.Flush()
}

func printSetting(w io.Writer, name string, s diagnose.Setting) {
	fmt.Fprintf(w, "%s\t%.2f (calibration error out of fold %.3f)\n", name, s.Threshold, s.Calibrated)
	for _, kind := range slices.Sorted(maps.Keys(s.Kinds)) {
		fmt.Fprintf(w, "  %s\t%.2f, log-odds %+.2f\n", kind, s.Kinds[kind], s.Shifts[kind])
	}
}

type modelClassifyCmd struct {
	Model  string `placeholder:"FILE" help:"The model. Default: the one built in."`
	Format string `enum:"jsonl" default:"jsonl" help:"How to print: ${enum}."`
}

func (c *modelClassifyCmd) Help() string {
	return `One line out for each line in, in order: the line's own fields and "pred". Lines of one "dialogue" that stand together are read in context; "role" or "speaker" tells who speaks.
  parley model classify < in.jsonl > out.jsonl
A model with the taxonomy's heads gives "pred":{"resistance":0.93,"form":"objection",…}: the probability that the speaker resists and, taking that for granted, the likeliest labels. A model of one label gives "pred":"<label>","prob":{"<label>":p,…}.`
}

// dialogueMost is how many lines of one dialogue are read together. A longer one is read in pieces.
const dialogueMost = 5000

// Run labels standard input, dialogue by dialogue.
func (c *modelClassifyCmd) Run(ctx context.Context, s std) error {
	m, err := modelOrShipped(c.Model, s)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(s.out)
	defer out.Flush()
	sc := bufio.NewScanner(s.in)
	sc.Buffer(make([]byte, 1<<16), train.MaxLine)
	var raws [][]byte
	var lines []train.Line
	flush := func() error {
		for i, p := range train.Predict(m, lines) {
			if err := writePrediction(out, m, raws[i], p); err != nil {
				return err
			}
		}
		raws, lines = raws[:0], lines[:0]
		return nil
	}
	n := 0
	for sc.Scan() && ctx.Err() == nil {
		n++
		raw := train.TrimLine(sc.Bytes())
		if len(raw) == 0 {
			continue
		}
		line, err := train.ParseLine(raw)
		if err != nil {
			if flushErr := flush(); flushErr != nil {
				return flushErr
			}
			return &parley.Error{Code: parley.Invalid, Message: fmt.Sprintf("standard input, line %d: %v", n, err)}
		}
		if k := len(lines); k > 0 && (line.Dialogue == "" || line.Dialogue != lines[k-1].Dialogue || k >= dialogueMost) {
			if err := flush(); err != nil {
				return err
			}
		}
		raws, lines = append(raws, bytes.Clone(raw)), append(lines, line)
	}
	if err := sc.Err(); errors.Is(err, bufio.ErrTooLong) {
		return &parley.Error{Code: parley.Invalid, Message: fmt.Sprintf("standard input, line %d: longer than %d bytes", n+1, train.MaxLine)}
	} else if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	if err := flush(); err != nil {
		return err
	}
	return cmp.Or(ctx.Err(), out.Flush())
}

// writePrediction writes a line's own fields, in their order, and the prediction.
func writePrediction(out *bufio.Writer, m *diagnose.Model, raw []byte, p train.Prediction) error {
	var pred bytes.Buffer
	if m.Single {
		probs := p[0]
		label, err := json.Marshal(m.Heads[0].Labels[train.Decide(m, 0, probs, train.Line{})])
		if err != nil {
			return err
		}
		fmt.Fprintf(&pred, `"pred":%s,"prob":{`, label)
		for i, name := range m.Heads[0].Labels {
			key, err := json.Marshal(name)
			if err != nil {
				return err
			}
			fmt.Fprintf(&pred, `%s%s:%g`, comma(i), key, round(probs[i]))
		}
		pred.WriteByte('}')
	} else {
		pred.WriteString(`"pred":{`)
		for h, head := range m.Heads {
			key, err := json.Marshal(head.Name)
			if err != nil {
				return err
			}
			if m.Gate && h == 0 {
				fmt.Fprintf(&pred, `%s%s:%g`, comma(h), key, round(p[0][1]))
				continue
			}
			label, err := json.Marshal(head.Labels[train.Decide(m, h, p[h], train.Line{})])
			if err != nil {
				return err
			}
			fmt.Fprintf(&pred, `%s%s:%s`, comma(h), key, label)
		}
		pred.WriteByte('}')
	}
	own, err := withoutKeys(raw, "pred", "prob")
	if err != nil {
		return err
	}
	out.Write(own[:len(own)-1])
	if len(own) > 2 {
		out.WriteByte(',')
	}
	out.Write(pred.Bytes())
	_, err = out.WriteString("}\n")
	return err
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// withoutKeys returns the JSON object raw, compact and in its order, less some of its fields.
func withoutKeys(raw []byte, drop ...string) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	out := []byte{'{'}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok || slices.Contains(drop, name) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, quoted...), ':'), bytes.TrimSpace(value)...)
	}
	return append(out, '}'), nil
}

// A recipe is how to train.
type recipe struct {
	Seed    uint64  `default:"1" help:"Of the order of examples and the inner folds."`
	Cost    float64 `placeholder:"C" help:"Cost of a wrong example. Default: 0.3 for two labels, 0.1 for more, 0.15 for a single \"label\"; with the encoder 0.065 for that."`
	Encoder *bool   `negatable:"" help:"Beside the words, go by what a pretrained encoder makes of each sentence. Default: yes for a single \"label\" on at most 20,000 lines, most of them English; else no. It takes some 6 ms for each, in training and whenever the model reads."`
}

// options returns how to train on set, and tells where the encoder is used without having been asked for.
func (r recipe) options(set *train.Set, s std, bar *meter) train.Options {
	encoder := r.Encoder != nil && *r.Encoder
	if r.Encoder == nil && train.EncoderPays(set) {
		encoder = true
		fmt.Fprintln(s.err, "A pretrained encoder reads the sentences as well; --no-encoder goes by words alone and is faster.")
	}
	return train.Options{Seed: r.Seed, C: r.Cost, Encoder: encoder, Progress: bar.progress}
}

type modelTrainCmd struct {
	Data []string `sep:"none" placeholder:"FILE" help:"Labelled JSON lines. May be repeated."`
	Out  string   `required:"" placeholder:"MODEL" help:"Where to write the model; with --label-with, the labelled lines."`
	More []string `arg:"" optional:"" name:"file" help:"More labelled files, as a shell's * gives them."`
	recipe

	FromWorkspace bool   `help:"Train from what was decided in the workspace as well."`
	Keep          string `placeholder:"FILE" help:"With --from-workspace: also write its labelled lines to a file."`
	operator

	LabelWith string `enum:",llm" default:"" placeholder:"llm" help:"Train nothing: have a language model label the lines of the data that have no label, for review. Names are hidden before anything is sent."`
	provider
}

func (c *modelTrainCmd) Help() string {
	return `Data is JSON lines in the order in which things were said: {"dialogue","turn","role","text","labels":{…}} or, for any other task, a single "label". An empty or missing label is context. The same data and seed give the same model.
  parley model train --data diagnose/corpus/train/*.jsonl --out my.model
A model of one's own from the decisions of a workspace, best together with the corpus that the built-in one was trained on:
  parley model train --from-workspace --data diagnose/corpus/train/*.jsonl --out my.model
Labels by a language model, into a file to be read and corrected; a run that breaks off goes on where it was:
  parley model train --label-with llm --llm-url http://127.0.0.1:11434/v1 --llm-model qwen3 --data text.jsonl --out labelled.jsonl`
}

// Run trains and writes the model, beside its place first, so that it is never half there.
func (c *modelTrainCmd) Run(ctx context.Context, s std) error {
	if c.LabelWith != "" {
		return c.label(ctx, s)
	}
	if err := mayWrite(c.Out); err != nil {
		return err
	}
	set, err := c.set(ctx, s)
	if err != nil {
		return err
	}
	// A million utterances fit into this; beyond it memory is collected more often, nothing fails.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(3 << 30))
	bar := &meter{out: s.err, on: s.progress}
	m, err := train.Train(ctx, set, c.options(set, s, bar))
	bar.clear()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return err
	}
	if err := replace(c.Out, b.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "%s: %s from %s, %.1f MB\n", c.Out, counted(len(m.Heads), "head", "heads"), counted(m.Examples, "example", "examples"), float64(b.Len())/1e6)
	return nil
}

func (m *meter) progress(done, total int) { m.set(int64(done), int64(total)) }

type modelEvalCmd struct {
	Model  string   `placeholder:"MODEL" help:"The model. Default: the one built in."`
	Data   []string `sep:"none" required:"" placeholder:"FILE" help:"Labelled JSON lines. May be repeated."`
	Beside []string `sep:"none" placeholder:"FILE" help:"Print two baselines beside the model, made from these labelled files: the majority and counted keywords."`
	By     string   `enum:",kind,lang" default:"" help:"Print a line for each kind of conversation (kind) or language (lang)."`
	Client bool     `help:"Measure only what the adviser does not say: lines whose role is not \"adviser\"."`
	Format string   `enum:"table,json" default:"table" help:"How to print: ${enum}."`
	More   []string `arg:"" optional:"" name:"file" help:"More labelled files, as a shell's * gives them."`
}

// Run measures a model.
func (c *modelEvalCmd) Run(s std) error {
	m, err := modelOrShipped(c.Model, s)
	if err != nil {
		return err
	}
	set, err := readData(append(c.Data, c.More...), s)
	if err != nil {
		return err
	}
	if c.Client {
		for i := range set.Lines {
			if set.Lines[i].Role == string(parley.AdviserSide) {
				set.Lines[i].Labels = nil
			}
		}
	}
	if c.By != "" {
		return c.printBy(s, m, set)
	}
	r, err := train.Evaluate(m, set)
	if err != nil {
		return err
	}
	if len(c.Beside) > 0 {
		return c.printBeside(s, set, r)
	}
	if c.Format == "json" {
		return writeJSON(s.out, r)
	}
	return printScores(s.out, set.Heads, r.Score, r.Heads)
}

// printBy prints a line a part: precision, recall and F1 of the first head's last label, macro-F1 of the others.
func (c *modelEvalCmd) printBy(s std, m *diagnose.Model, set *train.Set) error {
	of := func(l train.Line) string { return l.Kind }
	if c.By == "lang" {
		of = func(l train.Line) string { return l.Lang }
	}
	parts, err := train.EvaluateBy(m, set, of)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return writeJSON(s.out, parts)
	}
	first := m.Heads[0]
	label := first.Labels[len(first.Labels)-1]
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s\t%s %s: precision\trecall\tF1\tcalibration error\texamples\t", c.By, first.Name, label)
	for _, h := range m.Heads[1:] {
		fmt.Fprintf(w, "%s macro-F1\t", h.Name)
	}
	fmt.Fprintln(w)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		r := parts[name]
		l := r.PerLabel[label]
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.3f\t%.3f\t%d\t", cmp.Or(name, "none"), l.Precision, l.Recall, l.F1, r.ECE, r.Examples)
		for _, h := range m.Heads[1:] {
			fmt.Fprintf(w, "%.3f\t", r.Heads[h.Name].MacroF1)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// printBeside prints a line a head: the baselines' macro-F1 and the model's figures.
func (c *modelEvalCmd) printBeside(s std, set *train.Set, r train.Report) error {
	learn, err := readData(c.Beside, s)
	if err != nil {
		return err
	}
	majority, keywords := train.Baselines(learn, set)
	heads := r.Heads
	if len(heads) == 0 {
		heads = map[string]train.Score{set.Heads[0]: r.Score}
	}
	if c.Format == "json" {
		return writeJSON(s.out, map[string]any{"model": heads, "majority": majority, "keywords": keywords})
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "head\tmajority\tkeywords\tmodel macro-F1\taccuracy\tcalibration error\texamples\t\n")
	for _, head := range set.Heads {
		m, ok := heads[head]
		if !ok {
			continue
		}
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%d\t\n", head, majority[head].MacroF1, keywords[head].MacroF1, m.MacroF1, m.Accuracy, m.ECE, m.Examples)
	}
	return w.Flush()
}

type modelCrossvalCmd struct {
	Data   []string `sep:"none" required:"" placeholder:"FILE" help:"Labelled JSON lines. May be repeated."`
	By     string   `enum:"fold" default:"fold" help:"What splits the data: ${enum}."`
	Format string   `enum:"table,json" default:"table" help:"How to print: ${enum}."`
	More   []string `arg:"" optional:"" name:"file" help:"More labelled files, as a shell's * gives them."`
	recipe
}

// Run measures the recipe.
func (c *modelCrossvalCmd) Run(ctx context.Context, s std) error {
	set, err := readData(append(c.Data, c.More...), s)
	if err != nil {
		return err
	}
	bar := &meter{out: s.err, on: s.progress}
	r, err := train.CrossValidate(ctx, set, c.options(set, s, bar))
	bar.clear()
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return writeJSON(s.out, r)
	}
	if err := printScores(s.out, set.Heads, r.Score, r.Heads); err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "fold\tmacro-F1\tweighted F1\taccuracy\texamples\t\n")
	for _, f := range r.PerFold {
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.3f\t%d\t\n", f.Fold, f.MacroF1, f.WeightedF1, f.Accuracy, f.Examples)
	}
	return w.Flush()
}

// printScores prints the scores of each head, label by label.
func printScores(out io.Writer, names []string, only train.Score, heads map[string]train.Score) error {
	if len(heads) == 0 {
		heads = map[string]train.Score{names[0]: only}
	}
	for _, name := range names {
		score, ok := heads[name]
		if !ok {
			continue
		}
		fmt.Fprintf(out, "%s: macro-F1 %.3f, weighted F1 %.3f, accuracy %.3f, calibration error %.3f, %s\n",
			name, score.MacroF1, score.WeightedF1, score.Accuracy, score.ECE, counted(score.Examples, "example", "examples"))
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprint(w, "label\tprecision\trecall\tF1\tsupport\t\n")
		var labels []string
		for l := range score.PerLabel {
			labels = append(labels, l)
		}
		slices.SortFunc(labels, func(a, b string) int {
			if x, y := score.PerLabel[a].Support, score.PerLabel[b].Support; x != y {
				return y - x
			}
			return strings.Compare(a, b)
		})
		for _, l := range labels {
			p := score.PerLabel[l]
			fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.3f\t%d\t\n", l, p.Precision, p.Recall, p.F1, p.Support)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(out)
	}
	return nil
}
