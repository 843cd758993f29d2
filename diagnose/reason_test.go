package diagnose_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley"
	"parley/diagnose"
)

func finding(who, text string, driver parley.Driver, subject parley.Subject, p float64) parley.Finding {
	return parley.Finding{
		Message: parley.Message{Speaker: parley.Person{Name: who}, Text: text}, Span: parley.Span{Start: 0, End: len(text)}, Probability: p,
		Labels: parley.Labels{Resistance: true, Form: parley.Objection, Driver: driver, Perception: parley.Accurate, Subject: subject},
	}
}

func reasonsOf(t *testing.T, findings []parley.Finding) []parley.Reason {
	t.Helper()
	reasons, err := diagnose.Reasons(t.Context(), findings, nil)
	if err != nil {
		t.Fatal(err)
	}
	return reasons
}

func TestReasons(t *testing.T) {
	t.Parallel()
	findings := []parley.Finding{
		finding("Ana", "It is too expensive for us.", parley.Value, parley.Plan, 0.9),
		finding("Bo", "We tried that in 2021.", parley.Experience, parley.Product, 0.8),
		finding("Cy", "Far too expensive.", parley.Value, parley.Plan, 0.7),
		finding("Ana", "The price is too expensive, again.", parley.Value, parley.Plan, 0.95),
		finding("Di", "Nobody has time in December.", parley.Capacity, parley.Plan, 0.6),
	}
	reasons := reasonsOf(t, findings)
	type summary struct {
		Driver   parley.Driver
		Findings []int
		Holders  []string
	}
	var got []summary
	for _, r := range reasons {
		s := summary{Driver: r.Labels.Driver, Findings: r.Findings}
		for _, h := range r.Holders {
			s.Holders = append(s.Holders, h.Name)
		}
		got = append(got, s)
	}
	want := []summary{
		{parley.Value, []int{3, 0, 2}, []string{"Ana", "Cy"}}, // most evidence first, strongest finding first
		{parley.Experience, []int{1}, []string{"Bo"}},
		{parley.Capacity, []int{4}, []string{"Di"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if len(reasonsOf(t, nil)) != 0 {
		t.Error("there are reasons where nothing was found")
	}
}

// TestReasonsHoldEveryFindingOnce checks it for few and for many.
func TestReasonsHoldEveryFindingOnce(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 300, 2100} {
		var findings []parley.Finding
		for i := range n {
			findings = append(findings, finding("Ana", clearCases[i%len(clearCases)].text, parley.Trust, parley.Subjects[i%len(parley.Subjects)], 0.5))
		}
		seen := make([]bool, n)
		for _, r := range reasonsOf(t, findings) {
			for _, i := range r.Findings {
				if seen[i] {
					t.Fatalf("%d findings: number %d is in two reasons", n, i)
				}
				seen[i] = true
			}
		}
		for i, ok := range seen {
			if !ok {
				t.Fatalf("%d findings: number %d is in no reason", n, i)
			}
		}
	}
}
