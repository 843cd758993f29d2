package train_test

import (
	"strings"
	"testing"

	"parley"
	"parley/diagnose/train"
)

// FuzzReadData checks that bad data is refused with the line at fault, and good data keeps its lines.
func FuzzReadData(f *testing.F) {
	f.Add(`{"dialogue":"d","turn":1,"role":"client","text":"no","labels":{"resistance":true,"form":"objection"}}`)
	f.Add(`{"dialogue":7,"text":"x","label":"y","fold":2}` + "\n\n" + `{"text":""}`)
	f.Fuzz(func(t *testing.T, data string) {
		set, err := train.ReadData("data", strings.NewReader(data))
		if err != nil {
			if parley.CodeOf(err) != parley.Invalid || !strings.HasPrefix(err.Error(), "data") {
				t.Fatalf("error %v", err)
			}
			return
		}
		lines := 0
		for l := range strings.Lines(data) {
			if strings.TrimSpace(l) != "" {
				lines++
			}
		}
		if len(set.Lines) != lines {
			t.Fatalf("%d of %d lines", len(set.Lines), lines)
		}
	})
}
