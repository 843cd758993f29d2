package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"parley"
	"parley/diagnose"
	"parley/listen"
)

// A readCmd finds resistance in files.
type readCmd struct {
	Files     []string `arg:"" name:"file" help:"Files and folders (Maildir or any); - is standard input."`
	Format    string   `enum:"table,jsonl,csv,markdown" default:"table" help:"How to print: ${enum}."`
	Threshold *float64 `placeholder:"P" help:"Print what is resistance with at least this probability, 0 to 1. Default: the model's."`
	Adviser   []string `sep:"none" placeholder:"WHO" help:"Who speaks for your side: a name, an address or a domain. May be repeated. Their words are never findings."`
	Client    []string `sep:"none" placeholder:"WHO" help:"Who speaks for the client's side. May be repeated."`
	Sides     string   `placeholder:"FILE" help:"Remember in FILE who speaks for which side; it is made if it is not there."`
	Columns   []string `placeholder:"ROLE=COLUMN" help:"Columns of a table: time=…, author=…, text=…, by header or number. Default: guessed."`
	As        string   `enum:",${inputs}" default:"" placeholder:"FORMAT" help:"Read the files as this format instead of looking: ${inputs}."`
	Model     string   `placeholder:"FILE" help:"Use this model instead of the one built in."`
}

// inputFormats lists what files can be read as.
func inputFormats() string {
	var names []string
	for _, f := range listen.Formats {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

func (c *readCmd) Help() string {
	return `Examples:
  parley read thread.mbox --adviser consult.example
  parley read meeting.vtt chat.txt --adviser "Anna Ruiz" --format markdown
  parley read survey.csv --columns text=Comment,author=Team
  cat mail.eml | parley read - --format jsonl

Exit status: 0 all was read; 2 some part could not be read, the rest was; 4 a file is not there.`
}

// Run reads the files and prints what was found.
func (c *readCmd) Run(ctx context.Context, s std) error {
	if p := c.Threshold; p != nil && !(*p >= 0 && *p <= 1) { // which NaN is not
		return &parley.Error{Code: parley.Invalid, Field: "threshold", Message: "--threshold is a probability, from 0 to 1"}
	}
	columns, err := parseColumns(c.Columns)
	if err != nil {
		return err
	}
	model, err := modelOrShipped(c.Model, s)
	if err != nil {
		return err
	}
	if !model.Gate {
		return &parley.Error{Code: parley.Invalid, Field: "model", Message: c.Model + " was trained on other labels and does not say who resists; parley model classify uses it"}
	}
	sides, err := loadSides(c.Sides)
	if err != nil {
		return err
	}
	if slices.Contains(slices.Concat(c.Adviser, c.Client), "") {
		return &parley.Error{Code: parley.Invalid, Field: "adviser", Message: "--adviser and --client take a name, an address or a domain, and one of them is empty"}
	}
	for _, a := range c.Adviser {
		sides = sides.With(a, parley.AdviserSide)
	}
	for _, a := range c.Client {
		sides = sides.With(a, parley.ClientSide)
	}
	in := &inputs{std: s, o: listen.Options{Sides: sides, Columns: columns, Format: listen.Format(c.As)}}
	if err := in.find(c.Files); err != nil {
		return err
	}
	if s.asks && len(c.Adviser) == 0 && !slices.Contains(c.Files, "-") {
		if in.o.Sides, err = in.ask(ctx); err != nil {
			return err
		}
	}
	if c.Sides != "" {
		if err := saveSides(c.Sides, in.o.Sides); err != nil {
			return err
		}
	}
	return c.read(ctx, in, model)
}

// read goes through the messages and prints.
func (c *readCmd) read(ctx context.Context, in *inputs, model *diagnose.Model) error {
	reader := diagnose.NewReader(model)
	if c.Threshold != nil {
		reader.Threshold = max(*c.Threshold, math.SmallestNonzeroFloat64) // 0 is the model's own
	}
	reader.AdvisersKnown = len(in.o.Sides.Advisers) > 0
	out := bufio.NewWriter(in.out)
	defer out.Flush()
	p := newPrinter(c.Format, out, in.std)
	sum := &summary{keeps: c.Format == "table" || c.Format == "markdown", advisers: in.o.Sides.Advisers, unknown: map[parley.Person]int{}}
	for m, err := range in.messages(ctx) {
		if err != nil {
			sum.failed(err)
			in.say("parley: %v%s", err, howTo(err))
			continue
		}
		sum.add(m)
		for _, f := range reader.Read(m) {
			if err := p.finding(f); err != nil {
				return fmt.Errorf("write: %w", err)
			}
			sum.found(f)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := p.end(ctx, sum); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if note := sum.nobodyAdvises(); note != "" {
		in.say("parley: %s", note)
	}
	return sum.err()
}

// inputs are the files of one run.
type inputs struct {
	std
	o     listen.Options
	files []input
	total int64 // bytes, of those whose size is known
	meter meter
}

// An input is one file, or one Maildir.
type input struct {
	name    string
	maildir bool
	err     error // why it cannot be read
}

// find looks what the arguments name: a folder that is no Maildir stands for the files in it.
func (in *inputs) find(names []string) error {
	for _, name := range names {
		if name == "-" {
			in.files = append(in.files, input{name: "-"})
			continue
		}
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			in.files = append(in.files, input{name: name, err: &parley.Error{Code: parley.NotFound, Message: "there is no such file"}})
		case err != nil:
			in.files = append(in.files, input{name: name, err: err})
		case info.IsDir():
			in.findIn(name)
		default:
			in.total += info.Size()
			in.files = append(in.files, input{name: name})
		}
	}
	if len(in.files) == 0 {
		return &parley.Error{Code: parley.NotFound, Message: fmt.Sprintf("there are no files in %s", strings.Join(names, ", "))}
	}
	return nil
}

// findIn adds the files under a folder in order of name, Maildirs as one; hidden ones are passed over.
func (in *inputs) findIn(dir string) {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			in.files = append(in.files, input{name: path, err: err})
		case path != dir && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir() && listen.IsMaildir(os.DirFS(path)):
			in.files = append(in.files, input{name: path, maildir: true})
			return fs.SkipDir
		case d.Type().IsRegular() && isSlackList(path):
		case d.Type().IsRegular():
			if info, err := d.Info(); err == nil {
				in.total += info.Size()
			}
			in.files = append(in.files, input{name: path})
		}
		return nil
	})
	if err != nil {
		in.files = append(in.files, input{name: dir, err: err})
	}
}

