package diagnose_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley"
	"parley/diagnose"
)

func said(name, text string) parley.Message {
	return parley.Message{ID: "#1", Source: "test", Kind: parley.Chat, Speaker: parley.Person{Name: name}, Text: text}
}

// clear are sentences about which nobody argues.
var clearCases = []struct {
	text  string
	wants bool
}{
	{"We tried that in 2021 and lost a whole week, I am not doing it again.", true},
	{"I don't see what we would gain from it, frankly.", true},
	{"No, we won't sign before legal has approved it.", true},
	{"No nos fiamos de esas cifras, ya nos prometieron lo mismo el año pasado.", true},
	{"Seguimos con el Excel de siempre, no hemos abierto el programa.", true},
	{"On n'a ni le temps ni les gens pour ça avant septembre.", true},
	{"Franchement je ne vois pas l'intérêt de changer ce qui marche.", true},
	{"Thanks a lot, that works for us.", false},
	{"Perfecto, gracias, nos vemos el lunes.", false},
	{"Merci beaucoup, c'est noté.", false},
	{"Which ports does it need?", false},
	{"The meeting is at ten in room four.", false},
}

func TestClearCases(t *testing.T) {
	t.Parallel()
	for _, tt := range clearCases {
		m := said("Ana", tt.text)
		m.Side = parley.ClientSide
		found := diagnose.NewReader(diagnose.Shipped()).Read(m)
		if got := len(found) > 0; got != tt.wants {
			t.Errorf("%q: resistance %v, want %v", tt.text, got, tt.wants)
		}
	}
}

// TestReadingAllocatesOnlyFindings first reads until all memory that is used again has grown.
func TestReadingAllocatesOnlyFindings(t *testing.T) {
	r := diagnose.NewReader(diagnose.Shipped())
	r.Threshold = 2
	turns := []parley.Message{
		said("Ana", "We tried that in 2021, and lost a week. Who would train the night shift?\n\nNobody asked us… No lo veo claro."),
		said("Ben", "Que voulez-vous dire ? C’est trop cher pour l’équipe, à mon avis."),
	}
	read := func() {
		for _, m := range turns {
			r.Read(m)
		}
	}
	for range 2000 {
		read()
	}
	if n := testing.AllocsPerRun(100, read); n != 0 {
		t.Errorf("reading what has no findings allocates %v times", n)
	}
}

func TestAdviserIsNeverFound(t *testing.T) {
	t.Parallel()
	r := diagnose.NewReader(diagnose.Shipped())
	r.Threshold = 0.0001
	for _, tt := range clearCases {
		m := said("Tom", tt.text)
		m.Side = parley.AdviserSide
		if found := r.Read(m); len(found) > 0 {
			t.Errorf("an adviser's %q was found", tt.text)
		}
	}
}

// TestAnswersToASurveyAreTheClients reads them as what the client says, whether or not anybody's side is known.
func TestAnswersToASurveyAreTheClients(t *testing.T) {
	t.Parallel()
	probability := func(kind parley.Kind, side parley.Side) float64 {
		r := diagnose.NewReader(diagnose.Shipped())
		r.Threshold = 0.0001
		m := said("Ana", "I don't see what we would gain from it.")
		m.Kind, m.Side = kind, side
		return r.Read(m)[0].Probability
	}
	if a, b := probability(parley.Survey, parley.UnknownSide), probability(parley.Survey, parley.ClientSide); a != b {
		t.Errorf("%v in a survey, %v as the client's", a, b)
	}
	if a, b := probability(parley.Chat, parley.UnknownSide), probability(parley.Chat, parley.ClientSide); a == b {
		t.Errorf("%v in a chat by anybody, and as the client's", a)
	}
}

func TestQuotedTextRaisesNoFinding(t *testing.T) {
	t.Parallel()
	quote := "> We will never pay that price and nobody can make us.\n"
	m := said("Ana", "Agreed, see below.\n"+quote)
	m.Parts = []parley.Part{{Span: parley.Span{Start: len(m.Text) - len(quote), End: len(m.Text)}, Kind: parley.Quoted}}
	r := diagnose.NewReader(diagnose.Shipped())
	r.Threshold = 0.0001
	for _, f := range r.Read(m) {
		if f.Span.End > m.Parts[0].Start {
			t.Errorf("found %q, which is quoted", f.Text())
		}
	}
}

func TestContextCounts(t *testing.T) {
	t.Parallel()
	probability := func(before string) float64 {
		r := diagnose.NewReader(diagnose.Shipped())
		r.Threshold = 0.0001
		r.Read(said("Tom", before))
		return r.Read(said("Ana", "Not before the summer."))[0].Probability
	}
	a, b := probability("Could you sign the new plan this month?"), probability("When are you going on holiday?")
	if a == b {
		t.Errorf("what came before makes no difference: %v", a)
	}
}

