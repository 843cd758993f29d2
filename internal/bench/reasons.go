package main

import (
	"context"
	"os"
	"os/exec"
)

// gathering measures how long it takes to bring findings together, 5,000 to 100,000 of them, and what keeping
// only some neighbours costs. The benchmarks of the package do it: they can say how many are kept.
func gathering(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "test", "./diagnose", "-run", "^$", "-bench", "Reasons", "-benchtime", "1x")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
