package train

import "testing"

func TestWhatALineCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		head, label  string
		hard, beside bool
		want         float64
	}{
		{GateHead, "false", false, false, 1},
		{GateHead, "false", true, false, 0.5},
		{GateHead, "true", true, false, 1},
		{GateHead, "false", false, true, 0.3},
		{"form", "passive", true, false, 1},
	} {
		task := task{name: c.head}
		if got := task.worthOf(Line{Hard: c.hard, Labels: map[string]string{c.head: c.label}}, c.beside); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
