package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"parley"
	"parley/diagnose/train"
	"parley/internal/llm"
)

//go:embed label.txt
var labelPrompt string

// A provider is the flags of a model server that is asked. None is configured unless the user does.
type provider struct {
	URL   string `name:"llm-url" env:"PARLEY_LLM_URL" placeholder:"URL" help:"Address of a model server that speaks OpenAI's protocol, up to and with /v1."`
	Model string `name:"llm-model" env:"PARLEY_LLM_MODEL" placeholder:"NAME" help:"Which of its models to ask."`
	Key   string `name:"llm-key" env:"PARLEY_LLM_KEY" placeholder:"KEY" help:"Its key. Better given by the environment, where no list of processes shows it."`
}

// How much is asked at once: lines of one dialogue, with some before them as context.
const (
	askedMost    = 20
	contextLines = 3
)

// A labeller has a language model label lines.
type labeller struct {
	ask   func(ctx context.Context, system, user string) (string, error)
	by    string // who labels, as the lines will say
	mask  *llm.Mask
	raws  [][]byte
	lines []train.Line

	labelled, unanswered      int
	droppedLabels, lostQuotes int
}

// A given is what the language model says of one line.
type given struct {
	N          int    `json:"n"`
	Resistance *bool  `json:"resistance"`
	Form       string `json:"form"`
	Driver     string `json:"driver"`
	Perception string `json:"perception"`
	Subject    string `json:"subject"`
	Quote      string `json:"quote"`
}

// labels returns g's labels, and whether they are the taxonomy's.
func (g given) labels() (parley.Labels, bool) {
	if g.Resistance == nil {
		return parley.Labels{}, false
	}
	if !*g.Resistance {
		return parley.Labels{}, true
	}
	l := parley.Labels{Resistance: true, Form: parley.Form(g.Form), Driver: parley.Driver(g.Driver), Perception: parley.Perception(g.Perception), Subject: parley.Subject(g.Subject)}
	return l, l.Valid() && l.Form != "" && l.Driver != "" && l.Perception != "" && l.Subject != ""
}

