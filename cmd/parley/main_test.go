package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"parley": main})
}

// TestScripts runs the binary as people use it; $EXAMPLES is the folder of examples.
func TestScripts(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"lines": lines, "jsonkeys": jsonkeys, "narrow": narrow, "demodb": demodb},
	})
}

// demodb FILE: makes a database with the sample case.
func demodb(ts *testscript.TestScript, _ bool, args []string) {
	st, err := store.Open(context.Background(), ts.MkAbs(args[0]), store.Options{})
	ts.Check(err)
	defer st.Close()
	_, err = app.New(context.Background(), st, app.Options{Demo: true})
	ts.Check(err)
}

// lines FILE N: the file has N lines.
func lines(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	if got := strings.Count(text, "\n"); (got == len(text)) != neg && args[1] != itoa(got) {
		ts.Fatalf("%s has %d lines, want %s", args[0], got, args[1])
	}
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

// jsonkeys FILE KEY…: every line of FILE is a JSON object with exactly these keys, in this order.
func jsonkeys(ts *testscript.TestScript, _ bool, args []string) {
	n := 0
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		n++
		dec := json.NewDecoder(strings.NewReader(line))
		_, err := dec.Token()
		ts.Check(err)
		var keys []string
		for dec.More() {
			key, err := dec.Token()
			ts.Check(err)
			keys = append(keys, key.(string))
			var v json.RawMessage
			ts.Check(dec.Decode(&v))
		}
		if got, want := strings.Join(keys, " "), strings.Join(args[1:], " "); got != want {
			ts.Fatalf("line %d has keys %s, want %s", n, got, want)
		}
	}
	if n == 0 {
		ts.Fatalf("%s is empty", args[0])
	}
}

// narrow FILE N: no line of FILE is wider than N columns.
func narrow(ts *testscript.TestScript, _ bool, args []string) {
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if got := len([]rune(strings.TrimRight(line, "\n"))); got > 80 || strings.ContainsRune(line, 0x1b) {
			ts.Fatalf("%d columns: %q", got, line)
		}
	}
}

// TestReadAsksOnceWhoIsTheAdviser plays a person at a terminal who answers, and then runs again.
func TestReadAsksOnceWhoIsTheAdviser(t *testing.T) {
	t.Parallel()
	sides := filepath.Join(t.TempDir(), "sides.json")
	args := []string{"read", "../../examples/en/transcript.txt", "--sides", sides}
	ask := func(answer string) (out, prompt string) {
		var stdout, stderr bytes.Buffer
		status := run(context.Background(), args, std{in: strings.NewReader(answer), out: &stdout, err: &stderr, asks: true, width: 80})
		if status != 0 {
			t.Fatalf("exit status %d: %s", status, &stderr)
		}
		return stdout.String(), stderr.String()
	}
	_, prompt := ask("99\n")
	if !strings.Contains(prompt, "Priya Raman") || !strings.Contains(prompt, `"99" is not one of the numbers`) {
		t.Fatalf("first prompt: %s", prompt)
	}
	number := ""
	for line := range strings.Lines(prompt) {
		if strings.Contains(line, "Priya Raman") {
			number = strings.Fields(line)[0]
		}
	}
	out, _ := ask(number + "\n")
	if strings.Contains(out, "Priya Raman") {
		t.Errorf("the adviser is among the findings:\n%s", out)
	}
	if _, prompt := ask(""); prompt != "" {
		t.Errorf("asked again: %s", prompt)
	}
	var remembered parley.Sides
	data, err := os.ReadFile(sides)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &remembered); err != nil {
		t.Fatal(err)
	}
	if len(remembered.Advisers) != 1 || remembered.Advisers[0] != "Priya Raman" || len(remembered.Clients) == 0 {
		t.Errorf("remembered %+v", remembered)
	}
}

// TestReadIsInterrupted checks that a run that is stopped says so by its status.
func TestReadIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got := run(ctx, []string{"read", "../../examples/en"}, std{out: io.Discard, err: io.Discard}); got != exitInterrupted {
		t.Errorf("exit status %d, want %d", got, exitInterrupted)
	}
}

func TestEveryCodeHasAnExitStatus(t *testing.T) {
	t.Parallel()
	for _, code := range parley.Codes {
		if exits[code] < 2 {
			t.Errorf("%s has exit status %d", code, exits[code])
		}
	}
}

func TestWrapKeepsWords(t *testing.T) {
	t.Parallel()
	text := "a bb ccc " + strings.Repeat("x", 30) + " ñandú fin"
	for width := 10; width < 40; width++ {
		lines := wrap(text, width)
		for _, l := range lines {
			if n := len([]rune(l)); n > width {
				t.Errorf("width %d: %q has %d columns", width, l, n)
			}
		}
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(text, " ", "") {
			t.Errorf("width %d: %q", width, lines)
		}
	}
}
