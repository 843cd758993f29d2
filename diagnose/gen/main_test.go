package main

import (
	"strings"
	"testing"
)

func TestOnlyFilesThatItKnows(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {""}, {"model.bin"}, {"concepts.bin", "senses.bin"}} {
		var said strings.Builder
		if exit := run(args, &said); exit != 2 || said.String() != "usage: gen concepts.bin|senses.bin\n" {
			t.Errorf("gen %q: exit %d, and it says %q", args, exit, said.String())
		}
	}
}
