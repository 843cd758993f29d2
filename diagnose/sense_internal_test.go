package diagnose

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"parley"
	"parley/diagnose/internal/seal"
)

// saidOnGrounds returns what the lexicon of grounds has people say.
func saidOnGrounds(t *testing.T) (texts []string) {
	t.Helper()
	for _, g := range allGrounds(t) {
		for _, s := range g.said {
			texts = append(texts, s.text)
		}
	}
	return texts
}

func allGrounds(t *testing.T) []ground {
	t.Helper()
	data, err := os.ReadFile("lexicon/grounds.txt")
	if err != nil {
		t.Fatal(err)
	}
	list, err := parseGrounds(string(data))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestParseGroundsErrors(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"en: but":            `grounds line 1: want "lang: words; words" under a [ground]`,
		"[price]\nde: teuer": `grounds line 2: want "lang: words; words" under a [ground]`,
		"[price]\nen: a;; b": "grounds line 2: nothing between two semicolons",
		"[]":                 "grounds line 1: a ground without a name",
	} {
		if _, err := parseGrounds(data); err == nil || err.Error() != want {
			t.Errorf("error for %q: %v, want %s", data, err, want)
		}
	}
}

// TestGroundsHaveEveryLanguage: a ground that a language lacks would not bring it nearer to the others.
func TestGroundsHaveEveryLanguage(t *testing.T) {
	t.Parallel()
	named := map[string]bool{}
	for _, g := range allGrounds(t) {
		if named[g.name] {
			t.Errorf("%s stands twice", g.name)
		}
		named[g.name] = true
		count := map[parley.Lang]int{}
		for _, s := range g.said {
			count[s.lang]++
		}
		for _, lang := range parley.Langs {
			if count[lang] < 4 {
				t.Errorf("%s has %d examples in %s", g.name, count[lang], lang)
			}
		}
	}
}

