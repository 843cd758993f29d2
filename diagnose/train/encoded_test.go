package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"parley"
	"parley/diagnose"
	"parley/diagnose/encode"
	"parley/diagnose/internal/seal"
	"parley/diagnose/train"
)

// moneyAndTime has sentences about money and about time; those asked about share few words with those learned from.
func moneyAndTime(t *testing.T) (learn, ask *train.Set) {
	t.Helper()
	money := []string{
		"It is too expensive for a firm of our size.", "The price is more than we can spend.", "We cannot afford it this year.", "The budget is used up.",
		"That costs twice what we pay now.", "Finance will not pay for that.", "Your fee is too high.", "There is no money left for it.",
	}
	time := []string{
		"We are too busy before the holidays.", "Nobody has a free hour this week.", "It would take us far too long.", "The schedule is already full.",
		"My days end at nine as it is.", "We will not be ready by Monday.", "There are not enough hours in the day.", "Everybody is behind with their work.",
	}
	read := func(money, time []string) *train.Set {
		var b strings.Builder
		for i := range max(len(money), len(time)) {
			fmt.Fprintf(&b, `{"text":%q,"label":"money","fold":%d}`+"\n"+`{"text":%q,"label":"time","fold":%d}`+"\n", money[i], i%2, time[i], i%2)
		}
		set, err := train.ReadData("test", strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	return read(money, time), read(
		[]string{"Dollars do not grow on trees.", "How would my purse survive that?", "Cheaper offers exist.", "Who funds this?"},
		[]string{"When would I do that, at midnight?", "My calendar says no until March.", "Deadlines are killing my crew.", "Maybe next quarter, we are swamped."},
	)
}

func TestEncoderKnowsWhatWordsMean(t *testing.T) {
	learn, ask := moneyAndTime(t)
	accuracy := func(encoder bool) float64 {
		m, err := train.Train(context.Background(), learn, train.Options{Bits: 14, Folds: 2, Encoder: encoder})
		if err != nil {
			t.Fatal(err)
		}
		r, err := train.Evaluate(m, ask)
		if err != nil {
			t.Fatal(err)
		}
		return r.Accuracy
	}
	if words, both := accuracy(false), accuracy(true); both < 0.8 || both <= words {
		t.Errorf("accuracy with the encoder %.2f, with words alone %.2f", both, words)
	}
}

func TestModelWithEncoderIsWrittenAndRead(t *testing.T) {
	learn, ask := moneyAndTime(t)
	m, err := train.Train(context.Background(), learn, train.Options{Bits: 12, Folds: 2, Encoder: true})
	if err != nil {
		t.Fatal(err)
	}
	again, err := diagnose.ReadModel(bytes.NewReader(modelBytes(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	want, got := train.Predict(m, ask.Lines), train.Predict(again, ask.Lines)
	for i := range want {
		if !slices.Equal(want[i][0], got[i][0]) {
			t.Errorf("line %d: %v before, %v after", i, want[i][0], got[i][0])
		}
	}

	for name, change := range map[string]func(i *diagnose.Info, e *diagnose.Encoded){
		"":                func(*diagnose.Info, *diagnose.Encoded) {},
		"another encoder": func(i *diagnose.Info, _ *diagnose.Encoded) { i.Encoder = "another" },
		"no encoder":      func(i *diagnose.Info, _ *diagnose.Encoded) { i.Encoder = "" },
		"a row too few":   func(_ *diagnose.Info, e *diagnose.Encoded) { e.Weights = e.Weights[1:] },
		"too few weights": func(_ *diagnose.Info, e *diagnose.Encoded) { e.Weights[0] = e.Weights[0][1:] },
		"not a number":    func(_ *diagnose.Info, e *diagnose.Encoded) { e.Weights[0][3] = float32(math.NaN()) },
		"no mean":         func(_ *diagnose.Info, e *diagnose.Encoded) { e.Mean = nil },
		"mean no number":  func(_ *diagnose.Info, e *diagnose.Encoded) { e.Mean[7] = float32(math.Inf(1)) },
	} {
		info, encoded := m.Info, &diagnose.Encoded{Mean: make([]float32, encode.Size), Weights: [][]float32{make([]float32, encode.Wide)}}
		change(&info, encoded)
		if _, err := diagnose.NewModel(info, make([]byte, 1<<12), nil, nil, make([]int8, 1<<12), encoded); errors.Is(err, diagnose.ErrModel) != (name != "") {
			t.Errorf("%q: %v", name, err)
		}
	}

	// A file whose checksum is right and whose part for the encoder is not whole.
	file := modelBytes(t, m)
	body := file[:len(file)-4]
	for _, cut := range []int{1, 4, 100, 4 * encode.Wide, 4 * (encode.Wide + encode.Size)} {
		if _, err := diagnose.ReadModel(bytes.NewReader(seal.Close(slices.Clone(body[:len(body)-cut])))); !errors.Is(err, diagnose.ErrModel) {
			t.Errorf("of a file cut short by %d bytes: %v", cut, err)
		}
	}
	if _, err := diagnose.ReadModel(bytes.NewReader(seal.Close(slices.Clone(body)))); err != nil {
		t.Errorf("of the whole file: %v", err)
	}
}

func TestCrossValidationEncodesOnce(t *testing.T) {
	learn, _ := moneyAndTime(t)
	var steps []int
	_, err := train.CrossValidate(context.Background(), learn, train.Options{Bits: 12, Folds: 2, Encoder: true, Progress: func(done, total int) {
		if total == len(learn.Lines) {
			steps = append(steps, done)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != len(learn.Lines) || steps[len(steps)-1] != len(learn.Lines) {
		t.Errorf("%d texts: encoded %v", len(learn.Lines), steps)
	}
}

func TestEncoderRefusesOtherLanguages(t *testing.T) {
	const data = `{"text":"No tenemos dinero para eso este año.","label":"a"}` + "\n" + `{"text":"El equipo no tiene tiempo para más reuniones.","label":"b"}`
	set, err := train.ReadData("es", strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	_, err = train.Train(context.Background(), set, train.Options{Bits: 12, Folds: 2, Encoder: true})
	var e *parley.Error
	if !errors.As(err, &e) || e.Code != parley.Invalid || e.Field != "encoder" {
		t.Errorf("got %v", err)
	}
}

func TestEncoderPaysForOneEnglishLabel(t *testing.T) {
	t.Parallel()
	const english, spanish = `{"text":"We have no money for that this year.","label":"a"}` + "\n", `{"text":"No tenemos dinero para eso este año.","label":"a"}` + "\n"
	for _, c := range []struct {
		name, data string
		want       bool
	}{
		{"English", `{"text":"We have no money for that this year.","label":"a"}` + "\n" + `{"text":"Who is going to look after it?","label":"b"}`, true},
		{"Spanish", `{"text":"No tenemos dinero para eso este año.","label":"a"}` + "\n" + `{"text":"¿Quién se va a ocupar de ello?","label":"b"}`, false},
		{"no language", `{"text":"12:40","label":"a"}` + "\n" + `{"text":"---","label":"b"}`, false},
		{"several heads", `{"text":"We have no money for that this year.","labels":{"resistance":true,"form":"objection"}}` + "\n" + `{"text":"Who is going to look after it?","labels":{"resistance":false}}`, false},
		{"20,000", strings.Repeat(english, 20_000), true},
		{"more", strings.Repeat(english, 20_001), false},
		{"two of three English", english + spanish + english, true},
		{"half", english + spanish, false},
	} {
		set, err := train.ReadData(c.name, strings.NewReader(c.data))
		if err != nil {
			t.Fatal(err)
		}
		if got := train.EncoderPays(set); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
