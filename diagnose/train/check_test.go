package train_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"parley/diagnose"
	"parley/diagnose/train"
)

// said makes a set of sentences, each "dialogue: text" or "dialogue: text = label".
func said(t *testing.T, name string, sentences ...string) *train.Set {
	t.Helper()
	var b strings.Builder
	for _, s := range sentences {
		dialogue, text, _ := strings.Cut(s, ": ")
		text, label, _ := strings.Cut(text, " = ")
		line, err := json.Marshal(map[string]string{"dialogue": dialogue, "text": text, "label": label, "lang": "en"})
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	set, err := train.ReadData(name, strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// foundIn returns what the report says is above its limit, without repetition.
func foundIn(r train.CheckReport) []string {
	var out []string
	for _, f := range r.Found {
		if !slices.Contains(out, f.Check) {
			out = append(out, f.Check)
		}
	}
	return out
}

func TestCheckFindsNothingInPlainTalk(t *testing.T) {
	t.Parallel()
	r := train.Check(said(t, "plain",
		"a: The lorry was late again and nobody rang.",
		"a: I would rather hear it from the driver.",
		"b: Two of the presses stand still on Mondays.",
		"b: Could you send the figures for March?",
		"c: My sister runs the shop next door.",
	), train.CheckOptions{})
	if len(r.Found) > 0 || r.Duplicates.Near > 0 || r.Templates.Variants > 0 || r.Templates.Framed > 0 || r.Templates.Phrased > 0 || len(r.Templates.Openings) > 0 {
		t.Errorf("%+v", r)
	}
}

func TestCheckFindsNearDuplicates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, a, b             string
		within, across, copies int
	}{
		{"the same words", "a: We have no time for this now.", "b: we have NO time, for this, now!", 0, 1, 1},
		{"in one dialogue", "a: We have no time for this now.", "a: We have no time for this now!", 1, 0, 1},
		{"one word of seven", "a: We have no time for this now.", "b: We have no room for this now.", 0, 1, 0},
		{"a word more", "a: We really have no time for this now.", "b: We have no time for this now.", 0, 1, 0},
		{"one word of six", "a: We have no time for this.", "b: We have no room for this.", 0, 0, 0},
		{"two words of seven", "a: We have no time for this now.", "b: We had no room for this now.", 0, 0, 0},
		{"another order", "a: now for this time we have no", "b: We have no time for this now.", 0, 0, 0},
		{"too short", "a: No time for this.", "b: No time for this.", 0, 0, 0},
		{"no dialogue", ": We have no time for this now.", ": We have no time for this now.", 0, 1, 1},
	} {
		d := train.Check(said(t, "file", tt.a, tt.b), train.CheckOptions{}).Duplicates
		if d.Within != tt.within || d.Across != tt.across || d.Copies != tt.copies || len(d.Examples) != tt.within+tt.across || d.Near != 2*len(d.Examples) {
			t.Errorf("%s: %+v", tt.name, d)
		}
		for _, e := range d.Examples {
			if e.A.File != "file" || e.A.Line != 1 || e.B.Line != 2 || e.Similarity < 0.6 {
				t.Errorf("%s: %+v", tt.name, e)
			}
		}
	}
}

// TestNearDuplicatesAreAllFound compares with every pair.
func TestNearDuplicatesAreAllFound(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 0))
	words := strings.Fields("the a we they cost time plan new old not never has had see hear")
	var sentences []string
	for d := range 300 {
		var text []string
		if d > 0 && rng.IntN(2) == 0 { // an earlier one, changed
			text = strings.Fields(sentences[rng.IntN(d)])[1:]
			for range rng.IntN(4) {
				text[rng.IntN(len(text))] = words[rng.IntN(len(words))]
			}
		} else {
			for range 4 + rng.IntN(12) {
				text = append(text, words[rng.IntN(len(words))])
			}
		}
		sentences = append(sentences, fmt.Sprintf("d%d: %s", d, strings.Join(text, " ")))
	}
	pairs := func(s string) map[string]bool {
		list := append(append([]string{"^"}, diagnose.FoldedWords(s[strings.Index(s, ": ")+2:])...), "$")
		out := map[string]bool{}
		for i := range len(list) - 1 {
			out[list[i]+" "+list[i+1]] = true
		}
		if len(list) < 5+2 {
			return nil
		}
		return out
	}
	want := 0
	for i := range sentences {
		for j := range i {
			a, b := pairs(sentences[i]), pairs(sentences[j])
			common := 0
			for p := range a {
				if b[p] {
					common++
				}
			}
			if all := len(a) + len(b) - common; all > 0 && 10*common >= 6*all {
				want++
			}
		}
	}
	if d := train.Check(said(t, "random", sentences...), train.CheckOptions{}).Duplicates; d.Across != want || want < 50 {
		t.Errorf("%d pairs, there are %d", d.Across, want)
	}
}

