package diagnose

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"parley"
)

// conceptNamesIn returns the concepts of text by the languages given, those of each word in brackets.
func conceptNamesIn(c *Concepts, text string, langs uint8) string {
	folded, toks := fold(nil, nil, text)
	var out []string
	for _, t := range toks {
		found, end := c.match(folded, int(t.foldStart))
		var names []string
		for _, m := range found {
			if m.in(langs) {
				names = append(names, c.Names[m.concept()])
			}
		}
		if names != nil {
			out = append(out, strings.Join(names, "+")+"["+string(folded[t.foldStart:end])+"]")
		}
	}
	return strings.Join(out, " ")
}

func TestConceptsMatch(t *testing.T) {
	t.Parallel()
	c, err := ParseConcepts(map[parley.Lang]string{
		parley.English: "# note\nprice: cost; cost centre; price*\nbudget: cost centre; 00 euros\nnegation: not; don't\n",
		parley.French:  "negation: n'; pas\nprice: coût; l'addition\nnight: pour la nuit; pour\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		text string
		lang uint8
		want string
	}{
		{"The cost is high", 7, "price[cost]"},
		{"costs", 7, ""},
		{"Prices! Priced? price", 7, "price[price] price[price] price[price]"},
		{"our cost centre", 7, "price+budget[cost centre]"},
		{"our cost center", 7, "price[cost]"}, // goes into the longer phrase and falls back
		{"cost cent", 7, "price[cost]"},
		{"I don't, not 25 euros", 7, "negation[don't] negation[not] budget[00 euros]"},
		{"Ce n’est pas l’addition, le coût", 7, "negation[n'] negation[pas] price[l' addition] price[cout]"},
		{"pour la nuit", 1, ""}, // means nothing in English
		{"pour la nuit", 4, "night[pour la nuit]"},
		{"pour moi", 4, "night[pour]"},
		{"", 7, ""},
	} {
		if got := conceptNamesIn(c, test.text, test.lang); got != test.want {
			t.Errorf("concepts of %q: %q, want %q", test.text, got, test.want)
		}
	}
}

func TestParseConceptsErrors(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"price: cost\nbudget cost":           `concepts es line 2: want "concept: word; phrase"`,
		"Price: cost":                        `concepts es line 1: want "concept: word; phrase"`,
		"price: cost\n\nprice: x":            `concepts es line 3: "price" stands twice`,
		"price: cost; ;fee":                  `concepts es line 1: phrase "" has no words`,
		"price: цена":                        `concepts es line 1: phrase "цена" has a letter outside the lexicon's alphabet`,
		"price: " + strings.Repeat("a", 201): `concepts es line 1: phrase "` + strings.Repeat("a", 201) + `" is too long`,
	} {
		_, err := ParseConcepts(map[parley.Lang]string{parley.Spanish: data})
		if err == nil || err.Error() != want {
			t.Errorf("error for %.20q: %v, want %s", data, err, want)
		}
	}
}

// TestConceptsAreCurrent checks that the file compiled in is made of the lexicon as it is.
func TestConceptsAreCurrent(t *testing.T) {
	t.Parallel()
	data, err := PackConcepts()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, conceptData) {
		t.Error("concepts.bin is not made of lexicon/concepts as it is now; run go generate")
	}
}

func TestPackedConceptsAreTheSame(t *testing.T) {
	t.Parallel()
	want, err := ParseConcepts(map[parley.Lang]string{parley.English: "price: cost; cost centre; price*\nbudget: cost centre", parley.French: "price: prix"})
	if err != nil {
		t.Fatal(err)
	}
	data := want.pack()
	got, err := readConcepts(data)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
	data[len(data)/2]++
	if _, err := readConcepts(data); err == nil {
		t.Error("a damaged file is read")
	}
}

