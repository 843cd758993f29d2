// Command gen writes a file that package diagnose has compiled in: concepts.bin, the concepts made ready, or grounds.bin, the weights
// that it compares reasons with, which go by the concepts compiled in.
package main

import (
	"fmt"
	"os"

	"parley/diagnose"
)

func main() {
	name := os.Args[1]
	of := map[string]func() ([]byte, error){"concepts.bin": diagnose.PackConcepts, "grounds.bin": diagnose.TrainGrounds}[name]
	data, err := of()
	if err == nil {
		err = os.WriteFile(name, data, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