func TestCheckFindsLeaks(t *testing.T) {
	t.Parallel()
	data := said(t, "train", "a: We have no time for this now.", "b: Who pays for the second machine?")
	held := said(t, "heldout", "c: We have no time for that now.", "c: We have no time for that now.", "b: Nobody asked the night shift about it.")
	r := train.Check(data, train.CheckOptions{Heldout: held})
	if d := r.Duplicates; d.Leaks != 2 || d.Near != 0 || d.Heldout != 3 || len(d.Leaked) != 2 || d.Leaked[0].A.File != "train" || d.Leaked[0].B.File != "heldout" {
		t.Errorf("%+v", d)
	}
	if !slices.Equal(r.Shared, []string{"b"}) || !slices.Equal(foundIn(r), []string{"shared", "leaks"}) {
		t.Errorf("shared %v, found %v", r.Shared, foundIn(r))
	}
}

func TestCheckFindsVariants(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, a, b string
		want       string // the pattern
	}{
		{"one word", "a: We lost the key again today.", "b: We lost the cat again today.", "we lost the … again today"},
		{"two words of nine", "a: The boss lost his key in the yard today.", "b: The cook lost his hat in the yard today.", "the … lost his … in the yard today"},
		{"two words of eight", "a: The boss lost his key in the yard.", "b: The cook lost his hat in the yard.", ""},
		{"three words", "a: The boss lost his key in the yard today.", "b: The cook lost her hat in the yard today.", ""},
		{"the same", "a: We lost the key again today.", "b: We lost the key again today.", ""},
		{"too short", "a: We lost the key today.", "b: We lost the cat today.", ""},
	} {
		r := train.Check(said(t, "file", tt.a, tt.b), train.CheckOptions{})
		switch v := r.Templates.Varied; {
		case tt.want == "" && (len(v) > 0 || r.Templates.Variants > 0):
			t.Errorf("%s: %+v", tt.name, v)
		case tt.want != "" && (len(v) != 1 || v[0].Pattern != tt.want || r.Templates.Variants != 2 || !slices.Contains(foundIn(r), "variants")):
			t.Errorf("%s: %+v, found %v", tt.name, v, foundIn(r))
		}
	}
}

func TestCheckFindsFrames(t *testing.T) {
	t.Parallel()
	fill := func(frame string, dialogues int) []string {
		var out []string
		for i, f := range [][2]string{{"training", "March"}, {"blue boxes", "harvest"}, {"routers", "market day"}, {"two keys", "Lent"}, {"cash", "Carla came"}} {
			out = append(out, fmt.Sprintf("d%d: "+frame, i%dialogues, f[0], f[1]))
		}
		return out
	}
	r := train.Check(said(t, "file", fill("nobody has told us about the %s before %s", 5)...), train.CheckOptions{})
	f := r.Templates.Frames
	if len(f) != 1 || f[0].Pattern != "nobody has told us about the … before …" || f[0].Sentences != 5 || f[0].Dialogues != 5 || len(f[0].Examples) != 3 || r.Templates.Framed != 5 {
		t.Fatalf("%+v", f)
	}
	if !slices.Contains(foundIn(r), "frames") {
		t.Errorf("found %v", foundIn(r))
	}
	if f := train.Check(said(t, "file", fill("nobody has told us about the %s before %s", 2)...), train.CheckOptions{}).Templates.Frames; len(f) > 0 {
		t.Errorf("in two dialogues: %+v", f)
	}
	if f := train.Check(said(t, "file", fill("us %s about %s", 5)...), train.CheckOptions{}).Templates.Frames; len(f) > 0 {
		t.Errorf("more open than not: %+v", f)
	}
}

