package parley_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"parley"
)

func TestCodeOfIsTheOutermost(t *testing.T) {
	t.Parallel()
	missing := &parley.Error{Code: parley.NotFound, Message: "There is no such file.", Err: io.EOF}
	tests := []struct {
		name string
		err  error
		want parley.Code
	}{
		{"nil", nil, ""},
		{"none in the chain", io.EOF, parley.Internal},
		{"itself", missing, parley.NotFound},
		{"wrapped", fmt.Errorf("read it: %w", missing), parley.NotFound},
		{"joined", errors.Join(io.EOF, missing), parley.NotFound},
		{"one in another", &parley.Error{Code: parley.Invalid, Message: "Name another.", Err: missing}, parley.Invalid},
	}
	for _, tt := range tests {
		if got := parley.CodeOf(tt.err); got != tt.want {
			t.Errorf("%s: CodeOf(%v) = %q, want %q", tt.name, tt.err, got, tt.want)
		}
	}
	if !errors.Is(missing, io.EOF) {
		t.Errorf("%v hides its cause", missing)
	}
}
