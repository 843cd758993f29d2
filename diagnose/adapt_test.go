package diagnose_test

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"

	"parley/diagnose"
)

// small returns an adaptation of the shipped model that adds to few buckets, of which the last is its last.
func small(t testing.TB) *diagnose.Adaptation {
	t.Helper()
	m := diagnose.Shipped()
	return adaptation(t, 1<<(m.Bits+m.Fine)-1)
}

// TestAdaptationBeyondTheLastBucket: one of a larger model, by its buckets, is refused.
func TestAdaptationBeyondTheLastBucket(t *testing.T) {
	t.Parallel()
	m := diagnose.Shipped()
	if _, err := m.With(adaptation(t, 1<<(m.Bits+m.Fine))); !errors.Is(err, diagnose.ErrAdaptation) {
		t.Errorf("an adaptation with a bucket that the model lacks: %v", err)
	}
}

// adaptation returns one of the shipped model that adds to few buckets and to last.
func adaptation(t testing.TB, last uint32) *diagnose.Adaptation {
	t.Helper()
	m := diagnose.Shipped()
	info := diagnose.AdaptationInfo{Version: "1", Base: m.Fingerprint(), Data: "x", Examples: 2, Threshold: 0.01}
	for _, h := range m.Heads {
		for range h.Rows() {
			info.Bias, info.Unit = append(info.Bias, 0.1), append(info.Unit, 0.01)
		}
	}
	rows := len(info.Bias)
	codes := make([]int8, 3*rows)
	for i := range codes {
		codes[i] = int8(i%7 - 3)
	}
	a, err := diagnose.NewAdaptation(info, []uint32{0, 64, last}, codes)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAdaptationReadsBackAsWritten(t *testing.T) {
	t.Parallel()
	a := small(t)
	data, err := a.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	b, err := diagnose.ParseAdaptation(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, again) {
		t.Error("an adaptation that was read is written otherwise")
	}
	for i := range data {
		broken := bytes.Clone(data)
		broken[i] ^= 0x40
		if _, err := diagnose.ParseAdaptation(broken); !errors.Is(err, diagnose.ErrAdaptation) {
			t.Fatalf("byte %d changed: error %v", i, err)
		}
		if _, err := diagnose.ParseAdaptation(data[:i]); !errors.Is(err, diagnose.ErrAdaptation) {
			t.Fatalf("cut to %d bytes: error %v", i, err)
		}
	}
}

func TestAdaptationIsForItsModelOnly(t *testing.T) {
	t.Parallel()
	m, a := diagnose.Shipped(), small(t)
	adapted, err := m.With(a)
	if err != nil {
		t.Fatal(err)
	}
	if adapted.Threshold != m.Threshold+0.01 || adapted.Adaptation() != a || m.Adaptation() != nil {
		t.Errorf("threshold %v, of the base %v", adapted.Threshold, m.Threshold)
	}
	if _, err := adapted.With(a); !errors.Is(err, diagnose.ErrAdaptation) {
		t.Errorf("adapted twice: error %v", err)
	}
	other := *a
	other.Base = "another"
	if _, err := m.With(&other); !errors.Is(err, diagnose.ErrAdaptation) {
		t.Errorf("of another model: error %v", err)
	}
	if same, err := m.With(nil); err != nil || same != m {
		t.Errorf("without an adaptation: %v", err)
	}
}

// TestAdaptedScoreIsTheSumOfFeatures does what TestScoreIsTheSumOfFeatures does, with every bucket of a sentence
// touched.
func TestAdaptedScoreIsTheSumOfFeatures(t *testing.T) {
	t.Parallel()
	base := diagnose.Shipped()
	var self, other diagnose.Analysis
	self.Analyze("We tried that before, we tried it, and it was not worth the money.")
	other.Analyze("Shall we try it again?")
	var buckets []uint32
	for _, f := range base.Adaptable().Vector(nil, diagnose.Unit{Self: &self}) {
		buckets = append(buckets, f.Bucket)
	}
	slices.Sort(buckets)
	buckets = slices.Compact(buckets)
	info := small(t).AdaptationInfo
	codes := make([]int8, len(buckets)*len(info.Bias))
	for i := range codes {
		codes[i] = int8(i%11 - 4)
	}
	a, err := diagnose.NewAdaptation(info, buckets, codes)
	if err != nil {
		t.Fatal(err)
	}
	m, err := base.With(a)
	if err != nil {
		t.Fatal(err)
	}
	u := diagnose.Unit{Self: &self, Prev: []*diagnose.Analysis{&other}, Role: "client"}
	scorer := m.Scorer()
	scorer.Score(u, 0)
	was := base.Score(u)
	for h, want := range m.Score(u) {
		for l := range want {
			if math.Abs(scorer.Probs[h][l]-want[l]) > 1e-5 {
				t.Errorf("head %s: got %v, the features say %v", m.Heads[h].Name, scorer.Probs[h], want)
			}
		}
		if slices.Equal(was[h], want) {
			t.Errorf("head %s: %v is what the base says", m.Heads[h].Name, want)
		}
	}
}

func FuzzAdaptation(f *testing.F) {
	data, err := small(f).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := diagnose.ParseAdaptation(diagnose.Sealed(data))
		if err != nil {
			return
		}
		again, err := a.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if b, err := diagnose.ParseAdaptation(again); err != nil || b.Examples != a.Examples {
			t.Errorf("what was read is not read again: %v", err)
		}
	})
}
