package parley_test

import (
	"testing"

	"parley"
)

func TestLabelsValid(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		l    parley.Labels
		want bool
	}{
		{"no resistance", parley.Labels{}, true},
		{"resistance, the rest not yet known", parley.Labels{Resistance: true}, true},
		{"all five", parley.Labels{Resistance: true, Form: parley.Passive, Driver: parley.Trust, Perception: parley.Accurate, Subject: parley.Plan}, true},
		{"a form without resistance", parley.Labels{Form: parley.Objection}, false},
		{"a subject without resistance", parley.Labels{Subject: parley.Plan}, false},
		{"no such form", parley.Labels{Resistance: true, Form: "shouting"}, false},
		{"no such driver", parley.Labels{Resistance: true, Driver: "greed"}, false},
		{"no such perception", parley.Labels{Resistance: true, Perception: "wrong"}, false},
		{"no such subject", parley.Labels{Resistance: true, Subject: "weather"}, false},
		{"a driver as a form", parley.Labels{Resistance: true, Form: "trust"}, false},
	}
	for _, tt := range tests {
		if got := tt.l.Valid(); got != tt.want {
			t.Errorf("%s: %+v is valid: %t, want %t", tt.name, tt.l, got, tt.want)
		}
	}
}

func TestEveryPerceptionCallsForSomethingOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]parley.Perception{parley.Perception("").CallsFor(): ""}
	for _, p := range parley.Perceptions {
		if other, again := seen[p.CallsFor()]; again {
			t.Errorf("%q calls for the same as %q: %s", p, other, p.CallsFor())
		}
		seen[p.CallsFor()] = p
	}
}
