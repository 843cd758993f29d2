package diagnose_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"parley"
	"parley/diagnose"
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
