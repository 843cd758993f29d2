package main

import (
	"context"
	"errors"
	"fmt"
)

// A verifyCmd checks that what is kept is whole.
type verifyCmd struct {
	database
	Format string `enum:"table,json" default:"table" help:"How to print: ${enum}."`
}

func (c *verifyCmd) Help() string {
	return `It walks the history of every workspace, each entry of which carries the hash of the one before, and checks that
sums and places agree.

Exit status: 0 all is whole; 1 something is not.`
}

// Run checks, and prints what is wrong.
func (c *verifyCmd) Run(ctx context.Context, s std) error {
	a, closeStore, err := c.openThere(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	report, err := a.Verify(ctx)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		err = writeJSON(s.out, report)
	} else {
		for _, p := range report.Problems {
			fmt.Fprintln(s.out, p)
		}
		_, err = fmt.Fprintf(s.out, "%s, %s, %s, %s: %s\n", counted(report.Workspaces, "workspace", "workspaces"), counted(int(report.Events), "event", "events"),
			counted(int(report.Messages), "message", "messages"), counted(int(report.Findings), "finding", "findings"), verdict(len(report.Problems)))
	}
	if err == nil && len(report.Problems) > 0 {
		err = errFound
	}
	return err
}

func verdict(problems int) string {
	if problems == 0 {
		return "all is whole"
	}
	return counted(problems, "problem", "problems")
}

// errFound says that a check ran and found something, which was printed.
var errFound = errors.New("found something")
