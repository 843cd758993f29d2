package listen_test

import (
	"bytes"
	"os"
	"testing"

	"parley/listen"
)

func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"thread.mbox", "meeting.vtt", "transcript.txt", "chat.txt", "minutes.md", "slack.json", "survey.csv"} {
		b.Run(name, func(b *testing.B) {
			data, err := os.ReadFile("../examples/en/" + name)
			if err != nil {
				b.Fatal(err)
			}
			data = bytes.Repeat(append(data, '\n'), 20)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				for range listen.Read(name, bytes.NewReader(data), listen.Options{}) {
				}
			}
		})
	}
}
