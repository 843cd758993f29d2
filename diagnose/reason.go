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
	joinFrom   = 0.35       // average likeness from which findings are one reason; chosen on sayings that were left out of learning
	linksMost  = 10_000_000 // neighbours that are kept, of all findings together,
	linksLeast = 64         // beyond as many for each
)

// Reasons groups findings that say the same thing into reasons, in any of the languages, the one with most evidence first. Findings are
// as alike as their senses are among one another (Among, below 0 as well). Groups are joined while their average likeness is at least 0.35, the two most alike first. What says nothing that
// is known goes with others of its kind by driver and subject. Of a finding that very many others are so much alike to, 64 and what else there is room for are looked at: all, where there are
// fewer than 3,000 findings, 164 in 100,000. Cost is quadratic.
//
// It tells progress, if that is not nil, now and then which share of the work is done. It fails only if ctx is done.
func Reasons(ctx context.Context, findings []parley.Finding, progress func(share float64)) ([]parley.Reason, error) {
	if progress == nil {
		progress = func(float64) {}
	}
	groups, unknown, err := grouped(ctx, findings, linksMost, progress)
	if err != nil {
		return nil, err
	}
	kinds := map[[2]string][]int{}
	for _, n := range unknown {
		l := findings[n].Labels
		kind := [2]string{string(l.Driver), string(l.Subject)}
		kinds[kind] = append(kinds[kind], n)
	}
	groups = append(groups, slices.SortedFunc(maps.Values(kinds), func(a, b []int) int { return a[0] - b[0] })...)
	var reasons []parley.Reason
	for _, group := range groups {
		reasons = append(reasons, reason(findings, group))
	}
	sort.SliceStable(reasons, func(i, j int) bool {
		return evidence(findings, reasons[i]) > evidence(findings, reasons[j])
	})
	progress(1)
	return reasons, nil
}

// grouped returns groups of findings, by number, and those that say nothing that is known. It keeps links neighbours of all of them together, and some of each.
func grouped(ctx context.Context, findings []parley.Finding, links int, progress func(share float64)) (groups [][]int, unknown []int, err error) {
	part := func(from, to float64) func(float64) {
		return func(share float64) { progress(from + share*(to-from)) }
	}
	all := make([]Sense, len(findings))
	err = inParallel(ctx, len(all), func(i int) { all[i] = senseOf(findings[i]) }, part(0, 0.1))
	if err != nil {
		return nil, nil, err
	}
	senses, of := distinct(all)
	numbers := make([][]int, len(senses)) // of the findings that have each
	for n, i := range of {
		if i < 0 {
			unknown = append(unknown, n)
		} else {
			numbers[i] = append(numbers[i], n)
		}
	}
	if senses, err = among(ctx, senses, part(0.1, 0.5)); err != nil {
		return nil, nil, err
	}
	near, err := neighbours(ctx, senses, linksLeast+links/max(1, len(senses)), joinFrom, part(0.5, 0.9))
	if err != nil {
		return nil, nil, err
	}
	if groups, err = linked(ctx, senses, near, joinFrom, part(0.9, 1)); err != nil {
		return nil, nil, err
	}
	for k, group := range groups {
		groups[k] = nil
		for _, i := range group {
			groups[k] = append(groups[k], numbers[i]...)
		}
	}
	return groups, unknown, nil
}

func senseOf(f parley.Finding) Sense { return SenseOf(f.Text(), f.Message.Lang) }

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