func TestAnswerBetweenTheLinesIsReadWithItsQuote(t *testing.T) {
	t.Parallel()
	read := func(quote string) float64 {
		m := said("Ana", quote+"Not before the summer.")
		m.Parts = []parley.Part{{Span: parley.Span{Start: 0, End: len(quote)}, Kind: parley.Quoted}}
		r := diagnose.NewReader(diagnose.Shipped())
		r.Threshold = 0.0001
		return r.Read(m)[0].Probability
	}
	if a, b := read("> Could you sign the new plan this month?\n"), read("> When are you going on holiday?\n"); a == b {
		t.Errorf("the quote above makes no difference: %v", a)
	}
}

// TestWhyIsTrue takes the words that a finding gives as its reason out of the sentence: that must lower
// the score more than taking out as many others, on average.
func TestWhyIsTrue(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	var why, random, n float64
	score := func(text string) float64 {
		r := diagnose.NewReader(diagnose.Shipped())
		r.Threshold = 0.00001
		found := r.Read(said("Ana", text))
		if len(found) == 0 {
			return 0
		}
		return found[0].Probability
	}
	for _, tt := range clearCases {
		if !tt.wants {
			continue
		}
		r := diagnose.NewReader(diagnose.Shipped())
		r.Threshold = 0.00001
		f := r.Read(said("Ana", tt.text))[0]
		without := tt.text
		words := 0
		for _, w := range f.Why {
			without = strings.Replace(without, w.Text, "", 1)
			words += len(strings.Fields(w.Text))
		}
		fields := strings.Fields(tt.text)
		rng.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
		other := tt.text
		for _, w := range fields[:min(words, len(fields)-1)] {
			other = strings.Replace(other, w, "", 1)
		}
		why += f.Probability - score(without)
		random += f.Probability - score(other)
		n++
	}
	if why <= random {
		t.Errorf("taking out the reasons lowers the score by %.2f, as many other words by %.2f", why/n, random/n)
	}
}

func TestReadingTwiceGivesTheSame(t *testing.T) {
	t.Parallel()
	read := func() string {
		r := diagnose.NewReader(diagnose.Shipped())
		r.Threshold = 0.01
		var out strings.Builder
		for _, tt := range clearCases {
			for _, f := range r.Read(said("Ana", tt.text)) {
				fmt.Fprintf(&out, "%v %v %v %v\n", f.Span, f.Labels, f.Probability, f.Why)
			}
		}
		return out.String()
	}
	if diff := cmp.Diff(read(), read()); diff != "" {
		t.Error(diff)
	}
}

func TestModelFile(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if _, err := tinyModel(t).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	again, err := diagnose.ReadModel(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	var c bytes.Buffer
	if _, err := again.WriteTo(&c); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), c.Bytes()) {
		t.Error("reading and writing a model changes it")
	}
	for i := range b.Len() {
		damaged := bytes.Clone(b.Bytes())
		damaged[i] ^= 0x40
		if _, err := diagnose.ReadModel(bytes.NewReader(damaged)); !errors.Is(err, diagnose.ErrModel) {
			t.Fatalf("a model with byte %d changed was taken: %v", i, err)
		}
	}
}

// TestNumbersOfBuckets gives models numbers of buckets that they can't have.
func TestNumbersOfBuckets(t *testing.T) {
	t.Parallel()
	good := tinyModel(t).Info
	for _, x := range []struct{ bits, fine int }{{7, 1}, {23, 0}, {8, -1}, {8, 15}, {9, 1}, {8, 2}} {
		info := good
		info.Bits, info.Fine = x.bits, x.fine
		gate := make([]int8, 1<<9)
		if _, err := diagnose.NewModel(info, make([]byte, 1<<8), gate, gate, make([]int8, 3<<8), nil); !errors.Is(err, diagnose.ErrModel) {
			t.Errorf("2^%d buckets and 2^%d in each: %v", x.bits, x.fine, err)
		}
	}
}

func TestShippedModelFitsItsLexicon(t *testing.T) {
	t.Parallel()
	m := diagnose.Shipped()
	if m.Lexicon != diagnose.LexiconHash() {
		t.Error("the lexicon changed since the model was trained: run make generate")
	}
	want := map[string]int{"resistance": 2, "form": len(parley.Forms), "driver": len(parley.Drivers), "perception": len(parley.Perceptions), "subject": len(parley.Subjects)}
	for _, h := range m.Heads {
		if len(h.Labels) != want[h.Name] {
			t.Errorf("head %s has labels %v", h.Name, h.Labels)
		}
	}
}

func TestParseLexicon(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"en: no category", "[a]\nen: ", "[a]\nen: ok; !!", "[a]\nno colon", "[a]\nen: русский"} {
		if _, err := diagnose.ParseLexicon(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
