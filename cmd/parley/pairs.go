package main

import (
	"fmt"
	"slices"
	"text/tabwriter"

	"parley"
	"parley/diagnose/train"
)

// A modelPairsCmd measures which pairs of texts are taken to give the same reason.
type modelPairsCmd struct {
	Data  []string `required:"" placeholder:"FILE" help:"Pairs as JSON lines, labelled \"same\". May be given several times."`
	Split string   `default:"dev" help:"Which of the pairs: dev, test or any other mark they have."`
	Alone bool     `help:"Judge each pair by itself, not among all that is said of its project."`
}

// Run prints precision, recall and F1 by pair of languages.
func (c *modelPairsCmd) Run(s std) error {
	var all []train.Pair
	for _, name := range c.Data {
		f, err := openFile(name, s)
		if err != nil {
			return err
		}
		pairs, err := train.ReadPairs(f)
		f.Close()
		if err != nil {
			return &parley.Error{Code: parley.Invalid, Field: "data", Message: name + " is not a file of pairs", Err: err}
		}
		all = append(all, pairs...)
	}
	if c.Alone {
		for i := range all {
			all[i].Project = ""
		}
	}
	counts := map[string]*train.PairCounts{}
	for i, taken := range train.Judge(all) {
		p := all[i]
		if p.Split != c.Split {
			continue
		}
		langs := []string{string(p.A.Lang), string(p.B.Lang)}
		slices.Sort(langs)
		key := langs[0] + "-" + langs[1]
		if counts[key] == nil {
			counts[key] = &train.PairCounts{}
		}
		counts[key].Count(p.Same, taken)
	}
	if len(counts) == 0 {
		return &parley.Error{Code: parley.Invalid, Field: "split", Message: fmt.Sprintf("none of the %d pairs is marked %q; name their mark with --split", len(all), c.Split)}
	}
	var keys []string
	for k := range counts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "languages\tpairs\tprecision\trecall\tF1\t")
	for _, k := range keys {
		n := counts[k]
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%.3f\t\n", k, n.Pairs(), n.Precision(), n.Recall(), n.F1())
	}
	return w.Flush()
}
