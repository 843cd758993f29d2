package diagnose

import (
	"context"
	"maps"
	"slices"
	"sort"
	"strings"

	"parley"
)

// unquote takes the marks of quotation off the lines of text.
func unquote(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimLeft(line, "> "))
	}
	return b.String()
}

// What Reasons goes by.
const (
	exactMost = 10_000 // findings that are compared each with each
	joinFrom  = 0.35   // average likeness from which findings are one reason; chosen on sayings that were left out of learning
)

// Reasons groups findings that say the same thing into reasons, in any of the languages, the one with most evidence first. Findings are
// as alike as their senses are among one another (Among, below 0 as well). One that says nothing that is known goes with others of its kind by driver and subject.
//
// Up to 10,000 findings, groups are joined while their average likeness is at least 0.35, the two most alike first. Of more, this is done
// with 10,000, evenly spaced; of the others each goes to the group that it is most like on average, if that is at least 0.35, and with
// those that are left it begins again. Cost is quadratic up to there, then about linear.
//
// It tells progress, if that is not nil, now and then which share of the work is done. It fails only if ctx is done.
func Reasons(ctx context.Context, findings []parley.Finding, progress func(share float64)) ([]parley.Reason, error) {
	g := gathering{findings: findings, kinds: map[[2]string][]int{}, progress: progress, most: exactMost}
	if err := g.gatherAll(ctx); err != nil {
		return nil, err
	}
	g.share(0, 0)(1)
	for _, kind := range g.kinds {
		slices.Sort(kind)
	}
	kinds := slices.SortedFunc(maps.Values(g.kinds), func(a, b []int) int { return a[0] - b[0] })
	var reasons []parley.Reason
	for _, group := range append(g.groups, kinds...) {
		reasons = append(reasons, reason(findings, group))
	}
	sort.SliceStable(reasons, func(i, j int) bool {
		return evidence(findings, reasons[i]) > evidence(findings, reasons[j])
	})
	return reasons, nil
}

func evidence(findings []parley.Finding, r parley.Reason) (sum float64) {
	for _, i := range r.Findings {
		sum += findings[i].Probability
	}
	return sum
}

// reason sums up a group.
func reason(findings []parley.Finding, group []int) parley.Reason {
	slices.SortStableFunc(group, func(i, j int) int {
		switch a, b := findings[i].Probability, findings[j].Probability; {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return i - j
	})
	r := parley.Reason{Findings: group, Labels: parley.Labels{Resistance: true}}
	r.Labels.Form = mode(findings, group, parley.Forms, func(l parley.Labels) parley.Form { return l.Form })
	r.Labels.Driver = mode(findings, group, parley.Drivers, func(l parley.Labels) parley.Driver { return l.Driver })
	r.Labels.Perception = mode(findings, group, parley.Perceptions, func(l parley.Labels) parley.Perception { return l.Perception })
	r.Labels.Subject = mode(findings, group, parley.Subjects, func(l parley.Labels) parley.Subject { return l.Subject })
	count := map[parley.Person]int{}
	for _, i := range group {
		p := findings[i].Message.Speaker
		if count[p] == 0 {
			r.Holders = append(r.Holders, p)
		}
		count[p]++
	}
	slices.SortFunc(r.Holders, func(a, b parley.Person) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a.String(), b.String())
	})
	return r
}

// mode returns the value with the most probability behind it in a group, the first of equals.
func mode[T comparable](findings []parley.Finding, group []int, values []T, of func(parley.Labels) T) (top T) {
	weight := map[T]float64{}
	for _, i := range group {
		weight[of(findings[i].Labels)] += findings[i].Probability
	}
	best := 0.0
	for _, v := range values {
		if weight[v] > best {
			top, best = v, weight[v]
		}
	}
	return top
}
