package train_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"parley/diagnose"
	"parley/diagnose/train"
)

// decisions returns n lines as somebody decided about them who takes whatever says "turnstile" for mistrust
// of the company, and talk of lunch for none.
func decisions(n int) []train.Line {
	var lines []train.Line
	for i := range n {
		l := train.Line{Dialogue: fmt.Sprint(i % 17), Role: "client"}
		if i%3 == 0 {
			l.Text = fmt.Sprintf("We are not convinced that lunch in room %d should move.", i)
			l.Labels = map[string]string{"resistance": "false"}
		} else {
			l.Text = fmt.Sprintf("Nobody here wants the turnstile of the kind that site %d has.", i)
			l.Labels = map[string]string{"resistance": "true", "form": "objection", "driver": "trust", "perception": "skeptical", "subject": "company"}
		}
		lines = append(lines, l)
	}
	return lines
}

func adapted(t testing.TB, lines []train.Line) (*diagnose.Model, *diagnose.Adaptation) {
	t.Helper()
	a, err := train.Adapt(diagnose.Shipped(), lines, train.AdaptOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := diagnose.Shipped().With(a)
	if err != nil {
		t.Fatal(err)
	}
	return m, a
}

// says returns the probability of a head's label that m gives a sentence by itself.
func says(t testing.TB, m *diagnose.Model, text, head, label string) float64 {
	t.Helper()
	p := train.Predict(m, []train.Line{{Text: text, Role: "client"}})[0]
	for h := range m.Heads {
		for l, name := range m.Heads[h].Labels {
			if m.Heads[h].Name == head && name == label {
				return p[h][l]
			}
		}
	}
	t.Fatalf("no label %s of %s", label, head)
	return 0
}

func TestAdaptLearnsWhatWasDecided(t *testing.T) {
	t.Parallel()
	base := diagnose.Shipped()
	m, _ := adapted(t, decisions(60))
	for _, tt := range []struct {
		text, head, label string
		up                bool
	}{
		{"Why do we need a turnstile at all?", "driver", "trust", true},
		{"The turnstile is too slow for us.", "subject", "company", true},
		{"I am not convinced that lunch should be at one.", "resistance", "true", false},
	} {
		was, is := says(t, base, tt.text, tt.head, tt.label), says(t, m, tt.text, tt.head, tt.label)
		if tt.up && is < was+0.05 || !tt.up && is > was-0.05 {
			t.Errorf("%q: %s %s was %.2f and is %.2f", tt.text, tt.head, tt.label, was, is)
		}
	}
	// What nobody spoke of stays as it was.
	text := "Le prix annoncé ne tient pas compte des licences."
	if was, is := says(t, base, text, "resistance", "true"), says(t, m, text, "resistance", "true"); is < was-0.03 || is > was+0.03 {
		t.Errorf("%q: was %.3f and is %.3f", text, was, is)
	}
}

// Not parallel: it changes how many processors are used.
func TestAdaptGivesTheSameBytes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want []byte
	for _, cores := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(cores)
		_, a := adapted(t, decisions(40))
		got, err := a.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("on %d cores it is another", cores)
		}
	}
	if b, err := diagnose.ParseAdaptation(want); err != nil || b.Examples != 40 {
		t.Errorf("read back: %v", err)
	}
	if _, a := adapted(t, append(decisions(39), train.Line{Text: "Other words."})); a.Examples != 39 {
		t.Errorf("a line without labels counts: %d examples", a.Examples)
	}
}

