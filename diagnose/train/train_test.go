package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"parley"
	"parley/diagnose"
	"parley/diagnose/train"
)

// toySet is a small set in which the first word tells the label, mixed with words that tell nothing.
func toySet(t *testing.T, seed uint64, dialogues int) *train.Set {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0))
	noise := strings.Fields("about with under over between which while there again still often")
	telling := map[string][]string{"rail": {"train", "track", "station"}, "sea": {"ship", "port", "sail"}, "air": {"plane", "sky", "wing"}}
	labels := []string{"rail", "sea", "air"}
	var b strings.Builder
	for d := range dialogues {
		for turn := range 6 {
			l := labels[rng.IntN(3)]
			words := []string{telling[l][rng.IntN(3)]}
			for range 4 {
				words = append(words, noise[rng.IntN(len(noise))])
			}
			fmt.Fprintf(&b, `{"dialogue":"d%d","turn":%d,"role":"%s","text":"%s","label":"%s","fold":%d}`+"\n", d, turn, []string{"a", "b"}[turn%2], strings.Join(words, " "), l, d%3)
		}
	}
	set, err := train.ReadData("toy", strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func modelBytes(t *testing.T, m *diagnose.Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Not parallel: it changes how many processors are used.
func TestTrainingIsTheSameOnAnyNumberOfCores(t *testing.T) {
	set := toySet(t, 1, 30)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want []byte
	for _, cores := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(cores)
		m, err := train.Train(context.Background(), set, train.Options{Seed: 7, Bits: 12})
		if err != nil {
			t.Fatal(err)
		}
		got := modelBytes(t, m)
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("on %d cores the model is another", cores)
		}
	}
}

func TestTrainingLearns(t *testing.T) {
	t.Parallel()
	m, err := train.Train(context.Background(), toySet(t, 1, 40), train.Options{Seed: 1, Bits: 12})
	if err != nil {
		t.Fatal(err)
	}
	r, err := train.Evaluate(m, toySet(t, 2, 40))
	if err != nil {
		t.Fatal(err)
	}
	if r.MacroF1 < 0.95 || r.Examples != 240 {
		t.Errorf("macro-F1 %.3f on %d examples of a task that a word decides", r.MacroF1, r.Examples)
	}
}