// TestShippedConcepts checks that every concept stands in each language, and every phrase once in its line.
func TestShippedConcepts(t *testing.T) {
	t.Parallel()
	c := concepts()
	in := make([]map[string]bool, len(parley.Langs))
	for i, data := range []string{conceptsEN, conceptsES, conceptsFR} {
		in[i] = map[string]bool{}
		for line := range strings.Lines(data) {
			name, list, ok := strings.Cut(strings.TrimSpace(line), ":")
			if !ok || strings.HasPrefix(line, "#") {
				continue
			}
			in[i][name] = true
			phrases := strings.Split(list, ";")
			for j := range phrases {
				phrases[j] = strings.TrimSpace(phrases[j])
			}
			slices.Sort(phrases)
			for j := 1; j < len(phrases); j++ {
				if phrases[j] == phrases[j-1] {
					t.Errorf("%s: %q stands twice under %s", parley.Langs[i], phrases[j], name)
				}
			}
		}
	}
	for _, name := range c.Names {
		for i := range in {
			if !in[i][name] {
				t.Errorf("%s has no words for %s", parley.Langs[i], name)
			}
		}
	}
}

// TestConceptsAcrossLanguages checks that plain push-back is about the same in each language.
func TestConceptsAcrossLanguages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ concept, en, es, fr string }{
		{"expensive", "This is too expensive for us.", "Esto es demasiado caro.", "C'est trop cher pour nous."},
		{"training", "Who would train the night shift?", "¿Quién va a formar al turno de noche?", "Qui va former l'équipe de nuit ?"},
		{"privacy", "Where does our personal data go?", "¿Adónde van nuestros datos personales?", "Où vont nos données personnelles ?"},
		{"boss", "My manager would never sign this.", "Mi jefe no lo firmaría nunca.", "Mon chef ne signerait jamais."},
	} {
		for i, text := range []string{test.en, test.es, test.fr} {
			if got := conceptNamesIn(concepts(), text, 1<<i); !strings.Contains(got, test.concept) {
				t.Errorf("%q is about %s, not about %s", text, got, test.concept)
			}
		}
	}
}

func TestConceptsMatchAllocatesNothing(t *testing.T) {
	c := concepts()
	folded, toks := fold(nil, nil, "Nobody told us what the licences would cost, and training was never in the budget.")
	if n := testing.AllocsPerRun(100, func() {
		for _, tok := range toks {
			c.match(folded, int(tok.foldStart))
		}
	}); n != 0 {
		t.Errorf("match allocates %v times", n)
	}
}

// FuzzConcepts checks that what parses can be matched, within bounds, and that each phrase finds itself.
func FuzzConcepts(f *testing.F) {
	f.Add("price: cost; cost centre; price*\nbudget: cost centre\n", "the cost centre costs")
	f.Add("a: n'; pas\n#b\nb: l'addition", "n'est pas l'addition")
	f.Fuzz(func(t *testing.T, data, text string) {
		c, err := ParseConcepts(map[parley.Lang]string{parley.French: data})
		if err != nil {
			return
		}
		folded, toks := fold(nil, nil, text)
		for _, tok := range toks {
			if found, end := c.match(folded, int(tok.foldStart)); end > len(folded) || end < int(tok.foldStart) || (len(found) > 0) != (end > int(tok.foldStart)) {
				t.Fatalf("match of %q at %d: %v to %d", folded, tok.foldStart, found, end)
			}
		}
		for line := range strings.Lines(data) {
			name, list, ok := strings.Cut(strings.TrimSpace(line), ":")
			if !ok || strings.HasPrefix(name, "#") {
				continue
			}
			id := slices.Index(c.Names, name)
			for p := range strings.SplitSeq(list, ";") {
				folded, toks := fold(nil, nil, strings.TrimSuffix(strings.TrimSpace(p), "*"))
				found, end := c.match(folded, int(toks[0].foldStart))
				if !slices.ContainsFunc(found, func(m mention) bool { return m.concept() == id && m.in(4) }) || end != len(folded)-1 {
					t.Fatalf("%q means %v up to %d, not %s", folded, found, end, name)
				}
			}
		}
	})
}

func BenchmarkConceptsMatch(b *testing.B) {
	c := concepts()
	folded, toks := fold(nil, nil, strings.Repeat("Nobody told us what the licences would cost, and training was never in the budget. ", 20))
	b.SetBytes(int64(len(folded)))
	b.ReportAllocs()
	for b.Loop() {
		for _, tok := range toks {
			c.match(folded, int(tok.foldStart))
		}
	}
}

func BenchmarkParseConcepts(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseConcepts(map[parley.Lang]string{parley.English: conceptsEN, parley.Spanish: conceptsES, parley.French: conceptsFR}); err != nil {
			b.Fatal(err)
		}
	}
}
