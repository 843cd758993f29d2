// Command gen writes a file that package diagnose has compiled in: concepts.bin, the concepts made ready, or senses.bin, the vectors
// that it compares reasons by, which go by the concepts and the model compiled in.
package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"parley/diagnose"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

// run writes the file that args name, and returns the exit status.
func run(args []string, stderr io.Writer) int {
	files := map[string]func() ([]byte, error){"concepts.bin": diagnose.PackConcepts, "senses.bin": func() ([]byte, error) { return diagnose.TrainSenses(os.DirFS(".")) }}
	if len(args) != 1 || files[args[0]] == nil {
		fmt.Fprintf(stderr, "usage: gen %s\n", strings.Join(slices.Sorted(maps.Keys(files)), "|"))
		return 2
	}
	data, err := files[args[0]]()
	if err == nil {
		err = os.WriteFile(args[0], data, 0o644)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}
