package train_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley"
	"parley/diagnose/train"
)

// readCorpus reads one part of the corpus: train, heldout or unseen.
func readCorpus(t testing.TB, part string) *train.Set {
	t.Helper()
	files, err := filepath.Glob("../corpus/" + part + "/*.jsonl")
	if err != nil || len(files) < len(parley.Langs) {
		t.Fatalf("files of %s: %v, %v", part, files, err)
	}
	var sets []*train.Set
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		set, err := train.ReadData(name, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, set)
	}
	all, err := train.Merge(sets...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCorpus holds the corpus against its datasheet: labels of the taxonomy, no resistance by advisers,
// at least half not resistance in each language, and no dialogue nor longer sentence in two parts.
func TestCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: it computes at length, by itself")
	}
	t.Parallel()
	sentences := map[string]string{} // by folded text: the part it is in
	dialogues := map[string]string{}
	for _, part := range []string{"train", "heldout", "unseen", "fresh"} {
		resists, rests := map[string]int{}, map[string]int{}
		for _, l := range readCorpus(t, part).Lines {
			if at, ok := dialogues[l.Dialogue]; ok && at != part {
				t.Errorf("dialogue %s is in %s and in %s", l.Dialogue, at, part)
			}
			dialogues[l.Dialogue] = part
			if len(l.Labels) == 0 {
				continue
			}
			labels := parley.Labels{
				Resistance: l.Labels["resistance"] == "true", Form: parley.Form(l.Labels["form"]), Driver: parley.Driver(l.Labels["driver"]),
				Perception: parley.Perception(l.Labels["perception"]), Subject: parley.Subject(l.Labels["subject"]),
			}
			switch {
			case !labels.Valid() || labels.Resistance && (labels.Form == "" || labels.Driver == "" || labels.Perception == "" || labels.Subject == ""):
				t.Errorf("%s: %q has labels %v", l.Dialogue, l.Text, l.Labels)
			case l.Role != "adviser" && l.Role != "client":
				t.Errorf("%s: %q is said by %q", l.Dialogue, l.Text, l.Role)
			case labels.Resistance && l.Role == "adviser":
				t.Errorf("%s: the adviser resists: %q", l.Dialogue, l.Text)
			}
			if labels.Resistance {
				resists[l.Lang]++
			} else {
				rests[l.Lang]++
			}
			words := strings.Fields(strings.ToLower(l.Text))
			if at, ok := sentences[strings.Join(words, " ")]; ok && at != part && len(words) >= 6 {
				t.Errorf("%q is in %s and in %s", l.Text, at, part)
			}
			sentences[strings.Join(words, " ")] = part
		}
		for _, lang := range parley.Langs {
			if r, n := resists[string(lang)], rests[string(lang)]; r == 0 || n < r {
				t.Errorf("%s, %s: %d sentences resist and %d do not", part, lang, r, n)
			}
		}
	}
}
