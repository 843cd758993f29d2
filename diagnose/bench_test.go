package diagnose_test

import (
	"os"
	"strings"
	"testing"

	"parley"
	"parley/diagnose"
	"parley/listen"
)

// BenchmarkRead reads the turns of a transcript, from text to findings.
func BenchmarkRead(b *testing.B) {
	f, err := os.Open("../examples/en/meeting.vtt")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var messages []parley.Message
	size := 0
	for m, err := range listen.Read("meeting.vtt", f, listen.Options{}) {
		if err != nil {
			b.Fatal(err)
		}
		messages = append(messages, m)
		size += len(m.Text)
	}
	r := diagnose.NewReader(diagnose.Shipped())
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, m := range messages {
			r.Read(m)
		}
	}
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
