package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"parley"
	"parley/diagnose/train"
)

type modelCheckCmd struct {
	Data     dataFiles `required:"" placeholder:"FILE…" help:"Labelled JSON lines; a folder stands for its .jsonl files."`
	Heldout  dataFiles `placeholder:"FILE…" help:"What is kept to measure on: say which of its sentences the data has too."`
	Examples int       `default:"10" help:"How many of each finding to print."`
	Format   string    `enum:"table,json" default:"table" help:"How to print: ${enum}."`
}

func (c *modelCheckCmd) Help() string {
	return `Says which sentences are nearly the same, which look made from a template, how far single words give the labels away, and how many there are of each language, kind and label. Exit status 1 if something is above its limit.
  parley model check --data diagnose/corpus/train/*.jsonl --heldout diagnose/corpus/heldout/*.jsonl`
}

// dataFiles is a flag that takes all names up to the next flag, as a shell's * gives them.
type dataFiles []string

// Decode takes the names.
func (d *dataFiles) Decode(ctx *kong.DecodeContext) error {
	first, err := ctx.Scan.PopValue("file")
	if err != nil {
		return err
	}
	for _, t := range append([]kong.Token{first}, ctx.Scan.PopWhile(kong.Token.IsValue)...) {
		*d = append(*d, t.String())
	}
	return nil
}

// read reads and joins the files.
func (d dataFiles) read(s std) (*train.Set, error) {
	var names []string
	for _, name := range d {
		if info, err := os.Stat(name); err != nil || !info.IsDir() {
			names = append(names, name) // what is not there is told when it is opened
			continue
		}
		inside, err := filepath.Glob(filepath.Join(name, "*.jsonl"))
		if err != nil {
			return nil, err
		}
		if len(inside) == 0 {
			return nil, &parley.Error{Code: parley.Invalid, Field: "data", Message: "there is no .jsonl file in " + name}
		}
		names = append(names, inside...)
	}
	return readData(names, s)
}

// Run prints what the check saw.
func (c *modelCheckCmd) Run(s std) error {
	set, err := c.Data.read(s)
	if err != nil {
		return err
	}
	o := train.CheckOptions{Examples: c.Examples}
	if len(c.Heldout) > 0 {
		if o.Heldout, err = c.Heldout.read(s); err != nil {
			return err
		}
	}
	r := train.Check(set, o)
	if c.Format == "json" {
		err = writeJSON(s.out, r)
	} else {
		p := checkPrinter{w: s.out, examples: c.Examples}
		p.report(r)
		err = p.err
	}
	if err == nil && len(r.Found) > 0 {
		return errFound
	}
	return err
}

// A checkPrinter prints a report as text, and keeps the first error.
type checkPrinter struct {
	w        io.Writer
	examples int
	err      error
}

func (p *checkPrinter) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// table prints rows in columns, the first line being the head.
func (p *checkPrinter) table(rows [][]string) {
	w := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t")+"\t")
	}
	p.err = cmp.Or(p.err, w.Flush())
}

func (p *checkPrinter) report(r train.CheckReport) {
	p.printf("%s (%d labelled) in %s", counted(r.Lines, "line", "lines"), r.Labelled, counted(r.Dialogues, "dialogue", "dialogues"))
	if r.Heldout > 0 {
		p.printf(", and %d held out", r.Heldout)
	}
	p.printf("\n")
	p.counts(r)
	p.cells(r.Cells)
	p.duplicates(r)
	p.templates(r.Templates)
	p.guesses(r.Guesses)
	if len(r.Found) == 0 {
		p.printf("\nNothing is above its limit.\n")
		return
	}
	p.printf("\nAbove its limit:\n")
	for _, f := range r.Found {
		p.printf("  %s: %s: %.3g, limit %.3g\n", f.Check, f.What, f.Value, f.Limit)
	}
}

// counts prints a table of all languages and kinds, and one for each head.
func (p *checkPrinter) counts(r train.CheckReport) {
	rows := [][]string{{"language", "kind", "dialogues", "lines", "labelled", "negatives", "hard", ""}}
	all := train.KindCount{Lang: "all"}
	row := func(c train.KindCount) []string {
		return append(named(c), number(c.Dialogues), number(c.Lines), number(c.Labelled), number(c.Negatives), number(c.Hard), percent(c.Hard, c.Negatives))
	}
	for _, c := range r.Counts {
		rows = append(rows, row(c))
		all.Dialogues, all.Lines, all.Labelled = all.Dialogues+c.Dialogues, all.Lines+c.Lines, all.Labelled+c.Labelled
		all.Negatives, all.Hard = all.Negatives+c.Negatives, all.Hard+c.Hard
	}
	p.printf("\n")
	p.table(append(rows, row(all)))
	for _, h := range r.Heads {
		rows := [][]string{append([]string{"language", "kind"}, h.Labels...)}
		for _, c := range r.Counts {
			row := named(c)
			for _, l := range h.Labels {
				row = append(row, number(c.Labels[h.Head][l]))
			}
			rows = append(rows, row)
		}
		p.printf("\n%s\n", h.Head)
		p.table(rows)
	}
}

