package diagnose

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"

	"parley"
)

func sortReadings(list []parley.Reading) {
	sort.SliceStable(list, func(i, j int) bool { return list[i].Weight > list[j].Weight })
}

// unquote takes the marks of quotation off the lines of text.
func unquote(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimLeft(line, "> "))
	}
	return b.String()
}

// reasonMost is the number of findings of one driver up to which every pair is compared; beyond it they
// are grouped by subject alone.
const reasonMost = 2000

// joinFrom is the likeness from which findings are one reason.
const joinFrom = 0.17

// Reasons groups findings that say the same thing into reasons, the one with most evidence first. Only
// findings of one driver are alike: by their subject (0.2), their perception (0.05) and their words (0.3
// times the cosine of what they share). Groups are joined while their average likeness is at least 0.17.
// Quadratic in the findings of one driver, up to 2,000 of them.
func Reasons(findings []parley.Finding) []parley.Reason {
	byDriver := map[parley.Driver][]int{}
	for i, f := range findings {
		byDriver[f.Labels.Driver] = append(byDriver[f.Labels.Driver], i)
	}
	var reasons []parley.Reason
	for _, driver := range append(slices.Clone(parley.Drivers), "") {
		all := byDriver[driver]
		groups := bySubject(findings, all)
		if len(all) <= reasonMost {
			groups = cluster(findings, all)
		}
		for _, g := range groups {
			reasons = append(reasons, reason(findings, g))
		}
	}
	sort.SliceStable(reasons, func(i, j int) bool {
		return evidence(findings, reasons[i]) > evidence(findings, reasons[j])
	})
	return reasons
}

func evidence(findings []parley.Finding, r parley.Reason) (sum float64) {
	for _, i := range r.Findings {
		sum += findings[i].Probability
	}
	return sum
}

func bySubject(findings []parley.Finding, all []int) [][]int {
	var groups [][]int
	for _, subject := range append(slices.Clone(parley.Subjects), "") {
		var g []int
		for _, i := range all {
			if findings[i].Labels.Subject == subject {
				g = append(g, i)
			}
		}
		if g != nil {
			groups = append(groups, g)
		}
	}
	return groups
}

// cluster joins, of the findings in all, the groups that are most alike by average over their pairs,
// until none are alike enough. It goes from each group to its nearest until two are each other's
// nearest, which gives what joining the best pair each time would (Murtagh, "A survey of recent advances
// in hierarchical clustering algorithms", Computer Journal 26(4), 1983). Quadratic.
func cluster(findings []parley.Finding, all []int) [][]int {
	n := len(all)
	words := wordVectors(findings, all)
	groups := make([][]int, n)
	like := make([][]float64, n) // sums over pairs, by group
	for i := range n {
		groups[i] = []int{all[i]}
		like[i] = make([]float64, n)
		for j := range i {
			like[i][j] = likeness(findings[all[i]].Labels, findings[all[j]].Labels) + 0.3*cosine(words[i], words[j])
			like[j][i] = like[i][j]
		}
	}
	open := make([]bool, n) // may still be joined
	for i := range open {
		open[i] = true
	}
	var chain []int
	for start := 0; start < n; {
		if len(chain) == 0 {
			if !open[start] {
				start++
				continue
			}
			chain = append(chain, start)
		}
		last := chain[len(chain)-1]
		near, top := -1, math.Inf(-1)
		if len(chain) > 1 { // of equals, the one before
			near = chain[len(chain)-2]
			top = like[last][near] / float64(len(groups[last])*len(groups[near]))
		}
		for i := range groups {
			if !open[i] || i == last {
				continue
			}
			if avg := like[last][i] / float64(len(groups[last])*len(groups[i])); avg > top {
				near, top = i, avg
			}
		}
		switch {
		case near < 0 || top < joinFrom: // nothing will come nearer
			open[last] = false
			chain = chain[:len(chain)-1]
		case len(chain) > 1 && near == chain[len(chain)-2]:
			chain = chain[:len(chain)-2]
			groups[near] = append(groups[near], groups[last]...)
			groups[last], open[last] = nil, false
			for k := range groups {
				like[near][k] += like[last][k]
				like[k][near] = like[near][k]
			}
		default:
			chain = append(chain, near)
		}
	}
	return slices.DeleteFunc(groups, func(g []int) bool { return len(g) == 0 })
}

// A weighted is one component of a sparse vector.
type weighted struct {
	hash   uint64
	weight float64
}

// wordVectors returns, for each finding in all, what its letters weigh by how rare they are, as a vector
// of length 1 in order of hash.
func wordVectors(findings []parley.Finding, all []int) [][]weighted {
	vectors := make([][]weighted, len(all))
	df := map[uint64]int{}
	var a Analysis
	for k, i := range all {
		a.Analyze(findings[i].Text())
		u := Unit{Self: &a}
		for _, g := range u.appendGrams(nil, Chars) {
			vectors[k] = append(vectors[k], weighted{hash: g.hash})
		}
		slices.SortFunc(vectors[k], func(x, y weighted) int { return cmp.Compare(x.hash, y.hash) })
		vectors[k] = slices.Compact(vectors[k])
		for _, w := range vectors[k] {
			df[w.hash]++
		}
	}
	for _, v := range vectors {
		var sum float64
		for j := range v {
			v[j].weight = math.Log(float64(1+len(all)) / float64(df[v[j].hash]))
			sum += float64(v[j].weight * v[j].weight)
		}
		for j := range v {
			v[j].weight /= math.Sqrt(sum)
		}
	}
	return vectors
}

func cosine(a, b []weighted) (sum float64) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].hash < b[j].hash:
			i++
		case a[i].hash > b[j].hash:
			j++
		default:
			sum += float64(a[i].weight * b[j].weight)
			i++
			j++
		}
	}
	return sum
}

// likeness is how alike two diagnoses with the same driver are.
func likeness(a, b parley.Labels) (sum float64) {
	if a.Subject == b.Subject {
		sum += 0.2
	}
	if a.Perception == b.Perception {
		sum += 0.05
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
