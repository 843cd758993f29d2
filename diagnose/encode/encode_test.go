package encode_test

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"sync"
	"testing"

	"parley/diagnose/encode"
)

// The vectors of testdata are what TensorFlow.js made of the encoder's own weights, four bytes each, rounded to three places.
func TestVectorsAreThoseOfTheEncodersAuthors(t *testing.T) {
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []struct {
		Text   string
		Vector []float32
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for _, w := range want {
		if c := cosine(encode.Vector(w.Text), w.Vector); c < 0.999 {
			t.Errorf("%q: cosine %.5f", w.Text, c)
		}
	}
}

func TestLikeSentencesAreAlike(t *testing.T) {
	a := encode.Vector("It costs more than we can spend.")
	b := encode.Vector("We have no money for that.")
	c := encode.Vector("The meeting room is on the second floor.")
	if cosine(a, b) < cosine(a, c)+0.2 {
		t.Errorf("money and money %.2f, money and a room %.2f", cosine(a, b), cosine(a, c))
	}
}

func TestOddTexts(t *testing.T) {
	for _, text := range []string{"", " ", "\xff\xfe", "日本語", "🙂🙂", strings.Repeat("no ", 5000), strings.Repeat("x", 5000)} {
		v := encode.Vector(text)
		if len(v) != encode.Size {
			t.Fatalf("%.10q: %d numbers", text, len(v))
		}
		for _, x := range v {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				t.Fatalf("%.10q: %v", text, x)
			}
		}
	}
}

func TestVectorIsTheSameFromManyGoroutines(t *testing.T) {
	const text = "Who would train the night shift, then?"
	want := encode.Vector(text)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i, x := range encode.Vector(text) {
				if x != want[i] {
					t.Errorf("number %d: %v and %v", i, x, want[i])
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestExpand(t *testing.T) {
	t.Parallel()
	const size = encode.Size
	vector, mean := make([]float32, size), make([]float32, size)
	for i := range vector {
		vector[i], mean[i] = float32(i%7)/10, 0.2
	}
	out := encode.Expand(make([]float32, encode.Wide), vector, mean)
	length := func(v []float32) float64 {
		var square float64
		for _, x := range v {
			square += float64(x) * float64(x)
		}
		return math.Sqrt(square)
	}
	if len(out) != encode.Wide || math.Abs(length(out[:size])-1.22) > 1e-4 || math.Abs(length(out[size:])-1.5) > 1e-4 {
		t.Fatalf("%d numbers, lengths %v and %v", len(out), length(out[:size]), length(out[size:]))
	}
	// The last number's products go on at the first.
	last, first, second := out[size-1], out[0], out[1]
	if a, b := out[2*size-1]*second, out[3*size-1]*first; math.Abs(float64(a-b)) > 1e-6 || last*first == 0 {
		t.Errorf("products of the last number with the first two: %v and %v, not as %v to %v", out[2*size-1], out[3*size-1], first, second)
	}
	for i, x := range encode.Expand(make([]float32, encode.Wide), mean, mean) {
		if x != 0 {
			t.Fatalf("what is the mean expands to %v at %d", x, i)
		}
	}
}

func BenchmarkVector(b *testing.B) {
	encode.Vector("")
	for b.Loop() {
		encode.Vector("We tried that in 2021 and lost a week, so who would train the night shift?")
	}
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}
