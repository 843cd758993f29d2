package main

import (
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"

	"parley/diagnose/train"
)

type modelSimulateCmd struct {
	Model  string   `placeholder:"MODEL" help:"The model. Default: the one built in."`
	Data   []string `sep:"none" required:"" placeholder:"FILE" help:"Labelled JSON lines. May be repeated."`
	By     string   `enum:"lang,kind" default:"lang" help:"What makes a workspace of the lines: ${enum}."`
	Twist  string   `default:"as-it-is" help:"How the workspace differs: as-it-is, passive-is-none, drivers-renamed or own-words."`
	Seeds  int      `default:"10" help:"How often the dialogues are dealt anew."`
	Format string   `enum:"table,json" default:"table" help:"How to print: ${enum}."`
	More   []string `arg:"" optional:"" name:"file" help:"More labelled files, as a shell's * gives them."`
}

func (c *modelSimulateCmd) Help() string {
	return `What learning from decisions would do. In two thirds of the dialogues somebody decides about 0, 10, 30, 100 and 300 findings as the labels say; on the others the adapted model is measured. A twist gives the workspace labels or words that differ from those the model knows.
  parley model simulate --data diagnose/corpus/heldout/en.jsonl --twist drivers-renamed`
}

// Run prints the curve of each workspace.
func (c *modelSimulateCmd) Run(s std) error {
	m, err := modelOrShipped(c.Model, s)
	if err != nil {
		return err
	}
	set, err := readData(append(c.Data, c.More...), s)
	if err != nil {
		return err
	}
	groups := map[string]*train.Set{}
	for _, l := range set.Lines {
		key := l.Lang
		if c.By == "kind" {
			key = l.Kind
		}
		if groups[key] == nil {
			groups[key] = &train.Set{Heads: set.Heads}
		}
		groups[key].Lines = append(groups[key].Lines, l)
	}
	all := map[string][]train.SimPoint{}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		if all[name], err = train.Simulate(m, groups[name], train.SimOptions{Seeds: c.Seeds, Twist: train.Twist(c.Twist)}); err != nil {
			return err
		}
	}
	if c.Format == "json" {
		return writeJSON(s.out, all)
	}
	figures := []string{"f1", "precision", "recall", "ece", "form accuracy", "driver accuracy", "perception accuracy", "subject accuracy"}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s\tdecisions\tseeds\t", c.By)
	for _, f := range figures {
		fmt.Fprintf(w, "%s\t±\t", f)
	}
	fmt.Fprintln(w)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, p := range all[name] {
			fmt.Fprintf(w, "%s\t%d\t%d\t", name, p.Decisions, p.Seeds)
			for _, f := range figures {
				x := p.Figures[f]
				if p.Decisions == 0 {
					fmt.Fprintf(w, "%.3f\t%.3f\t", x.Mean, x.SD)
				} else {
					fmt.Fprintf(w, "%+.3f\t%.3f\t", x.Gain, x.GainSD)
				}
			}
			fmt.Fprintln(w)
		}
	}
	return w.Flush()
}