func TestCheckFindsPhrases(t *testing.T) {
	t.Parallel()
	sentences := []string{
		"a: Frankly, that is not how it works.", "b: Because that is not how it is done on the farm, ask my uncle.",
		"c: that is not how it started", "d: I told Berta that is not how it reads", "e: Out here that is not how it was",
	}
	r := train.Check(said(t, "file", sentences...), train.CheckOptions{})
	if p := r.Templates.Phrases; len(p) != 1 || p[0].Pattern != "that is not how it" || p[0].Dialogues != 5 || r.Templates.Phrased != 5 || !slices.Contains(foundIn(r), "phrases") {
		t.Errorf("%+v, found %v", p, foundIn(r))
	}
	if p := train.Check(said(t, "file", sentences[:4]...), train.CheckOptions{}).Templates.Phrases; len(p) > 0 {
		t.Errorf("in four dialogues: %+v", p)
	}
}

func TestCheckFindsOpenings(t *testing.T) {
	t.Parallel()
	var sentences []string
	for i := range 20 {
		w := fmt.Sprintf("%c%c", 'a'+i, 'k'+i%3)
		sentences = append(sentences, fmt.Sprintf("d%d: I am not %sone %stwo", i, w, w))
	}
	r := train.Check(said(t, "file", sentences...), train.CheckOptions{})
	if o := r.Templates.Openings; len(o) != 1 || o[0].Pattern != "i am not" || o[0].Sentences != 20 || o[0].Share != 1 || !slices.Equal(foundIn(r), []string{"opening"}) {
		t.Errorf("%+v, found %v", o, foundIn(r))
	}
	if r := train.Check(said(t, "file", sentences[:19]...), train.CheckOptions{}); len(r.Found) > 0 {
		t.Errorf("nineteen: %v", r.Found)
	}
}

// labelled makes a thousand lines of random words in two hundred dialogues, to which add adds one by label.
func labelled(t *testing.T, add func(label string, dialogue int, rng *rand.Rand) string) *train.Set {
	t.Helper()
	rng := rand.New(rand.NewPCG(8, 0))
	noise := strings.Fields("about with under over between which while there again still often here then")
	var sentences []string
	for d := range 200 {
		whole := []string{"yes", "no"}[rng.IntN(2)]
		for range 5 {
			label := []string{"yes", "no"}[rng.IntN(2)]
			if add(whole, d, nil) != "" {
				label = whole
			}
			text := []string{add(label, d, rng)}
			for range 3 {
				text = append(text, noise[rng.IntN(len(noise))])
			}
			sentences = append(sentences, fmt.Sprintf("d%d: %s = %s", d, strings.Join(text, " "), label))
		}
	}
	return said(t, "file", sentences...)
}

func TestCheckFindsWordsThatGiveLabelsAway(t *testing.T) {
	t.Parallel()
	r := train.Check(labelled(t, func(label string, _ int, rng *rand.Rand) string {
		if rng != nil && label == "yes" && rng.IntN(3) > 0 {
			return "however"
		}
		return ""
	}), train.CheckOptions{})
	if len(r.Guesses) != 1 {
		t.Fatalf("%+v", r.Guesses)
	}
	g := r.Guesses[0]
	if g.Head != train.SingleHead || g.Examples != 1000 || g.Word != "however" || g.OneWord.Accuracy < 0.75 || g.OneWord.Kappa < 0.5 || g.Majority.Kappa > 0.01 || g.Bayes.MacroF1 < 0.75 {
		t.Errorf("%+v", g)
	}
	yes := g.Labels[1]
	if yes.Label != "yes" || yes.Word != "however" || yes.Precision != 1 || yes.Recall < 0.5 || yes.Recall > 0.8 {
		t.Errorf("%+v", yes)
	}
	if got := foundIn(r); !slices.Contains(got, "one_word") || !slices.Contains(got, "giveaway") {
		t.Errorf("found %v", got)
	}
}