// isSlackList reports whether a file of a Slack export lists people or channels, and has no messages.
func isSlackList(path string) bool {
	lists := []string{"channels.json", "users.json", "dms.json", "groups.json", "mpims.json", "integration_logs.json", "canvases.json"}
	if !slices.Contains(lists, filepath.Base(path)) {
		return false
	}
	for _, name := range lists[:2] { // which every export has
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), name)); err != nil {
			return false
		}
	}
	return true
}

// messages yields the messages of all files, and what could not be read of them.
func (in *inputs) messages(ctx context.Context) iter.Seq2[parley.Message, error] {
	return func(yield func(parley.Message, error) bool) {
		in.meter = meter{total: in.total, out: in.err, on: in.progress}
		defer in.meter.clear()
		for _, f := range in.files {
			for m, err := range in.file(f) {
				if ctx.Err() != nil || !yield(m, err) {
					return
				}
			}
		}
	}
}

func (in *inputs) file(f input) iter.Seq2[parley.Message, error] {
	if f.err != nil {
		return func(yield func(parley.Message, error) bool) {
			yield(parley.Message{}, &listen.PartError{Source: f.name, Err: f.err})
		}
	}
	if f.maildir {
		return listen.Maildir(f.name, os.DirFS(f.name), in.o)
	}
	return func(yield func(parley.Message, error) bool) {
		r, err := openFile(f.name, in.std)
		if err != nil {
			yield(parley.Message{}, err)
			return
		}
		defer r.Close()
		for m, err := range listen.Read(f.name, io.TeeReader(r, &in.meter), in.o) {
			if !yield(m, err) {
				return
			}
		}
	}
}

