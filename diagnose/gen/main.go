// Command gen writes grounds.bin, the weights that package diagnose compares reasons with.
package main

import (
	"fmt"
	"os"

	"parley/diagnose"
)

func main() {
	data, err := diagnose.TrainGrounds()
	if err == nil {
		err = os.WriteFile("grounds.bin", data, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
