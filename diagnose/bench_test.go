package diagnose_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"parley"
	"parley/diagnose"
	"parley/diagnose/train"
	"parley/listen"
)

// BenchmarkRead reads the turns of a transcript, from text to findings.
func BenchmarkRead(b *testing.B) { read(b, diagnose.Shipped()) }

// BenchmarkReadAdapted does so with a model that was adapted to all words of a quarter of the sentences.
func BenchmarkReadAdapted(b *testing.B) {
	base := diagnose.Shipped()
	buckets := map[uint32]bool{}
	for i, m := range transcript(b) {
		if i%4 == 0 {
			var a diagnose.Analysis
			a.Analyze(m.Text)
			for _, f := range base.Adaptable().Vector(nil, diagnose.Unit{Self: &a}) {
				buckets[f.Bucket] = true
			}
		}
	}
	info := small(b).AdaptationInfo
	codes := make([]int8, len(buckets)*len(info.Bias))
	for i := range codes {
		codes[i] = int8(i%3 - 1)
	}
	a, err := diagnose.NewAdaptation(info, slices.Sorted(maps.Keys(buckets)), codes)
	if err != nil {
		b.Fatal(err)
	}
	m, err := base.With(a)
	if err != nil {
		b.Fatal(err)
	}
	read(b, m)
}

func read(b *testing.B, model *diagnose.Model) {
	messages := transcript(b)
	size := 0
	for _, m := range messages {
		size += len(m.Text)
	}
	r := diagnose.NewReader(model)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, m := range messages {
			r.Read(m)
		}
	}
}

func transcript(b *testing.B) []parley.Message {
	b.Helper()
	f, err := os.Open("../examples/en/meeting.vtt")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var messages []parley.Message
	for m, err := range listen.Read("meeting.vtt", f, listen.Options{}) {
		if err != nil {
			b.Fatal(err)
		}
		messages = append(messages, m)
	}
	return messages
}

// BenchmarkSentences is the limit that reading is held against: splitting alone.
func BenchmarkSentences(b *testing.B) {
	text := strings.Repeat("We tried that in 2021 and lost a week. Who would train the night shift, then? Not us. ", 50)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var spans []parley.Span
	for b.Loop() {
		spans = diagnose.Sentences(spans[:0], text)
	}
}

// BenchmarkReasons brings findings together. It also tells the time of all processors, which other work on the machine changes less, and the
// most memory that the process had until then: sizes go up.
func BenchmarkReasons(b *testing.B) {
	for _, n := range []int{5000, 10_000, 20_000, 50_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			findings := manyFindings(b, n)
			var reasons []parley.Reason
			before := processorSeconds(b)
			for b.Loop() {
				var err error
				if reasons, err = diagnose.Reasons(b.Context(), findings, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((processorSeconds(b)-before)/float64(b.N), "processor-s")
			b.ReportMetric(float64(len(reasons)), "reasons")
			b.ReportMetric(peakMB(b), "peak-MB")
		})
	}
}

// BenchmarkReasonsExactly keeps all neighbours, and holds what Reasons does against it: which of the pairs that it has in one group are so there (precision), and which
// of those there it has (recall). As a measure for that it holds the groups of all but one of a hundred findings against it as well.
func BenchmarkReasonsExactly(b *testing.B) {
	for _, n := range []int{10_000, 30_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			findings := manyFindings(b, n)
			var exact [][]int
			before := processorSeconds(b)
			for b.Loop() {
				exact = groups(b, findings, n*n)
			}
			b.ReportMetric((processorSeconds(b)-before)/float64(b.N), "processor-s")
			b.ReportMetric(float64(len(exact)), "groups")
			for _, other := range []struct {
				name   string
				groups [][]int
			}{{"shipped", groups(b, findings, 10_000_000)}, {"least", groups(b, findings, 0)}, {"99-of-100", groups(b, findings[n/100:], n*n)}} {
				if other.name == "99-of-100" {
					for _, g := range other.groups {
						for k := range g {
							g[k] += n / 100
						}
					}
				}
				both, own, all := commonPairs(other.groups, exact), commonPairs(other.groups, other.groups), commonPairs(exact, exact)
				b.ReportMetric(both/own, other.name+"-precision")
				b.ReportMetric(both/all, other.name+"-recall")
			}
			b.ReportMetric(peakMB(b), "peak-MB")
		})
	}
}

func groups(b *testing.B, findings []parley.Finding, links int) [][]int {
	b.Helper()
	list, err := diagnose.Groups(b.Context(), findings, links)
	if err != nil {
		b.Fatal(err)
	}
	return list
}

// commonPairs counts the pairs that are in one group in a as well as in c.
func commonPairs(a, c [][]int) (pairs float64) {
	of := map[int]int{}
	for k, group := range a {
		for _, i := range group {
			of[i] = k
		}
	}
	for _, group := range c {
		count := map[int]float64{}
		for _, i := range group {
			if k, ok := of[i]; ok {
				count[k]++
			}
		}
		for _, n := range count {
			pairs += n * (n - 1) / 2
		}
	}
	return pairs
}

// manyFindings makes n findings of the different sentences of the corpus that resist, 21,000, and of halves of two in one language
// where these are too few, with the labels of the first, in an order of chance.
func manyFindings(b *testing.B, n int) (list []parley.Finding) {
	b.Helper()
	var lines []train.Line
	by := map[string][]train.Line{}
	seen := map[string]bool{}
	for _, part := range []string{"train", "heldout"} {
		for _, lang := range parley.Langs {
			for _, l := range corpus(b, fmt.Sprintf("corpus/%s/%s.jsonl", part, lang)) {
				if l.Labels[train.GateHead] == "true" && !seen[l.Text] {
					seen[l.Text] = true
					lines, by[l.Lang] = append(lines, l), append(by[l.Lang], l)
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	for i := range n {
		l := lines[i%len(lines)]
		text := l.Text
		if i >= len(lines) {
			a, z := strings.Fields(text), strings.Fields(by[l.Lang][r.IntN(len(by[l.Lang]))].Text)
			text = strings.Join(slices.Concat(a[:(len(a)+1)/2], z[(len(z)+1)/2:]), " ")
		}
		list = append(list, parley.Finding{
			Message: parley.Message{Speaker: parley.Person{Name: strconv.Itoa(i % 100)}, Text: text, Lang: parley.Lang(l.Lang)},
			Span:    parley.Span{Start: 0, End: len(text)}, Probability: 0.5 + r.Float64()/2,
			Labels: parley.Labels{Resistance: true, Driver: parley.Driver(l.Labels["driver"]), Subject: parley.Subject(l.Labels["subject"])},
		})
	}
	r.Shuffle(n, func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

func corpus(b *testing.B, name string) []train.Line {
	b.Helper()
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	set, err := train.ReadData(name, f)
	if err := errors.Join(err, f.Close()); err != nil {
		b.Fatal(err)
	}
	return set.Lines
}

// peakMB returns the most memory that the process had, where the system tells.
func peakMB(b *testing.B) (mb float64) {
	b.Helper()
	status, _ := os.ReadFile("/proc/self/status")
	if _, after, ok := strings.Cut(string(status), "VmHWM:"); ok {
		_, _ = fmt.Sscanf(after, "%f", &mb)
	}
	return mb / 1024
}

// processorSeconds returns the time that the process had of all processors, where the system tells.
func processorSeconds(b *testing.B) float64 {
	b.Helper()
	stat, _ := os.ReadFile("/proc/self/stat")
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // the name before may have spaces
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}