// readLines reads JSON lines with their bytes.
func readLines(names []string, s std) (raws [][]byte, lines []train.Line, err error) {
	for _, name := range names {
		f, err := openFile(name, s)
		if err != nil {
			return nil, nil, err
		}
		sc := bufio.NewScanner(f)
		sc.Buffer(make([]byte, 1<<16), train.MaxLine)
		for n := 1; sc.Scan(); n++ {
			raw := train.TrimLine(sc.Bytes())
			if len(raw) == 0 {
				continue
			}
			line, err := train.ParseLine(raw)
			if err != nil {
				f.Close()
				return nil, nil, &parley.Error{Code: parley.Invalid, Message: fmt.Sprintf("%s, line %d: %v", name, n, err)}
			}
			raws, lines = append(raws, bytes.Clone(raw)), append(lines, line)
		}
		f.Close()
		if err := sc.Err(); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return raws, lines, nil
}

// newLabeller returns a labeller of the lines of files, whose mask knows the names in them.
func newLabeller(names []string, s std) (*labeller, error) {
	raws, lines, err := readLines(names, s)
	if err != nil {
		return nil, err
	}
	var people []string
	for _, l := range lines {
		people = append(people, l.Speaker)
	}
	w := &labeller{mask: llm.NewMask(people...), raws: raws, lines: lines}
	for _, l := range lines {
		w.mask.Learn(l.Text)
	}
	return w, nil
}

// open reports whether line i is to be labelled: it has no label, and no adviser says it.
func (w *labeller) open(i int) bool {
	l := w.lines[i]
	return len(l.Labels) == 0 && l.Role != string(parley.AdviserSide) && strings.TrimSpace(l.Text) != ""
}

// next returns the end of the piece of lines that begins at start: of one dialogue, with at most askedMost
// lines to be labelled.
func (w *labeller) next(start int) int {
	asked := 0
	for i := start; i < len(w.lines); i++ {
		if i > start && w.lines[i].Dialogue != w.lines[start].Dialogue {
			return i
		}
		if w.open(i) {
			if asked++; asked > askedMost {
				return i
			}
		}
	}
	return len(w.lines)
}

// question returns what is asked about the lines from start to end, names hidden; "" if nothing is.
func (w *labeller) question(start, end int) string {
	first := start
	for first > 0 && start-first < contextLines && w.lines[first-1].Dialogue == w.lines[start].Dialogue && w.lines[start].Dialogue != "" {
		first--
	}
	var b strings.Builder
	asked := false
	for i := first; i < end; i++ {
		number := "-"
		if i >= start && w.open(i) {
			number = fmt.Sprintf("%d.", i-start+1)
			asked = true
		}
		role := w.lines[i].Role
		if role != string(parley.AdviserSide) && role != string(parley.ClientSide) {
			role = "speaker" // anything else may be a name
		}
		fmt.Fprintf(&b, "%s %s: %s\n", number, role, strings.Join(strings.Fields(w.mask.Hide(w.lines[i].Text)), " "))
	}
	if !asked {
		return ""
	}
	return b.String()
}

// piece labels the lines from start to end and writes them all.
func (w *labeller) piece(ctx context.Context, out io.Writer, start, end int) error {
	answers := map[int]given{}
	if q := w.question(start, end); q != "" {
		answer, err := w.ask(ctx, labelPrompt, q)
		if err != nil {
			return err
		}
		var in struct {
			Labels []given `json:"labels"`
		}
		if json.Unmarshal([]byte(unfenced(answer)), &in) != nil {
			in.Labels = nil // each line counts as without an answer
		}
		for _, g := range in.Labels {
			answers[start+g.N-1] = g
		}
	}
	var b bytes.Buffer
	for i := start; i < end; i++ {
		if err := w.write(&b, i, answers); err != nil {
			return err
		}
	}
	_, err := out.Write(b.Bytes())
	return err
}

// unfenced takes the marks of a code block off, which some models put around JSON.
func unfenced(answer string) string {
	answer = strings.TrimSpace(answer)
	answer = strings.TrimPrefix(strings.TrimPrefix(answer, "```json"), "```")
	return strings.TrimSuffix(answer, "```")
}

// write writes line i with what was answered about it, if that can be used.
func (w *labeller) write(b *bytes.Buffer, i int, answers map[int]given) error {
	raw := w.raws[i]
	if !w.open(i) {
		b.Write(raw)
		b.WriteByte('\n')
		return nil
	}
	g, ok := answers[i]
	labels, valid := g.labels()
	switch {
	case !ok:
		w.unanswered++
	case !valid:
		w.droppedLabels++
	case labels.Resistance && !w.holds(i, g.Quote):
		w.lostQuotes++
		valid = false
	}
	own, err := withoutKeys(raw, "labels", "label", "by", "quote")
	if err != nil {
		return err
	}
	if !ok || !valid {
		b.Write(own)
		b.WriteByte('\n')
		return nil
	}
	w.labelled++
	more := struct {
		Labels parley.Labels `json:"labels"`
		Quote  string        `json:"quote,omitempty"`
		By     string        `json:"by"`
	}{labels, "", w.by}
	if labels.Resistance {
		more.Quote = w.mask.Show(g.Quote)
	}
	tail, err := json.Marshal(more)
	if err != nil {
		return err
	}
	b.Write(own[:len(own)-1])
	b.WriteByte(',')
	b.Write(tail[1:])
	b.WriteByte('\n')
	return nil
}

// holds reports whether line i, as it was sent, has a quote in it.
func (w *labeller) holds(i int, quote string) bool {
	plain := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	return plain(quote) != "" && strings.Contains(plain(w.mask.Hide(w.lines[i].Text)), plain(quote))
}

// resume opens the file to write to, and returns the line to go on from: what is there already must be what
// this work wrote when it broke off. A last piece that is not whole is cut off.
func (w *labeller) resume(name string) (f *os.File, from int, err error) {
	f, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, cannotBe("written", name, err)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("read %s: %w", name, err)
	}
	ends := []int{0} // where each line ends
	for i, c := range data {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	done := len(ends) - 1
	for i := range done {
		line, err := train.ParseLine(train.TrimLine(data[ends[i]:ends[i+1]]))
		if i >= len(w.lines) || err != nil || line.Text != w.lines[i].Text || line.Dialogue != w.lines[i].Dialogue {
			f.Close()
			return nil, 0, &parley.Error{Code: parley.Conflict, Field: "out", Message: fmt.Sprintf("%s is there, and its line %d is not of this data; name another", name, i+1)}
		}
	}
	for from < done {
		end := w.next(from)
		if end > done {
			break
		}
		from = end
	}
	err = f.Truncate(int64(ends[from]))
	if err == nil {
		_, err = f.Seek(int64(ends[from]), io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("go on in %s: %w", name, err)
	}
	return f, from, nil
}

// run labels all lines into the file, piece by piece, each kept before the next is asked about.
func (w *labeller) run(ctx context.Context, name string, progress func(done, total int)) (err error) {
	f, from, err := w.resume(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for from < len(w.lines) {
		end := w.next(from)
		if err := w.piece(ctx, f, from, end); err != nil {
			if ctx.Err() != nil {
				return err
			}
			return &parley.Error{Code: parley.CodeOf(err), Message: fmt.Sprintf("%v; %d of %d lines are in %s, and the same command goes on from there", err, from, len(w.lines), name)}
		}
		from = end
		progress(from, len(w.lines))
	}
	return f.Sync()
}

// label has the language model label the unlabelled lines of the data into a file that somebody reviews.
func (c *modelTrainCmd) label(ctx context.Context, s std) error {
	client := llm.Client{URL: c.URL, Model: c.Model, Key: c.Key, Timeout: 2 * time.Minute}
	if err := client.Check(); err != nil {
		return err
	}
	w, err := newLabeller(append(c.Data, c.More...), s)
	if err != nil {
		return err
	}
	w.ask, w.by = client.Ask, "llm:"+c.Model
	bar := &meter{out: s.err, on: s.progress}
	err = w.run(ctx, c.Out, bar.progress)
	bar.clear()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "%s: %s labelled by %s", c.Out, counted(w.labelled, "line", "lines"), c.Model)
	if w.droppedLabels+w.lostQuotes+w.unanswered > 0 {
		fmt.Fprintf(s.err, "; left unlabelled: %d with labels outside the taxonomy, %d with a quote that is not in the text, %d without an answer", w.droppedLabels, w.lostQuotes, w.unanswered)
	}
	fmt.Fprintf(s.err, ".\nRead them before you train: correct \"labels\", or take a line's out.\n")
	return nil
}