// TestDismissalsAloneDoNotDeafen dismisses two hundred findings of all kinds: what was plain resistance must
// still be one.
func TestDismissalsAloneDoNotDeafen(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: it computes at length, by itself")
	}
	t.Parallel()
	base := diagnose.Shipped()
	set := readCorpus(t, "train")
	var lines []train.Line
	found, still := 0, 0
	var others []string
	for i, p := range train.Predict(base, set.Lines) {
		l := set.Lines[i]
		if l.Role == "adviser" || p[0][1] < base.Threshold {
			continue
		}
		switch found++; {
		case found <= 200:
			l.Labels = map[string]string{"resistance": "false"}
			lines = append(lines, l)
		case found <= 700 && p[0][1] > 0.9:
			others = append(others, l.Text)
		}
	}
	m, _ := adapted(t, lines)
	was := 0
	for _, text := range others {
		if says(t, base, text, "resistance", "true") < base.Threshold {
			continue
		}
		was++
		if says(t, m, text, "resistance", "true") >= m.Threshold {
			still++
		}
	}
	if was < 100 || float64(still) < 0.8*float64(was) {
		t.Errorf("of %d plain findings %d are left after 200 dismissals of others", was, still)
	}
}

func TestCompareClaimsNothingOfChance(t *testing.T) {
	t.Parallel()
	comparisons, err := train.Compare(diagnose.Shipped(), decisions(90), train.AdaptOptions{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]train.Comparison{}
	for _, c := range comparisons {
		seen[c.Head] = c
		if c.Low > c.After-c.Before+0.05 || c.High < c.After-c.Before-0.05 || c.Low > c.High {
			t.Errorf("%s: from %.2f to %.2f, between %.2f and %.2f", c.Head, c.Before, c.After, c.Low, c.High)
		}
	}
	// The same words come again, so that other conversations tell.
	if c := seen["driver"]; c.N != 60 || c.After < 0.9 || c.Low <= 0 {
		t.Errorf("driver: %+v", c)
	}
	if c := seen["resistance"]; c.N != 90 {
		t.Errorf("resistance: %+v", c)
	}
}

func TestChangesNameTheWords(t *testing.T) {
	t.Parallel()
	lines := decisions(60)
	m, _ := adapted(t, lines)
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.Text
	}
	changes := m.Changes(texts, 3, 0.02)
	found := false
	for _, c := range changes {
		if c.Head == "driver" && c.Label == "trust" && c.Word == "turnstile" && c.Weight > 0 {
			found = len(c.Texts) == 40
		}
		if len(c.Word) < 3 || len(c.Texts) == 0 {
			t.Errorf("%+v", c)
		}
	}
	if !found {
		t.Errorf("turnstile is not among what speaks for trust: %+v", changes)
	}
	if got := diagnose.Shipped().Changes(texts, 3, 0); got != nil {
		t.Errorf("without an adaptation: %v", got)
	}
}

func BenchmarkAdapt1000(b *testing.B) {
	set := readCorpus(b, "train")
	var lines []train.Line
	for _, l := range set.Lines {
		if l.Role != "adviser" && len(l.Labels) > 0 && len(lines) < 1000 {
			lines = append(lines, l)
		}
	}
	base := diagnose.Shipped()
	base.Fingerprint()
	b.ResetTimer()
	for b.Loop() {
		a, err := train.Adapt(base, lines, train.AdaptOptions{})
		if err != nil {
			b.Fatal(err)
		}
		data, err := a.MarshalBinary()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(data))/1024, "KiB")
	}
}

func TestSimulateStartsAtTheModelItself(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: it computes at length, by itself")
	}
	t.Parallel()
	set := readCorpus(t, "train")
	set.Lines = set.Lines[:1500]
	points, err := train.Simulate(diagnose.Shipped(), set, train.SimOptions{Decisions: []int{0, 50, 100000}, Seeds: 2, Twist: train.Renamed})
	if err != nil {
		t.Fatal(err)
	}
	if len(points) != 2 || points[0].Decisions != 0 || points[1].Decisions != 50 {
		t.Fatalf("%+v", points)
	}
	if zero := points[0].Figures["f1"]; zero.Gain != 0 || zero.Mean < 0.5 {
		t.Errorf("without decisions: %+v", zero)
	}
	if points[1].Figures["ece"].Gain == 0 {
		t.Error("fifty decisions changed nothing")
	}
	if _, err := train.Simulate(diagnose.Shipped(), set, train.SimOptions{Twist: "sideways"}); err == nil {
		t.Error("a twist that is none is taken")
	}
}