// TestSayings: every project has six reasons, each said twice in each language and nothing twice.
func TestSayings(t *testing.T) {
	t.Parallel()
	count, reasons := map[[3]string]int{}, map[string]int{}
	seen := map[string]bool{}
	err := eachLine(os.DirFS("."), "corpus/sayings/train.jsonl", func(s struct{ Project, Reason, Lang, Text string }) error {
		if strings.TrimSpace(s.Text) == "" || seen[s.Text] {
			t.Errorf("%s %s: %q is empty or stands twice", s.Project, s.Reason, s.Text)
		}
		seen[s.Text] = true
		count[[3]string{s.Project, s.Reason, s.Lang}]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for of, n := range count {
		reasons[of[0]]++
		if n != 2 || len(of[1]) != 1 || !slices.Contains(parley.Langs, parley.Lang(of[2])) {
			t.Errorf("%v is said %d times", of, n)
		}
	}
	for project, n := range reasons {
		if n != 6*len(parley.Langs) {
			t.Errorf("%s has %d reasons in all languages", project, n)
		}
	}
	if len(seen) < 9000 {
		t.Errorf("%d sayings", len(seen))
	}
}

// TestSensesAreLearnedFromWholeFiles: what is wrong with a file is said, and where.
func TestSensesAreLearnedFromWholeFiles(t *testing.T) {
	t.Parallel()
	files := func(glossary, saying string) fstest.MapFS {
		out := fstest.MapFS{"corpus/sayings/train.jsonl": {Data: []byte(saying)}, "lexicon/glossary/related.txt": {Data: []byte("a\tb\n")}}
		for _, lang := range parley.Langs {
			out["lexicon/glossary/"+string(lang)+".txt"] = &fstest.MapFile{Data: []byte(glossary)}
			out["corpus/train/"+string(lang)+".jsonl"] = &fstest.MapFile{}
		}
		return out
	}
	for _, x := range []struct{ glossary, saying, want string }{
		{"# Words\n\n", "", "lexicon/glossary/en.txt line 2: want a word, a tab and its glosses"},
		{"two words", "", "lexicon/glossary/en.txt line 1: want a word, a tab and its glosses"},
		{"too late\tlate", "", `lexicon/glossary/en.txt line 1: "too late" is not one word`},
		{"a\tb\nÀ\tc", "", `lexicon/glossary/en.txt line 2: "À" stands twice`},
		{"a", `{"project":"p","reason":"a","lang":"de","text":"x"}`, "corpus/sayings/train.jsonl line 1: a saying lacks its project, reason, text or language"},
		{"\tword", "", "lexicon/glossary/en.txt line 1: want a word, a tab and its glosses"},
		{"a", "{", "corpus/sayings/train.jsonl line 1: unexpected end of JSON input"},
		{"a", "", "open lexicon/grounds.txt: file does not exist"},
	} {
		if _, err := TrainSenses(files(x.glossary, x.saying)); err == nil || err.Error() != x.want {
			t.Errorf("%+v: %v", x, err)
		}
	}
}

// TestRelated: what a gloss has to do with is another one that words stand for.
func TestRelated(t *testing.T) {
	t.Parallel()
	l := &senseLearner{}
	if err := l.readGlossary(os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	glosses := map[string]bool{}
	for _, words := range l.glosses {
		for _, list := range words {
			for _, g := range list {
				glosses[g] = true
			}
		}
	}
	for gloss, others := range l.related {
		for i, o := range others {
			if !glosses[o] || o == gloss || slices.Contains(others[:i], o) {
				t.Errorf("%s has to do with %s", gloss, o)
			}
		}
	}
}

// TestDiagnosisFits: the shipped model's answers have their room in a sense.
func TestDiagnosisFits(t *testing.T) {
	t.Parallel()
	labels := 0
	for _, h := range Shipped().Heads[1:] {
		labels += len(h.Labels)
	}
	if labels > diagnosisSize || diagnosisSize-labels > 7 || senseSize%8 != 0 {
		t.Errorf("%d labels, room for %d of %d", labels, diagnosisSize, senseSize)
	}
}

// TestGlossary: words that mean the same point the same way in the three languages.
func TestGlossary(t *testing.T) {
	t.Parallel()
	for _, words := range [][3]string{{"expensive", "caro", "cher"}, {"training", "formación", "formation"}, {"boss", "jefe", "patron"}} {
		for i, lang := range parley.Langs {
			a, b := SenseOf(words[0], parley.English), SenseOf(words[i], lang)
			if like := a.Alike(b); like < 0.8 {
				t.Errorf("%s and %s: alike by %.2f", words[0], words[i], like)
			}
		}
	}
}

func TestReadSensesRefusesDamage(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	half := slices.Repeat([]float32{0.5}, meaningSize)
	small := senseBytes(map[uint64][]float32{1: make([]float32, meaningSize), 2: half, 3: half}, [diagnosisSize]float32{7: -1})
	m, err := readSenses(small)
	if err != nil || len(m.at) != 3 || m.at[2] != m.at[3] || len(m.scales) != 2 || m.numbers[meaningSize] != 127 || m.usual[7] != -1 {
		t.Fatalf("read %+v, %v", m, err)
	}
	for range 200 {
		data := slices.Clone(small)
		if i := r.IntN(len(data)); i%2 == 0 {
			data = data[:i]
		} else {
			data[i] ^= 1 << r.IntN(8)
		}
		if _, err := readSenses(data); err == nil {
			t.Fatal("a damaged file was read")
		}
	}
	body := small[len(senseMagic) : len(small)-4]
	missing := slices.Clone(body)
	missing[len(missing)-1] = 1
	many := slices.Clone(body)
	many[4*diagnosisSize+3] = 0xff
	below := slices.Clone(body)
	below[4*diagnosisSize+4+(4+meaningSize)+3] |= 0x80 // of the second vector
	for what, body := range map[string][]byte{"cut short": body[:20], "of a part of an entry": body[:len(body)-5], "without a vector": missing, "with too many vectors": many, "with a scale below 0": below} {
		if _, err := readSenses(seal.Close(append([]byte(senseMagic), body...))); err == nil {
			t.Errorf("a file %s was read", what)
		}
	}
}

func FuzzParseGrounds(f *testing.F) {
	f.Add("[price]\nen: too dear; dear\nfr: cher")
	f.Fuzz(func(t *testing.T, data string) {
		list, err := parseGrounds(data)
		if err != nil {
			return
		}
		for _, g := range list {
			for _, s := range g.said {
				if g.name == "" || strings.TrimSpace(s.text) == "" {
					t.Fatalf("ground %+v", g)
				}
			}
		}
	})
}

// TestSlope holds the slope of the loss against differences of the loss itself.
func TestSlope(t *testing.T) {
	t.Parallel()
	const width = 12
	m := &senseMember{newTable(6, width), make([]float64, 6), newTable(width, width), [1]float64{1}, rand.New(rand.NewPCG(5, 6))}
	for _, numbers := range [][]float64{m.at.numbers, m.loud, m.turned.numbers} {
		byChance(numbers, 0.3, m.rng)
	}
	batch := []utterance{
		{"a", []part{{0, 1}, {1, 0.5}}}, {"a", []part{{2, 1}}}, {"b", []part{{3, 1}, {0, 0.4}}}, {"b", []part{{4, 1}, {5, 2}}}, {"c", []part{{5, 1}}},
	}
	steps := m.descents()
	m.slope(batch, 0, steps)
	for k, s := range steps.all() {
		for range 20 {
			i := m.rng.IntN(len(s.numbers))
			const by = 1e-5
			was := s.numbers[i]
			s.numbers[i] = was + by
			above := m.slope(batch, 0, m.descents())
			s.numbers[i] = was - by
			below := m.slope(batch, 0, m.descents())
			s.numbers[i] = was
			if want := (above - below) / (2 * by); want-s.slope[i] > 1e-6 || s.slope[i]-want > 1e-6 {
				t.Errorf("numbers %d, %d: slope %v, want %v", k, i, s.slope[i], want)
			}
		}
	}
}
