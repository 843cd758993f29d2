package parley_test

import (
	"testing"
	"time"

	"parley"
)

func TestAbsorbKeepsWordsAndLetsAgreementLapse(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	others := []parley.Concern{
		{Title: "B", Labels: parley.Labels{Resistance: true, Driver: parley.Trust, Subject: parley.Plan}},
		{Title: "C", Labels: parley.Labels{Resistance: true, Form: parley.Passive, Subject: parley.Company, Perception: parley.Missing}},
	}
	for _, tt := range []struct {
		state  parley.ConcernState
		quotes int
		want   parley.ConcernState
	}{
		{parley.Heard, 2, parley.Heard}, {parley.PlayedBack, 1, parley.Reopened}, {parley.Agreed, 1, parley.Reopened}, {parley.Answered, 1, parley.Reopened},
		{parley.Settled, 1, parley.Reopened}, {parley.Agreed, 0, parley.Agreed}, {parley.Settled, 0, parley.Settled},
	} {
		c := parley.Concern{Title: "A", State: tt.state, Labels: parley.Labels{Resistance: true, Driver: parley.Value}}
		if tt.state == parley.Settled {
			c.Outcome = parley.Adapted
		}
		got := c.Absorb(others, tt.quotes, now)
		want := parley.Labels{Resistance: true, Form: parley.Passive, Driver: parley.Value, Perception: parley.Missing, Subject: parley.Plan}
		if got.State != tt.want || got.Title != "A" || got.Labels != want || !got.Updated.Equal(now) || (got.Outcome != "") != (got.State == parley.Settled) {
			t.Errorf("%s with %d quotes more: %+v", tt.state, tt.quotes, got)
		}
	}
}