func TestCheckGuessesNothingFromChance(t *testing.T) {
	t.Parallel()
	r := train.Check(labelled(t, func(string, int, *rand.Rand) string { return "" }), train.CheckOptions{})
	g := r.Guesses[0]
	if g.OneWord.Kappa > 0.15 || g.Bayes.Kappa > 0.15 || len(foundIn(r)) > 0 {
		t.Errorf("%+v, found %v", g, foundIn(r))
	}
}

// TestGuessesDoNotLeak gives every dialogue one label and a word of its own: it must not count, because no
// other dialogue has the word.
func TestGuessesDoNotLeak(t *testing.T) {
	t.Parallel()
	r := train.Check(labelled(t, func(_ string, d int, _ *rand.Rand) string { return fmt.Sprintf("own%c%c", 'a'+d%20, 'a'+d/20) }), train.CheckOptions{})
	if g := r.Guesses[0]; g.OneWord.Kappa > 0.15 || g.Bayes.Kappa > 0.3 {
		t.Errorf("%+v", g)
	}
}

func TestCheckCounts(t *testing.T) {
	t.Parallel()
	set, err := train.ReadData("file", strings.NewReader(`{"dialogue":"a","lang":"fr","kind":"meeting","text":"non","labels":{"resistance":true,"form":"objection","driver":"value","perception":"missing","subject":"plan"}}
{"dialogue":"a","lang":"fr","kind":"meeting","text":"oui","labels":{"resistance":false},"hard":true,"other":[1]}
{"dialogue":"b","lang":"fr","kind":"meeting","text":"bon","labels":{"resistance":false}}
{"dialogue":"c","lang":"en","kind":"chat","text":"hm","hard":"?"}`))
	if err != nil {
		t.Fatal(err)
	}
	r := train.Check(set, train.CheckOptions{})
	if r.Lines != 4 || r.Labelled != 3 || r.Dialogues != 3 || len(r.Counts) != 2 {
		t.Fatalf("%+v", r)
	}
	c := r.Counts[1]
	if c.Lang != "fr" || c.Kind != "meeting" || c.Dialogues != 2 || c.Lines != 3 || c.Negatives != 2 || c.Hard != 1 || c.Labels["resistance"]["false"] != 2 || c.Labels["driver"]["value"] != 1 {
		t.Errorf("%+v", c)
	}
	if len(r.Cells) != 90 || r.Cells[0].Sentences != 0 || r.Cells[89] != (train.CellCount{Driver: "value", Perception: "missing", Form: "objection", Sentences: 1}) {
		t.Errorf("%d cells, the last %+v", len(r.Cells), r.Cells[len(r.Cells)-1])
	}
	if h := r.Heads; len(h) != 5 || h[0].Head != "resistance" || !slices.Equal(h[0].Labels, []string{"false", "true"}) {
		t.Errorf("heads %+v", h)
	}
}

func TestCheckIsDeterministic(t *testing.T) {
	t.Parallel()
	held := readCorpus(t, "heldout")
	var want []byte
	for range 2 {
		got, err := json.Marshal(train.Check(held, train.CheckOptions{Examples: 50}))
		if err != nil {
			t.Fatal(err)
		}
		if want != nil && string(got) != string(want) {
			t.Error("another report of the same data")
		}
		want = got
	}
}

// TestCorpusIsWritten holds the corpus against the check: no copies beyond commonplaces, no templates, no
// dialogue on both sides.
func TestCorpusIsWritten(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: it computes at length, by itself")
	}
	t.Parallel()
	r := train.Check(readCorpus(t, "train"), train.CheckOptions{Heldout: readCorpus(t, "heldout")})
	for _, f := range r.Found {
		if f.Check != "one_word" && f.Check != "giveaway" { // the datasheet says which words
			t.Errorf("%s: %s: %.3f, limit %.3f", f.Check, f.What, f.Value, f.Limit)
		}
	}
}
