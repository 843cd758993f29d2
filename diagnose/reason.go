package diagnose

import (
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
	exactMost  = 5_000 // findings up to which every pair is compared
	joinFrom   = 0.3   // average likeness from which findings are one reason
	unsureUpTo = 0.3   // likeliest ground below which a finding does not say what it rests on
)

// Reasons groups findings that say the same thing into reasons, in any of the languages, the one with most evidence first. Findings are
// as alike as their senses are (Sense.Alike), half as much where their drivers differ. One that does not say what it rests
// on goes with others of its kind by driver and subject. Groups are joined while their average likeness is at least 0.3. Every
// pair that shares a ground counts up to 5,000 findings; beyond, the nearest of each.
func Reasons(findings []parley.Finding) []parley.Reason {
	senses := make([]Sense, len(findings))
	clear := make([]int, 0, len(findings)) // findings that say what they rest on
	var groups [][]int
	for i, f := range findings {
		senses[i] = SenseOf(f.Text(), f.Message.Lang)
		if senses[i].sure >= unsureUpTo {
			clear = append(clear, i)
		}
	}
	some := make([]Sense, len(clear))
	for k, i := range clear {
		some[k] = senses[i]
	}
	edges := Neighbours(some, joinFrom/2, len(some) <= exactMost)
	for k, e := range edges {
		if findings[clear[e.A]].Labels.Driver != findings[clear[e.B]].Labels.Driver {
			edges[k].Like /= 2
		}
	}
	for _, g := range linked(len(clear), edges, joinFrom) {
		for k := range g {
			g[k] = clear[g[k]]
		}
		groups = append(groups, g)
	}
	groups = append(groups, byKind(findings, senses)...)
	var reasons []parley.Reason
	for _, g := range groups {
		reasons = append(reasons, reason(findings, g))
	}
	sort.SliceStable(reasons, func(i, j int) bool {
		return evidence(findings, reasons[i]) > evidence(findings, reasons[j])
	})
	return reasons
}

// byKind groups the findings that do not say what they rest on by driver and subject.
func byKind(findings []parley.Finding, senses []Sense) (groups [][]int) {
	at := map[[2]string]int{}
	for i, f := range findings {
		if senses[i].sure >= unsureUpTo {
			continue
		}
		kind := [2]string{string(f.Labels.Driver), string(f.Labels.Subject)}
		g, ok := at[kind]
		if !ok {
			g = len(groups)
			at[kind], groups = g, append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	return groups
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