// say writes a line to standard error, past the progress bar.
func (in *inputs) say(format string, args ...any) {
	in.meter.clear()
	fmt.Fprintf(in.err, format+"\n", args...)
}

// ask shows the speakers whose side is not known and asks, once, which of them are the adviser's.
func (in *inputs) ask(ctx context.Context) (parley.Sides, error) {
	sides := in.o.Sides
	count := map[parley.Person]int{}
	var people []parley.Person
	for m, err := range in.messages(ctx) {
		if err != nil || m.Side != parley.UnknownSide || m.Speaker.String() == "" || m.Kind == parley.Survey {
			continue
		}
		if count[m.Speaker] == 0 {
			people = append(people, m.Speaker)
		}
		count[m.Speaker]++
	}
	if len(people) == 0 {
		return sides, ctx.Err()
	}
	slices.SortStableFunc(people, func(a, b parley.Person) int {
		return cmp.Or(count[b]-count[a], strings.Compare(a.String(), b.String()))
	})
	const most = 20
	fmt.Fprintln(in.err, "Who speaks for your side? What they say is never taken for resistance.")
	for i, p := range people[:min(len(people), most)] {
		fmt.Fprintf(in.err, "  %2d  %s%s (%s)\n", i+1, p, addressAfter(p), counted(count[p], "message", "messages"))
	}
	if len(people) > most {
		fmt.Fprintf(in.err, "      and %d more; name them with --adviser\n", len(people)-most)
	}
	answers := bufio.NewReader(in.in)
	for {
		fmt.Fprint(in.err, "Numbers, separated by spaces (none: Enter): ")
		line, err := readLine(ctx, answers)
		if err != nil && line == "" {
			return sides, ctx.Err()
		}
		chosen, bad := parseNumbers(line, min(len(people), most))
		if bad != "" {
			fmt.Fprintf(in.err, "%q is not one of the numbers.\n", bad)
			continue
		}
		for i, p := range people {
			side := parley.ClientSide
			if chosen[i+1] {
				side = parley.AdviserSide
			}
			sides = sides.With(cmp.Or(p.Address, p.Name), side)
		}
		return sides, ctx.Err()
	}
}

// readLine reads a line unless ctx is done first: a person who waits at the prompt may press Ctrl-C.
func readLine(ctx context.Context, r *bufio.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		line, err := r.ReadString('\n')
		got <- answer{line, err}
	}()
	select {
	case a := <-got:
		return a.line, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func addressAfter(p parley.Person) string {
	if p.Name == "" || p.Address == "" {
		return ""
	}
	return " <" + p.Address + ">"
}

func parseNumbers(line string, most int) (chosen map[int]bool, bad string) {
	chosen = map[int]bool{}
	for _, f := range strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\r' || r == '\t' }) {
		n, err := strconv.Atoi(f)
		if err != nil || n < 1 || n > most {
			return nil, f
		}
		chosen[n] = true
	}
	return chosen, ""
}

func loadSides(name string) (parley.Sides, error) {
	var sides parley.Sides
	if name == "" {
		return sides, nil
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return sides, nil
	}
	if err != nil {
		return sides, cannotBe("read", name, err)
	}
	if err := json.Unmarshal(data, &sides); err != nil {
		return sides, &parley.Error{Code: parley.Invalid, Field: "sides", Message: fmt.Sprintf("%s is not a file of sides (want {\"advisers\":[…],\"clients\":[…]})", name), Err: err}
	}
	return sides, nil
}

// saveSides writes the file.
func saveSides(name string, sides parley.Sides) error {
	data, err := json.MarshalIndent(sides, "", "  ")
	if err != nil {
		return err
	}
	return replace(name, append(data, '\n'), 0o600)
}