func named(c train.KindCount) []string { return []string{cmp.Or(c.Lang, "-"), cmp.Or(c.Kind, "-")} }

func number(n int) string { return fmt.Sprint(n) }

// cells prints the thinnest cells.
func (p *checkPrinter) cells(cells []train.CellCount) {
	if len(cells) == 0 {
		return
	}
	p.printf("\nthe thinnest of %d cells of driver × perception × form: ", len(cells))
	var out []string
	for _, c := range cells[:min(10, len(cells))] {
		out = append(out, fmt.Sprintf("%s × %s × %s %d", c.Driver, c.Perception, c.Form, c.Sentences))
	}
	p.printf("%s\n", strings.Join(out, ", "))
}

func (p *checkPrinter) duplicates(r train.CheckReport) {
	d := r.Duplicates
	p.printf("\nnear-duplicates: %d of %s (%s); pairs: %d in one dialogue, %d across, %d with the same words\n",
		d.Near, counted(d.Sentences, "sentence", "sentences"), percent(d.Near, d.Sentences), d.Within, d.Across, d.Copies)
	p.pairs(d.Examples)
	if r.Heldout > 0 {
		p.printf("held-out sentences that the data has nearly the same: %d of %d (%s)\n", d.Leaks, d.Heldout, percent(d.Leaks, d.Heldout))
		p.pairs(d.Leaked)
		for _, dialogue := range r.Shared[:min(p.examples, len(r.Shared))] {
			p.printf("  the dialogue %s is on both sides\n", dialogue)
		}
	}
}

func (p *checkPrinter) pairs(list []train.Similar) {
	for _, s := range list {
		p.printf("  %.2f  %s:%d  %s\n        %s:%d  %s\n", s.Similarity, s.A.File, s.A.Line, s.A.Text, s.B.File, s.B.Line, s.B.Text)
	}
}

func (p *checkPrinter) templates(t train.Templates) {
	p.printf("\nsentences that are another but for one or two words: %d of %d (%s)\n", t.Variants, t.Sentences, percent(t.Variants, t.Sentences))
	p.runs(t.Varied)
	p.printf("sentences in a frame that several dialogues have: %d (%s)\n", t.Framed, percent(t.Framed, t.Sentences))
	p.runs(t.Frames)
	p.printf("sentences with a phrase that many dialogues have: %d (%s)\n", t.Phrased, percent(t.Phrased, t.Sentences))
	p.runs(t.Phrases)
	p.printf("openings\n")
	p.runs(t.Openings)
}

func (p *checkPrinter) runs(runs []train.Run) {
	for _, r := range runs {
		p.printf("  %s  %.2f %%  %d in %s  %s\n", cmp.Or(r.Lang, "-"), r.Share*100, r.Sentences, counted(r.Dialogues, "dialogue", "dialogues"), r.Pattern)
		for _, e := range r.Examples {
			p.printf("      %s:%d  %s\n", e.File, e.Line, e.Text)
		}
	}
}

func (p *checkPrinter) guesses(list []train.Guess) {
	if len(list) == 0 {
		p.printf("\ntoo few labelled lines to say what words give away\n")
		return
	}
	rows := [][]string{{"language", "head", "examples", "majority macro-F1", "accuracy", "one word", "macro-F1", "accuracy", "kappa", "naive Bayes macro-F1", "accuracy", "kappa"}}
	words := [][]string{{"language", "head", "label", "share", "word", "precision", "recall"}}
	for _, g := range list {
		rows = append(rows, []string{
			cmp.Or(g.Lang, "-"), g.Head, number(g.Examples), score3(g.Majority.MacroF1), score3(g.Majority.Accuracy), cmp.Or(g.Word, "-"),
			score3(g.OneWord.MacroF1), score3(g.OneWord.Accuracy), score3(g.OneWord.Kappa), score3(g.Bayes.MacroF1), score3(g.Bayes.Accuracy), score3(g.Bayes.Kappa),
		})
		for _, l := range g.Labels {
			words = append(words, []string{cmp.Or(g.Lang, "-"), g.Head, l.Label, score3(l.Share), cmp.Or(l.Word, "-"), score3(l.Precision), score3(l.Recall)})
		}
	}
	p.printf("\nhow far single words give the labels away, out of fold\n")
	p.table(rows)
	p.printf("\nthe word that says most about each label\n")
	p.table(words)
}

func score3(x float64) string { return fmt.Sprintf("%.3f", x) }

func percent(a, b int) string {
	if b == 0 {
		return "0 %"
	}
	return fmt.Sprintf("%.2f %%", 100*float64(a)/float64(b))
}
