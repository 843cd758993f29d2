package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// toLabel is two dialogues of forty lines; the third line has labels already, and advisers say every fourth.
func toLabel() string {
	var b strings.Builder
	for i := range 80 {
		role, labels := "client", ""
		if i%4 == 0 {
			role = "adviser"
		}
		if i == 2 {
			labels = `,"labels":{"resistance":false}`
		}
		fmt.Fprintf(&b, `{"dialogue":"d%d","turn":%d,"role":"%s","speaker":"Joseba Uriarte","id":%d,"text":"Line %d, says Joseba: it never worked at Nordhaus."%s}`+"\n", i/40, i, role, i, i, labels)
	}
	return b.String()
}

// A modelServer answers as a chat model; it labels every numbered line, each tenth wrongly.
type modelServer struct {
	*httptest.Server
	asked atomic.Int32
	fail  atomic.Int32 // from which request on it is down; 0 never
	seen  atomic.Pointer[string]
}

func newModelServer(t *testing.T) *modelServer {
	s := &modelServer{}
	numbered := regexp.MustCompile(`(?m)^(\d+)\. client: Line (\d+)`)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		text := string(body)
		s.seen.Store(&text)
		n := s.asked.Add(1)
		if fail := s.fail.Load(); fail > 0 && n >= fail {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		var in struct {
			Messages []struct{ Content string }
		}
		if err := json.Unmarshal(body, &in); err != nil || len(in.Messages) != 2 {
			t.Errorf("asked %s", body)
			return
		}
		var labels []map[string]any
		for _, m := range numbered.FindAllStringSubmatch(in.Messages[1].Content, -1) {
			var k int
			_ = json.Unmarshal([]byte(m[1]), &k)
			l := map[string]any{"n": k, "resistance": true, "form": "objection", "driver": "experience", "perception": "accurate", "subject": "plan", "quote": "it never worked at [NAME2]"}
			switch {
			case strings.HasSuffix(m[2], "1"):
				l["driver"] = "stubbornness"
			case strings.HasSuffix(m[2], "2"):
				l["quote"] = "what nobody said"
			case strings.HasSuffix(m[2], "3"):
				continue
			case strings.HasSuffix(m[2], "5"):
				l = map[string]any{"n": k, "resistance": false}
			}
			labels = append(labels, l)
		}
		content, _ := json.Marshal(map[string]any{"labels": labels})
		_ = json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"message": map[string]any{"content": "```json\n" + string(content) + "\n```"}}}})
	}))
	t.Cleanup(s.Close)
	return s
}

func TestLabelWithALanguageModel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, out := filepath.Join(dir, "in.jsonl"), filepath.Join(dir, "out.jsonl")
	if err := os.WriteFile(data, []byte(toLabel()), 0o600); err != nil {
		t.Fatal(err)
	}
	server := newModelServer(t)
	label := func() (int, string) {
		var stderr bytes.Buffer
		status := run(t.Context(), []string{"model", "train", "--label-with", "llm", "--llm-url", server.URL, "--llm-model", "m", "--data", data, "--out", out}, std{in: strings.NewReader(""), out: io.Discard, err: &stderr})
		return status, stderr.String()
	}
	server.fail.Store(3)
	if status, said := label(); status != exits["invalid"] || !strings.Contains(said, "the same command goes on from there") {
		t.Fatalf("status %d, %s", status, said)
	}
	half, err := os.ReadFile(out)
	if err != nil || bytes.Count(half, []byte("\n")) < 20 || bytes.Count(half, []byte("\n")) == 80 {
		t.Fatalf("after it broke off %d lines are there: %v", bytes.Count(half, []byte("\n")), err)
	}
	// As after a crash: a line is cut in two.
	if err := os.WriteFile(out, half[:len(half)-30], 0o600); err != nil {
		t.Fatal(err)
	}
	server.fail.Store(0)
	status, said := label()
	if status != 0 || !strings.Contains(said, "left unlabelled: ") {
		t.Fatalf("status %d, %s", status, said)
	}
	for _, name := range []string{"Joseba", "Uriarte", "Nordhaus"} {
		if strings.Contains(*server.seen.Load(), name) {
			t.Errorf("%s left the house: %s", name, *server.seen.Load())
		}
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(got)), "\n")
	if len(lines) != 80 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines {
		var in struct {
			ID     int
			Labels map[string]any
			Quote  string
			By     string
		}
		if err := json.Unmarshal([]byte(line), &in); err != nil || in.ID != i {
			t.Fatalf("line %d: %s", i, line)
		}
		switch {
		case i == 2:
			if in.By != "" || in.Labels["resistance"] != false {
				t.Errorf("a line with labels became %s", line)
			}
		case i%4 == 0 || i%10 >= 1 && i%10 <= 3:
			if in.Labels != nil {
				t.Errorf("labelled: %s", line)
			}
		case i%10 == 5:
			if in.Labels["resistance"] != false || in.By != "llm:m" || in.Quote != "" {
				t.Errorf("line %d: %s", i, line)
			}
		default:
			if in.Labels["driver"] != "experience" || in.Quote != "it never worked at Nordhaus" {
				t.Errorf("line %d: %s", i, line)
			}
		}
	}
	// Again: everything is there, and nothing is asked.
	asked := server.asked.Load()
	if status, said := label(); status != 0 || server.asked.Load() != asked {
		t.Errorf("again: status %d, asked %d more times: %s", status, server.asked.Load()-asked, said)
	}
	if err := os.WriteFile(out, []byte(`{"dialogue":"other","text":"x"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, said := label(); status != exits["conflict"] {
		t.Errorf("over another file: status %d, %s", status, said)
	}
}

func TestNothingIsAskedUnlessConfigured(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "in.jsonl")
	if err := os.WriteFile(data, []byte(toLabel()), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	status := run(t.Context(), []string{"model", "train", "--label-with", "llm", "--data", data, "--out", filepath.Join(dir, "out.jsonl")}, std{in: strings.NewReader(""), out: io.Discard, err: &stderr})
	if status != exits["invalid"] || !strings.Contains(stderr.String(), "address of a model server") {
		t.Errorf("status %d, %s", status, stderr.String())
	}
}