func TestTrainingStopsWhenToldTo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := train.Train(ctx, toySet(t, 1, 10), train.Options{Bits: 12}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestFoldsDoNotLeak gives every dialogue a word of its own that tells its label within the dialogue
// only: cross-validation must not profit from it.
func TestFoldsDoNotLeak(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	rng := rand.New(rand.NewPCG(3, 0))
	for d := range 60 {
		label := []string{"x", "y"}[rng.IntN(2)]
		for turn := range 5 {
			fmt.Fprintf(&b, `{"dialogue":"d%d","turn":%d,"text":"own%dword and nothing else","label":"%s","fold":%d}`+"\n", d, turn, d, label, d%4)
		}
	}
	set, err := train.ReadData("leak", strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	r, err := train.CrossValidate(context.Background(), set, train.Options{Bits: 12})
	if err != nil {
		t.Fatal(err)
	}
	if r.Accuracy > 0.75 || r.Examples != 300 || len(r.PerFold) != 4 {
		t.Errorf("accuracy %.2f on labels that are chance, %d examples, %d folds", r.Accuracy, r.Examples, len(r.PerFold))
	}
}

func TestScoresByHand(t *testing.T) {
	t.Parallel()
	// A model that always says "b" of a set with labels a, a, b, c.
	set, err := train.ReadData("hand", strings.NewReader(`{"text":"1","label":"a"}
{"text":"2","label":"a"}
{"text":"3","label":"b"}
{"text":"4","label":"c"}`))
	if err != nil {
		t.Fatal(err)
	}
	info := diagnose.Info{Version: "1", Single: true, Bits: 8, IDFScale: 1, Heads: []diagnose.Head{{
		Name: "label", Labels: []string{"a", "b"}, Scale: 1, Bias: []float64{2}, Unit: []float32{1}, Prior: []float64{0.5, 0.5},
	}}}
	m, err := diagnose.NewModel(info, make([]byte, 256), nil, nil, make([]int8, 256), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := train.Evaluate(m, set)
	if err != nil {
		t.Fatal(err)
	}
	// b: precision 1/4, recall 1, F1 2/5; a and c: 0. Macro over three labels.
	if !near(r.MacroF1, 0.4/3) || !near(r.Accuracy, 0.25) || !near(r.WeightedF1, 0.1) || !near(r.PerLabel["b"].Precision, 0.25) || r.Confusion["a"]["b"] != 2 {
		t.Errorf("%+v", r.Score)
	}
	// The probability of b is 1/(1+e^−2) = 0.881 in all four; it is right once.
	if !near(r.ECE, 1/(1+math.Exp(-2))-0.25) {
		t.Errorf("calibration error %v", r.ECE)
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestReadDataRefusesWithTheLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ data, want string }{
		{"{\"text\":\"a\"}\n{", "data, line 2"},
		{`{"label":"x"}`, `no "text"`},
		{`{"text":"a","label":"x","labels":{"form":"y"}}`, `both "label" and "labels"`},
		{`{"text":"a","labels":{"label":"y"}}`, "cannot be called"},
		{"{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"a\",\"labels\":{\"form\":\"y\"}}", "some lines have"},
		{`{"text":"` + strings.Repeat("a", train.MaxLine) + `"}`, "longer than"},
	} {
		_, err := train.ReadData("data", strings.NewReader(tt.data))
		if err == nil || !strings.Contains(err.Error(), tt.want) || parley.CodeOf(err) != parley.Invalid {
			t.Errorf("%.60q: error %v, want %q", tt.data, err, tt.want)
		}
	}
}

// TestClientsHaveAGateOfTheirOwn has words that are resistance where a client says them and none where an adviser does.
func TestClientsHaveAGateOfTheirOwn(t *testing.T) {
	t.Parallel()
	noise := strings.Fields("about with under over between which while there again still often")
	sides := func(roles ...string) *train.Set {
		var b strings.Builder
		rng := rand.New(rand.NewPCG(5, 0))
		for d := range 200 {
			for turn, role := range roles {
				word := []string{"risky", "sunny"}[rng.IntN(2)]
				fmt.Fprintf(&b, `{"dialogue":"d%d","turn":%d,"role":"%s","kind":"chat","text":"%s %s %s","labels":{"resistance":%v}}`+"\n",
					d, turn, role, noise[rng.IntN(len(noise))], word, noise[rng.IntN(len(noise))], word == "risky" && role == "client")
			}
		}
		set, err := train.ReadData("sides", strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	m, err := train.Train(context.Background(), sides("adviser", "client", "adviser"), train.Options{Bits: 12})
	if err != nil {
		t.Fatal(err)
	}
	if m, err = diagnose.ReadModel(bytes.NewReader(modelBytes(t, m))); err != nil {
		t.Fatal(err)
	}
	says := func(role string) float64 {
		return train.Predict(m, []train.Line{{Role: role, Kind: "chat", Text: "about risky under"}})[0][0][1]
	}
	client, anybody := says("client"), says("")
	if m.Client == nil || client < 0.9 || anybody > 0.6 || says("adviser") != anybody {
		t.Errorf("a client's %.2f, an adviser's %.2f, anybody's %.2f", client, says("adviser"), anybody)
	}
	if m.ThresholdOf("client", "") != m.Client.Threshold || m.ThresholdOf("", "") != m.Threshold {
		t.Errorf("thresholds %v and %v of %v and %v", m.ThresholdOf("client", ""), m.ThresholdOf("", ""), m.Client.Threshold, m.Threshold)
	}
	for name, set := range map[string]*train.Set{"all are clients": sides("client"), "there are more than two labels": sides("adviser", "client")} {
		if name != "all are clients" {
			set.Lines[0].Labels["resistance"] = "perhaps"
		}
		m, err := train.Train(context.Background(), set, train.Options{Bits: 12})
		if err != nil {
			t.Fatalf("where %s: %v", name, err)
		}
		if m.Client != nil {
			t.Errorf("a second gate where %s", name)
		}
	}
}