// parseColumns reads "time=Sent", "author=2", "text=Comment"; text may be given several times.
func parseColumns(list []string) (listen.Columns, error) {
	var c listen.Columns
	for _, item := range list {
		role, column, ok := strings.Cut(item, "=")
		if column == "" {
			ok = false
		}
		switch {
		case ok && role == "time":
			c.Time = column
		case ok && role == "author":
			c.Author = column
		case ok && role == "text":
			c.Text = append(c.Text, column)
		default:
			return c, &parley.Error{Code: parley.Invalid, Field: "columns", Message: fmt.Sprintf("--columns takes time=…, author=… and text=…, not %q", item)}
		}
	}
	return c, nil
}

// summaryMost is how many findings the summary at the end looks at, some 60 MB of them. More are counted, not kept.
const summaryMost = 100_000

// A summary is what is told at the end.
type summary struct {
	sources   []string
	messages  int
	findings  int
	keeps     bool             // it tells reasons
	kept      []parley.Finding // their messages hold the sentence only
	errors    int
	worst     parley.Code
	unknown   map[parley.Person]int // messages of speakers of whom nobody said whose side they are on
	anyoneSet bool                  // some speaker's side is known
	advisers  []string              // who is said to be the adviser
	advised   bool                  // some speaker is the adviser's
}

func (s *summary) add(m parley.Message) {
	s.messages++
	s.advised = s.advised || m.Side == parley.AdviserSide
	if m.Side != parley.UnknownSide {
		s.anyoneSet = true
	} else if m.Speaker.String() != "" && m.Kind != parley.Survey && (len(s.unknown) < 1000 || s.unknown[m.Speaker] > 0) {
		s.unknown[m.Speaker]++
	}
	if n := len(s.sources); n == 0 || s.sources[n-1] != m.Source {
		if n < 1000 {
			s.sources = append(s.sources, m.Source)
		}
	}
}

// nobodyAdvises says that those named as advisers are not among the speakers, and who is: a name may be misspelt.
func (s *summary) nobodyAdvises() string {
	if len(s.advisers) == 0 || s.advised || len(s.unknown) == 0 {
		return ""
	}
	people := slices.SortedFunc(maps.Keys(s.unknown), func(a, b parley.Person) int {
		return cmp.Or(s.unknown[b]-s.unknown[a], strings.Compare(a.String()+a.Address, b.String()+b.Address))
	})
	const most = 5
	var names []string
	for _, p := range people[:min(len(people), most)] {
		names = append(names, p.String()+addressAfter(p))
	}
	if len(people) > most {
		names = append(names, "…")
	}
	return fmt.Sprintf("nobody who speaks is %s, so everybody was read; the speakers are %s", strings.Join(s.advisers, " or "), strings.Join(names, "; "))
}

func (s *summary) found(f parley.Finding) {
	s.findings++
	if !s.keeps || len(s.kept) == summaryMost {
		return
	}
	// Cloned: a piece of a string keeps the whole alive.
	f.Message = parley.Message{Speaker: f.Message.Speaker, Text: strings.Clone(f.Text()), Source: f.Message.Source, Lang: f.Message.Lang}
	f.Span = parley.Span{Start: 0, End: len(f.Message.Text)}
	f.Why = nil
	s.kept = append(s.kept, f)
}

// reasons brings the findings together, and shows how far that is.
func (s *summary) reasons(ctx context.Context, to std) ([]parley.Reason, error) {
	m := meter{out: to.err, on: to.progress}
	defer m.clear()
	const whole = 1000
	return diagnose.Reasons(ctx, s.kept, func(share float64) { m.set(int64(share*whole), whole) })
}

// failed counts an error; the worst decides the exit status.
func (s *summary) failed(err error) {
	s.errors++
	code := parley.Invalid
	var e *parley.Error
	if errors.As(err, &e) {
		code = e.Code
	}
	if exits[code] > exits[s.worst] {
		s.worst = code
	}
}

func (s *summary) err() error {
	if s.errors == 0 {
		return nil
	}
	return &parley.Error{Code: s.worst, Message: "some parts could not be read", Err: errReported}
}

// howTo returns what is to be done about err with this command, where that is not said yet.
func howTo(err error) string {
	var flaw *listen.Flaw
	if errors.As(err, &flaw) && flaw.Code == listen.FlawColumns {
		return ", as in --columns text=Comment"
	}
	return ""
}
